import Channels
import Datagrams
import Determinism
import Files
import Foundation
import Records
import Roles
import Topologies
import Wire

/// The process of a channel: `ChannelForwarder` for the data, a control link, and a record around them.
///
/// Within one turn everything that is due goes out in batches before the controller is heard.
package final class ChannelNode {
    private let options: NodeOptions
    private let settings: NodeSettings
    private let loop: EventLoop
    private let signals: Int32
    private let controller: Endpoint
    private let controlSocket: UDPSocket
    private var control: ControlLink
    private let data: ChannelForwarder
    private let writer: ChannelRecordWriter
    private var records: [Record] = []
    private var peersAreKnown = false
    private var isReady = false
    private var stopBy: Instant?
    private var readyRecord: NodeRecord?
    private var clock: ClockKeeper

    private static let inputToken: UInt64 = 1, signalToken: UInt64 = 2, controlToken: UInt64 = 3,
        firstLinkToken: UInt64 = 16

    /// Opens everything a channel node needs.
    /// - Throws: one line that names the address, file or key at fault.
    package init(_ options: NodeOptions, secret: Secret) throws {
        let topology = try Topology(contentsOf: options.topology)
        guard let settings = topology.node(options.name) else {
            throw NodeFailure.unknownNode(options.name, file: options.topology)
        }
        guard settings.role == .channel else {
            throw NodeFailure.wrongRole(options.name, expected: "channel", found: settings.role.rawValue)
        }
        let links = topology.links(through: settings.name)
        guard !links.isEmpty else { throw ChannelFailure.noLinks(settings.name) }
        self.options = options
        self.settings = settings
        // Before any thread starts, so that all inherit the mask.
        signals = try ProcessLife.terminationDescriptor()
        loop = try EventLoop(spin: .seconds(topology.timing.spin), keepsTime: true)
        controller = try Endpoint(options.controller)
        clock = ClockKeeper(controller: controller)
        controlSocket = try UDPSocket(try Endpoint(host: settings.address, port: 0))
        control = ControlLink(secret, node: options.name, side: .node, epoch: options.epoch)
        let role = try ChannelRole(node: settings.name, in: topology) { try $0.readTrace() }
        data = try ChannelForwarder(role, secret: secret, address: settings.address, port: UInt16(settings.port))
        writer = try ChannelRecordWriter(path: options.recordPath, links: links.map { ($0.name, $0.from) })
        try loop.watchInput(token: Self.inputToken)
        try loop.watch(signals, token: Self.signalToken)
        try loop.watch(controlSocket.descriptor, token: Self.controlToken)
        for (index, socket) in data.sockets.enumerated() {
            try loop.watch(socket.descriptor, token: Self.firstLinkToken + UInt64(index))
        }
    }

    /// Plays the role until the controller says stop; for a relay of the topology, the relay's.
    /// - Throws: whatever ended it otherwise, in one line.
    package static func run(_ options: NodeOptions, secret: Secret) throws {
        let topology = try Topology(contentsOf: options.topology)
        if let settings = topology.node(options.name), settings.role == .relay {
            return try RelayNode.run(options, secret: secret, topology: topology, settings: settings)
        }
        let node = try ChannelNode(options, secret: secret)
        do { try node.run() } catch {
            node.control.send(.complaint(Complaint(text: "\(error)")))
            try? node.talk()
            node.flush()
            node.writer.finish()
            throw error
        }
    }

    /// Whether an error lies in what the node was given (exit code 2) rather than in what happened to it (1).
    package static func isMisuse(_ error: any Error) -> Bool {
        switch error {
        case let failure as NodeFailure: if case .controllerGone = failure { false } else { true }
        case is ChannelFailure, is ChannelError, is TopologyError, is RelayLinkError, is FileFailure: true
        case let error as ResultsError: !error.isFailure
        case let error as DatagramError: !error.isMachineFailure
        default: false
        }
    }

    private func run() throws {
        let ports =
            [PortBinding(purpose: "control", port: controlSocket.local.port)]
            + zip(data.role.linkNames, data.sockets).map { PortBinding(purpose: $0, port: $1.local.port) }
        control.send(
            .hello(
                Hello(
                    name: options.name, role: .channel, epoch: options.epoch,
                    processIdentifier: UInt32(ProcessLife.identifier),
                    host: "", modelIdentity: 0,
                    ports: ports)))
        var ready: [UInt64] = []
        var nextFlush = MonotonicClock.now + .milliseconds(100)
        while true {
            try talk()
            if let stopBy, control.isSettled || MonotonicClock.now >= stopBy { break }
            if peersAreKnown, !isReady, clock.isSettled {
                beReady()
                nextFlush = MonotonicClock.now
                continue
            }
            if let failure = control.failure {
                if stopBy != nil { break }
                throw NodeFailure.controllerGone("\(failure)")
            }
            var deadline = min(nextFlush, data.role.nextInstant ?? nextFlush)
            for instant in [control.nextInstant, clock.nextInstant] {
                if let instant { deadline = min(deadline, instant + MonotonicClock.offset) }
            }
            if data.hasUnsent { deadline = min(deadline, MonotonicClock.now + .milliseconds(0.05)) }
            ready.removeAll(keepingCapacity: true)
            try loop.wait(until: deadline) { ready.append($0) }
            try data.serve(ready, first: Self.firstLinkToken)
            for token in ready where token < Self.firstLinkToken { try serve(token) }
            obey()
            if data.notes.count >= 256 || MonotonicClock.now >= nextFlush {
                flush()
                try data.discardStrays()
                if let failure = writer.failure { throw ChannelWriteFailure(reason: failure) }
                nextFlush = MonotonicClock.now + .milliseconds(100)
            }
        }
        flush()
        writer.finish()
    }

    // MARK: controller and launcher

    private func serve(_ token: UInt64) throws {
        switch token {
        case Self.inputToken:
            if ProcessLife.inputHasEnded() { quit() }
        case Self.signalToken:
            if ProcessLife.terminationSignal(signals) != nil { quit() }
        default:
            for datagram in try controlSocket.receive() {
                for message in control.receive(datagram.bytes, now: MonotonicClock.local) {
                    if case .clockReply(let reply) = message {
                        if let offset = clock.take(reply, back: datagram.arrival - MonotonicClock.offset) {
                            MonotonicClock.offset = offset
                        }
                    } else {
                        try hear(message)
                    }
                }
            }
        }
    }

    private func hear(_ message: ControlMessage) throws {
        let now = MonotonicClock.now
        switch message {
        case .peers(let peers):
            for (index, name) in data.role.linkNames.enumerated() {
                let targets = try peers.peers.filter { $0.link == name && $0.role != .transmitter }.map {
                    try Endpoint(host: $0.host, port: $0.port)
                }
                if !targets.isEmpty { data.destinations[index] = targets }
            }
            peersAreKnown = true
        case .start(let start):
            try data.role.start(origin: start.origin, seed: start.seed, epoch: options.epoch, now: now)
        case .adjustment(let adjustment):
            do { try data.role.adjust(adjustment, now: now) } catch {
                records.append(
                    .event(
                        EventRecord(
                            at: now.nanoseconds, node: options.name, severity: .warning, what: "set", detail: "\(error)"
                        )))
            }
        case .stop: leave(now)
        default: break
        }
    }

    private func beReady() {
        isReady = true
        readyRecord = NodeRecord(
            name: options.name, role: "channel", process: ProcessLife.identifier,
            host: ProcessInfo.processInfo.hostName,
            readyAt: MonotonicClock.now.nanoseconds)
        (readyRecord!.clockOffset, readyRecord!.clockError) = (
            clock.state(at: MonotonicClock.local)?.offset, clock.state(at: MonotonicClock.local)?.error
        )
        records.append(.node(readyRecord!))
        control.send(
            .ready(
                Ready(
                    note:
                        "\(data.sockets.count) link\(data.sockets.count == 1 ? "" : "s"), spin at most \(loop.spin.seconds * 1e6) µs"
                )))
    }

    private func leave(_ now: Instant) {
        guard stopBy == nil else { return }
        stopBy = now + .seconds(2)
        var counters: [Counter] = []
        var refused = RefusalCounts()
        for (index, name) in data.role.linkNames.enumerated() {
            let counts = data.role.counts(index)
            counters += [
                Counter(name: "\(name).accepted", value: counts.accepted),
                Counter(name: "\(name).delivered", value: counts.delivered),
                Counter(name: "\(name).late", value: counts.late),
                Counter(name: "\(name).expired", value: counts.expired),
                Counter(name: "\(name).lost", value: counts.lost),
                Counter(name: "\(name).corrupted", value: counts.corrupted),
                Counter(name: "\(name).queueFull", value: counts.queueFull),
                Counter(name: "\(name).duplicates", value: counts.duplicates),
                Counter(name: "\(name).refused", value: data.openers[index].refusals.total),
            ]
            refused = refused + data.openers[index].refusals
        }
        counters += refused.counters
        counters.append(Counter(name: "spun ms", value: UInt64(max(0, loop.spunTime.nanoseconds / 1_000_000))))
        counters.append(
            Counter(name: "processor ms", value: UInt64(MonotonicClock.processorTime.nanoseconds / 1_000_000)))
        let strays = data.strays > 0 ? "\(data.strays) where nothing is received" : nil
        let causes = [(refused + control.refusals).summary, strays].compactMap { $0 }.joined(separator: ", ")
        if !causes.isEmpty {
            records.append(
                .event(
                    EventRecord(
                        at: now.nanoseconds, node: options.name, severity: .note, what: "rejected datagrams",
                        detail: causes)))
        }
        if let losses = data.hostLosses {
            let what = "datagrams lost in this host"
            records.append(
                .event(
                    EventRecord(at: now.nanoseconds, node: options.name, severity: .warning, what: what, detail: losses)
                ))
        }
        if var record = readyRecord {
            record.peakMemory = ProcessLife.peakMemory
            (record.clockOffset, record.clockError) = (
                clock.state(at: MonotonicClock.local)?.offset, clock.state(at: MonotonicClock.local)?.error
            )
            records.append(.node(record))
        }
        control.send(.farewell(Farewell(counters: counters)))
    }

    private func obey() {
        for action in data.role.actions {
            switch action {
            case .tell(let message): control.send(message)
            case .record(let record): records.append(record)
            }
        }
        data.role.actions.removeAll(keepingCapacity: true)
    }

    private func talk() throws {
        if let probe = clock.probe(MonotonicClock.local) { control.send(probe) }
        let datagrams = try control.poll(now: MonotonicClock.local)
        if !datagrams.isEmpty { try controlSocket.send(datagrams, to: controller) }
    }

    private func flush() {
        writer.submit(data.notes, records)
        data.notes.removeAll(keepingCapacity: true)
        records.removeAll(keepingCapacity: true)
    }

    /// The launcher is gone, or wants an end at once.
    private func quit() -> Never {
        flush()
        writer.finish()
        ProcessLife.end(1)
    }
}

/// The record cannot be written: a full disk, usually.
struct ChannelWriteFailure: Error, CustomStringConvertible {
    var reason: String
    var description: String { reason }
}
