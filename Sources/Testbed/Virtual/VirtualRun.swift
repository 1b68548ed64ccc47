import Channels
import Determinism
import Foundation
import Wire

/// A run without processes, sockets or waiting: the same state machines under a virtual clock.
///
/// ```
/// agenda (earliest first) ─► role.handle(event, now) ─► actions ─► agenda
/// ```
/// Control messages take ``Timing/controlDelay``, data goes through the channel role's own queues, and every job occupies its
/// node for as long as ``StageCharges`` says. Nothing depends on the host's clock or on threads: two runs of one topology
/// and seed leave the same records, byte for byte.
final class VirtualRun {
    private enum Happening: Sendable {
        case toController(node: Int, epoch: UInt16, ControlMessage)
        case toNode(Int, epoch: UInt16, ControlMessage)
        case transmitter(Int, epoch: UInt16, TransmitterRole.Event)
        case receiver(Int, epoch: UInt16, ReceiverRole.Event)
        case channel(Int, epoch: UInt16)
        case arrival(node: Int, link: String, DataDatagram)
        case controllerAlarm
        case answer(transmitter: String, image: Int, PolicyReply)
        case exited(Int, epoch: UInt16, ExitReport)
    }

    /// A role in a place of its own: it is changed there, whatever its size.
    private final class Held<Role> {
        var role: Role
        init(_ role: Role) { self.role = role }
    }

    private enum Part {
        case transmitter(Held<TransmitterRole>)
        case channel(Held<ChannelRole>)
        case receiver(Held<ReceiverRole>)
        case relay
    }

    private struct Node {
        var settings: NodeSettings
        var part: Part
        var epoch: UInt16 = 0
        var isAlive = false
        var isPaused = false
        var isAnnounced = false
        /// What happened while it was paused.
        var deferred: [Happening] = []
        /// Until when its worker has jobs.
        var busyUntil = Instant(nanoseconds: 0)
        /// When the channel role is to be advanced next, as planned.
        var planned: Instant?
        var records: RecordFile
    }

    private let topology: Topology
    private let photos: [String: [String]]
    private let models: VirtualModels
    private let charges: StageCharges
    private var controller: ControllerRole
    private let controllerRecords: RecordFile
    private var nodes: [Node] = []
    private var index: [String: Int] = [:]
    private let links: [String: LinkSettings]
    private let transmitterOfLink: [String: String]
    /// The link on which a node sends.
    private let outgoing: [String: LinkSettings]
    /// Which link of its channel node each link is.
    private var place: [String: Int] = [:]
    private var agenda = InstantQueue<Happening>()
    private var now = Instant(nanoseconds: 0)
    private var end: RunEnd?
    /// Datagrams inside channels, by handle.
    private var held: [DataDatagram?] = []
    private var free: [Int32] = []
    private let delay: Instant.Span
    private let progress: (ProgressNote) -> Void
    private var unwritten = 0
    /// The program of an external policy.
    private var consultation: PolicyConsultation

    /// - Throws: what the weights, traces and the run folder say.
    init(
        topology: Topology, folder: String, controller: ControllerRole, photos: [String: [String]], progress: @escaping (ProgressNote) -> Void
    ) throws {
        self.topology = topology
        self.photos = photos
        self.controller = controller
        self.progress = progress
        consultation = PolicyConsultation(topology.scheme)
        models = try VirtualModels(topology: topology, folder: folder)
        charges = try StageCharges(topology.timing)
        delay = .seconds(topology.timing.controlDelay)
        links = Dictionary(uniqueKeysWithValues: topology.links.map { ($0.name, $0) })
        transmitterOfLink = topology.transmitterOfLink
        outgoing = Dictionary(topology.links.map { ($0.from, $0) }) { first, _ in first }
        controllerRecords = try RecordFile(path: "\(folder)/records/controller.jsonl")
        for settings in topology.nodes {
            index[settings.name] = nodes.count
            nodes.append(Node(settings: settings, part: try part(settings), records: try RecordFile(path: "\(folder)/records/\(settings.name).jsonl")))
            for (number, link) in topology.links(through: settings.name).enumerated() { place[link.name] = number }
        }
    }

