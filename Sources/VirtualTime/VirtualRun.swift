import Adaptation
import Determinism
import Foundation
import ImagePipeline
import Records
import Roles
import Topologies
import Wire

/// A run without processes, sockets or waiting: the same state machines under a virtual clock.
///
/// ```
/// agenda (earliest first) ─► role.handle(event, now) ─► actions ─► agenda
/// ```
/// Control messages take ``Timing/controlDelay``, data goes through the channel role's own queues, and every job
/// occupies its node for as long as ``StageCharges`` says. Nothing depends on the host's clock or on threads: two runs
/// of one topology and seed leave the same records, byte for byte.
package final class VirtualRun {
    package let topology: Topology
    package let photos: [String: [String]]
    package let models: VirtualModels
    let charges: StageCharges
    package var controller: ControllerRole
    let controllerRecords: RecordFile
    var nodes: [Node] = []
    package var index: [String: Int] = [:]
    package let links: [String: LinkSettings]
    /// The link on which a node sends.
    package let outgoing: [String: LinkSettings]
    /// Which link of its channel node each link is.
    package var place: [String: Int] = [:]
    var agenda = InstantQueue<Event>()
    package var now = Instant(nanoseconds: 0)
    package var end: RunEnd?
    var inside = DatagramStore()
    package let delay: Instant.Span
    package let progress: (ProgressNote) -> Void
    var unwritten = 0
    /// Asks the program of an external policy.
    let consult: (Situation) -> PolicyReply
    /// Tells it what became of an image; the picture lies in the run's folder.
    let inform: (PolicyOutcome, _ picture: String) -> Void

    /// - Throws: what the weights, traces and the run folder say.
    package init(
        topology: Topology, folder: String, controller: ControllerRole, photos: [String: [String]],
        consult: @escaping (Situation) -> PolicyReply, inform: @escaping (PolicyOutcome, String) -> Void = { _, _ in },
        progress: @escaping (ProgressNote) -> Void
    ) throws {
        self.topology = topology
        self.photos = photos
        self.controller = controller
        self.progress = progress
        self.consult = consult
        self.inform = inform
        models = try VirtualModels(topology: topology, folder: folder, photos: photos)
        charges = try StageCharges(topology.timing)
        delay = .seconds(topology.timing.controlDelay)
        links = Dictionary(uniqueKeysWithValues: topology.links.map { ($0.name, $0) })
        outgoing = Dictionary(topology.links.map { ($0.from, $0) }) { first, _ in first }
        controllerRecords = try RecordFile(path: "\(folder)/records/controller.jsonl")
        for settings in topology.nodes {
            index[settings.name] = nodes.count
            nodes.append(
                Node(
                    settings: settings, part: try part(settings),
                    records: try RecordFile(path: "\(folder)/records/\(settings.name).jsonl")))
            let through = (controller.linksOfNode[settings.name] ?? []).filter { $0.through == settings.name }
            for (number, link) in through.enumerated() { place[link.name] = number }
        }
    }

    func part(_ settings: NodeSettings) throws -> Part {
        switch settings.role {
        case .transmitter:
            return .transmitter(
                Held(
                    TransmitterRole(
                        name: settings.name, link: outgoing[settings.name]!.name,
                        repeats: (settings.scheme ?? topology.scheme).retransmission)))
        case .relay: return .relay
        case .receiver:
            return .receiver(Held(ReceiverRole(node: settings.name, in: topology)))
        case .channel:
            return .channel(Held(try ChannelRole(node: settings.name, in: topology) { try $0.readTrace() }))
        }
    }

    package var origin: Instant { controller.origin }
    package var crashes: Int { controller.crashes }
    package var restarts: Int { controller.restarts }

    package func append(_ record: Record) { controllerRecords.append(record) }

    /// Runs to the end.
    package func run() throws -> RunEnd {
        try perform(controller.begin(now: now))
        while end == nil {
            guard let (instant, event) = agenda.pop() else {
                end = RunEnd(exitCode: 1, reason: "the virtual run came to a standstill at \(now.nanoseconds) ns")
                break
            }
            now = instant
            try handle(event)
            // Several records a node, so that ten times the nodes are not a hundred times the writing.
            if unwritten > max(20_000, 8 * nodes.count) { try flush() }
        }
        try flush()
        return end!
    }

    package func flush() throws {
        try RecordFile.flush([controllerRecords] + nodes.map(\.records))
        unwritten = 0
    }

    func plan(_ event: Event, after span: Instant.Span = .zero) { agenda.push(event, at: now + span) }

    package func record(_ record: Record, at node: Int) {
        nodes[node].records.append(record)
        unwritten += 1
    }

    // MARK: what happens

    private func handle(_ event: Event) throws {
        switch event {
        case .controllerAlarm: try perform(controller.handle(.timer, now: now))
        case .answer(let transmitter, let image, let reply):
            try perform(controller.handle(.answered(transmitter: transmitter, image: image, reply), now: now))
        case .toController(let node, let epoch, let message):
            guard nodes[node].epoch == epoch else { return }
            try perform(controller.handle(.message(node: nodes[node].settings.name, message), now: now))
        case .exited(let node, let epoch, let report):
            guard nodes[node].epoch == epoch else { return }
            try perform(controller.handle(.exited(node: nodes[node].settings.name, report), now: now))
        case .toNode(let node, let epoch, let message):
            guard isListening(node, epoch, event) else { return }
            try hear(message, at: node)
        case .transmitter(let node, let epoch, let inner):
            guard isListening(node, epoch, event) else { return }
            try transmit(inner, at: node)
        case .receiver(let node, let epoch, let inner):
            guard isListening(node, epoch, event) else { return }
            try receive(inner, at: node)
        case .channel(let node, let epoch):
            guard isListening(node, epoch, event), nodes[node].planned.map({ $0 <= now }) ?? false else { return }
            nodes[node].planned = nil
            try withChannel(node) { $0.advance(to: now) }
        case .arrival(let node, let link, let datagram):
            guard isListening(node, nodes[node].epoch, event) else { return }
            switch nodes[node].part {
            case .relay:
                guard let next = outgoing[nodes[node].settings.name] else { return }
                // Nothing holds a relay up here: its arrival counts.
                var relayed = datagram
                relayed.moment = DataDatagram.unstated
                try carry([relayed], on: next)
            case .receiver: try receive(.datagram(link: link, datagram, at: now), at: node)
            default: break
            }
        }
    }

    /// Whether a node can take something in now; a paused one does so later, a dead one never.
    private func isListening(_ node: Int, _ epoch: UInt16, _ event: Event) -> Bool {
        guard nodes[node].isAlive, nodes[node].epoch == epoch else { return false }
        if nodes[node].isPaused { nodes[node].deferred.append(event) }
        return !nodes[node].isPaused
    }

    private func hear(_ message: ControlMessage, at node: Int) throws {
        let epoch = nodes[node].epoch
        switch message {
        case .peers:
            guard !nodes[node].isAnnounced else { return }
            nodes[node].isAnnounced = true
            let settings = nodes[node].settings
            record(
                .node(
                    NodeRecord(
                        name: settings.name, role: settings.role.rawValue, process: 0, host: "virtual",
                        readyAt: now.nanoseconds)), at: node)
            plan(.toController(node: node, epoch: epoch, .ready(Ready(note: ""))), after: delay)
        case .stop:
            plan(.toController(node: node, epoch: epoch, .farewell(Farewell())), after: delay)
            nodes[node].isAlive = false
            plan(.exited(node, epoch: epoch, ExitReport(exitCode: 0)), after: delay)
        default:
            switch nodes[node].part {
            case .transmitter: try transmit(.message(message), at: node)
            case .receiver: try receive(.message(message), at: node)
            case .channel:
                if case .start(let start) = message {
                    try withChannel(node) {
                        try $0.start(origin: start.origin, seed: start.seed, epoch: epoch, now: now)
                    }
                }
                if case .adjustment(let adjustment) = message {
                    try withChannel(node) { try $0.adjust(adjustment, now: now) }
                }
            case .relay: break
            }
        }
    }
}