    private func part(_ settings: NodeSettings) throws -> Part {
        switch settings.role {
        case .transmitter: return .transmitter(Held(TransmitterRole(
                name: settings.name, link: topology.links(from: settings.name)[0].name, repeats: topology.scheme.retransmission)))
        case .relay: return .relay
        case .receiver:
            let names = topology.links(to: settings.name).map(\.name)
            return .receiver(Held(
                ReceiverRole(
                    name: settings.name, transmitters: Dictionary(uniqueKeysWithValues: names.map { ($0, transmitterOfLink[$0] ?? "") }),
                    budget: .seconds(topology.scheme.budget), grace: .seconds(topology.timing.grace), asksAgain: topology.scheme.retransmission)))
        case .channel:
            let own = topology.links(through: settings.name)
            return .channel(Held(
                ChannelRole(
                    name: settings.name, routes: own.map { ChannelRole.Route($0) }, configurations: try own.map { try LinkConfiguration($0, in: topology) },
                    settings: own.map(\.channel), bands: topology.bands,
                    budget: .seconds(topology.scheme.budget))))
        }
    }

    var origin: Instant { controller.origin }
    var crashes: Int { controller.crashes }
    var restarts: Int { controller.restarts }

    func append(_ record: Record) { controllerRecords.append(record) }

    /// Runs to the end.
    func run() throws -> RunEnd {
        try perform(controller.begin(now: now))
        while end == nil {
            guard let (instant, happening) = agenda.pop() else {
                end = RunEnd(exitCode: 1, reason: "the virtual run came to a standstill at \(now.nanoseconds) ns")
                break
            }
            now = instant
            try handle(happening)
            if unwritten > 20_000 { try flush() }
        }
        try flush()
        return end!
    }

    func flush() throws {
        try controllerRecords.flush()
        for node in nodes { try node.records.flush() }
        unwritten = 0
    }

    private func plan(_ happening: Happening, after span: Instant.Span = .zero) { agenda.push(happening, at: now + span) }

    private func record(_ record: Record, at node: Int) {
        nodes[node].records.append(record)
        unwritten += 1
    }

    // MARK: what happens

    private func handle(_ happening: Happening) throws {
        switch happening {
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
            guard isListening(node, epoch, happening) else { return }
            try hear(message, at: node)
        case .transmitter(let node, let epoch, let event):
            guard isListening(node, epoch, happening) else { return }
            try transmit(event, at: node)
        case .receiver(let node, let epoch, let event):
            guard isListening(node, epoch, happening) else { return }
            try receive(event, at: node)
        case .channel(let node, let epoch):
            guard isListening(node, epoch, happening), nodes[node].planned.map({ $0 <= now }) ?? false else { return }
            nodes[node].planned = nil
            try withChannel(node) { $0.advance(to: now) }
        case .arrival(let node, let link, let datagram):
            guard isListening(node, nodes[node].epoch, happening) else { return }
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
    private func isListening(_ node: Int, _ epoch: UInt16, _ happening: Happening) -> Bool {
        guard nodes[node].isAlive, nodes[node].epoch == epoch else { return false }
        if nodes[node].isPaused { nodes[node].deferred.append(happening) }
        return !nodes[node].isPaused
    }

    private func hear(_ message: ControlMessage, at node: Int) throws {
        let epoch = nodes[node].epoch
        switch message {
        case .peers:
            guard !nodes[node].isAnnounced else { return }
            nodes[node].isAnnounced = true
            let settings = nodes[node].settings
            record(.node(NodeRecord(name: settings.name, role: settings.role.rawValue, process: 0, host: "virtual", readyAt: now.nanoseconds)), at: node)
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
                if case .start(let start) = message { try withChannel(node) { try $0.start(origin: start.origin, seed: start.seed, epoch: epoch, now: now) } }
                if case .adjustment(let adjustment) = message { try withChannel(node) { try $0.adjust(adjustment, now: now) } }
            case .relay: break
            }
        }
    }

    private func transmit(_ event: TransmitterRole.Event, at node: Int) throws {
        guard case .transmitter(let held) = nodes[node].part else { return }
        let actions = held.role.handle(event, now: now)
        let (name, epoch) = (nodes[node].settings.name, nodes[node].epoch)
        for action in actions {
            switch action {
            case .tell(let message): plan(.toController(node: node, epoch: epoch, message), after: delay)
            case .record(let entry): record(entry, at: node)
            case .wake(let instant): agenda.push(.transmitter(node, epoch: epoch, .timer), at: max(now, instant))
            case .prepare(let assignment):
                let result = models.prepare(assignment, at: name)
                finishJob(["describe", "analyse", "profile"], at: node, transmitter: name, image: assignment.image) { stages in
                    .transmitter(
                        node, epoch: epoch,
                        result.event(image: assignment.image) { prepared in
                            var prepared = prepared
                            prepared.stages = stages
                            return .prepared(prepared)
                        })
                }
            case .encode(let prepared, let setting):
                let result = models.encode(prepared, setting, source: photos[name]![Int(setting.image)], at: name)
                finishJob(["encode"], at: node, transmitter: name, image: setting.image) { stages in
                    .transmitter(
                        node, epoch: epoch,
                        result.event(image: setting.image) { encoded in
                            var encoded = encoded
                            encoded.stages = stages
                            return .encoded(encoded)
                        })
                }
            case .send(let image, let datagrams):
                try carry(datagrams, on: outgoing[name]!)
                let bytes = datagrams.reduce(0) { $0 + $1.bytes.count + DataDatagram.headerLength + SealFormat.overhead + WireOverhead.udp }
                plan(.transmitter(node, epoch: epoch, .sent(image: image, begun: now, ended: now, wireBits: bytes * 8)))
            case .resend(let datagrams): try carry(datagrams, on: outgoing[name]!)
            case .save(let prepared, let encoded):
                if let failure = models.save(prepared, encoded, at: name) { throw InputError(failure) }
                occupy(charges.recorded(["store"]), at: node, transmitter: name, image: prepared.image)
            case .leave(let failure): if !failure.isEmpty { throw InputError(failure) }
            }
        }
    }

    private func receive(_ event: ReceiverRole.Event, at node: Int) throws {
        guard case .receiver(let held) = nodes[node].part else { return }
        let actions = held.role.handle(event, now: now)
        let (name, epoch) = (nodes[node].settings.name, nodes[node].epoch)
        for action in actions {
            switch action {
            case .tell(let message): plan(.toController(node: node, epoch: epoch, message), after: delay)
            case .record(let entry): record(entry, at: node)
            case .wake(let instant): agenda.push(.receiver(node, epoch: epoch, .timer), at: max(now, instant))
            case .decode(let received):
                let decoded = models.decode(received, at: name, source: photos[received.transmitter]?[Int(received.image)])
                let stages = received.preamble == nil ? [] : ["decode"] + (decoded.inpainting == "none" ? [] : ["inpaint"]) + charges.recorded(["save"])
                finishJob(stages, at: node, transmitter: received.transmitter, image: received.image) { stages in
                    var decoded = decoded
                    decoded.stages = stages
                    return .receiver(node, epoch: epoch, .decoded(decoded))
                }
            case .leave: break
            }
        }
    }

    /// Occupies the node's worker for the stages, then lets their result happen.
    private func finishJob(_ stages: [String], at node: Int, transmitter: String, image: UInt32, _ make: ([StageTiming]) -> Happening) {
        let timings = charges.timings(stages, transmitter: transmitter, image: image, from: max(now, nodes[node].busyUntil))
        let done = timings.last.map { $0.start + $0.duration } ?? now
        nodes[node].busyUntil = max(nodes[node].busyUntil, done)
        agenda.push(make(timings), at: max(now, done))
    }

    /// Occupies the node's worker with what nobody waits for.
    private func occupy(_ stages: [String], at node: Int, transmitter: String, image: UInt32) {
        for timing in charges.timings(stages, transmitter: transmitter, image: image, from: max(now, nodes[node].busyUntil)) {
            nodes[node].busyUntil = timing.start + timing.duration
            record(.stage(timing.record(transmitter: transmitter, image: image, node: nodes[node].settings.name)), at: node)
        }
    }

    // MARK: channels

    /// Hands datagrams to the channel of a link, now.
    private func carry(_ datagrams: [DataDatagram], on link: LinkSettings) throws {
        guard let node = index[link.through], nodes[node].isAlive, !nodes[node].isPaused, let number = place[link.name] else { return }
        try withChannel(node) { role in
            for datagram in datagrams {
                let handle = hold(datagram)
                let length = datagram.bytes.count + DataDatagram.headerLength + SealFormat.overhead
                if !role.receive(link: number, handle: handle, length: length, heading: DataHeading(datagram), arrival: now) { release(handle) }
            }
        }
    }

    private func withChannel(_ node: Int, _ body: (inout ChannelRole) throws -> Void) throws {
        guard case .channel(let channel) = nodes[node].part else { return }
        try body(&channel.role)
        let (departures, actions) = (channel.role.departures, channel.role.actions)
        channel.role.departures.removeAll()
        channel.role.actions.removeAll()
        for leaving in departures { leave(leaving, of: channel.role.linkNames[leaving.link], node) }
        let epoch = nodes[node].epoch
        for action in actions {
            switch action {
            case .tell(let message): plan(.toController(node: node, epoch: epoch, message), after: delay)
            case .record(let entry): record(entry, at: node)
            }
        }
        // One entry of the agenda per change of the next instant; overtaken ones find nothing to do.
        if let next = channel.role.nextInstant, nodes[node].planned.map({ next < $0 }) ?? true {
            nodes[node].planned = next
            agenda.push(.channel(node, epoch: epoch), at: max(now, next))
        }
    }

    private func leave(_ leaving: ChannelRole.Leaving, of name: String, _ node: Int) {
        let departure = leaving.departure
        guard let link = links[name], let datagram = held[Int(departure.packet.handle)] else { return }
        if departure.isForwarded, departure.verdict != .corrupted || departure.isDuplicate {
            for receiver in link.to { if let target = index[receiver] { agenda.push(.arrival(node: target, link: name, datagram), at: max(now, departure.due)) } }
        }
        if topology.timing.packets, !departure.isDuplicate {
            record(
                .packet(
                    PacketRecord(
                        link: name, transmitter: link.from, image: Int(leaving.image), section: leaving.section == .preamble ? "preamble" : "slice",
                        index: Int(leaving.index), bits: Int(departure.packet.bits), wireBits: (Int(departure.packet.bytes) + LinkConfiguration.headerBytes) * 8,
                        arrivedAt: departure.packet.arrival.nanoseconds, dueAt: departure.isForwarded ? departure.due.nanoseconds : nil,
                        releasedAt: departure.isForwarded ? max(now, departure.due).nanoseconds : nil,
                        verdict: PacketRecord.Verdict(rawValue: departure.verdict.rawValue) ?? .lost, block: Int(clamping: departure.block))), at: node)
        }
        if !departure.hasDuplicate { release(departure.packet.handle) }
    }

    private func hold(_ datagram: DataDatagram) -> Int32 {
        if let handle = free.popLast() {
            held[Int(handle)] = datagram
            return handle
        }
        held.append(datagram)
        return Int32(held.count - 1)
    }

    private func release(_ handle: Int32) {
        held[Int(handle)] = nil
        free.append(handle)
    }

    // MARK: the controller's hands

    private func perform(_ actions: [ControllerRole.Action]) throws {
        for action in actions {
            switch action {
            case .record(let record):
                controllerRecords.append(record)
                unwritten += 1
            case .progress(let note): progress(note)
            case .wake(let instant): agenda.push(.controllerAlarm, at: max(now, instant))
            case .finish(let end): self.end = end
            case .ask(let transmitter, let image, let situation):
                // The program runs in real time; what its answer costs is charged like any other stage.
                plan(
                    .answer(transmitter: transmitter, image: image, consultation.reply(to: situation)),
                    after: .seconds(topology.timing.declared["decide"] ?? 0))
            case .tell(let node, let message):
                guard let number = index[node] else { continue }
                plan(.toNode(number, epoch: nodes[number].epoch, message), after: delay)
            case .kill(let node):
                guard let number = index[node], nodes[number].isAlive else { continue }
                nodes[number].isAlive = false
                plan(.exited(number, epoch: nodes[number].epoch, ExitReport(signal: 9)), after: delay)
            case .pause(let node): if let number = index[node] { nodes[number].isPaused = true }
            case .resume(let node):
                guard let number = index[node] else { continue }
                nodes[number].isPaused = false
                for happening in nodes[number].deferred { plan(happening) }
                nodes[number].deferred = []
            case .start(let node, let epoch): try start(node, epoch)
            }
        }
    }

    private func start(_ name: String, _ epoch: UInt16) throws {
        guard let node = index[name] else { return }
        let settings = nodes[node].settings
        if epoch > 0 { nodes[node].part = try part(settings) }
        nodes[node].epoch = epoch
        nodes[node].isAlive = true
        nodes[node].isPaused = false
        nodes[node].isAnnounced = false
        nodes[node].planned = nil
        nodes[node].busyUntil = now
        let role: Wire.NodeRole = settings.role == .channel ? .channel : settings.role == .receiver ? .receiver : .transmitter
        let own = topology.links.filter { $0.from == name || $0.through == name || $0.to.contains(name) }
        let hello = Hello(
            name: name, role: role, epoch: epoch, processIdentifier: 0, host: "", modelIdentity: settings.role == .transmitter || settings.role == .receiver ? models.identity : 0,
            ports: own.map { PortBinding(purpose: $0.name, port: 1) })
        plan(.toController(node: node, epoch: epoch, .hello(hello)), after: delay)
    }
}
