import Channels
import Datagrams
import Determinism
import Files
import Records
import Roles
import Topologies
import Wire

/// A channel: `ChannelForwarder` for the data, and a record that is written by a thread of its own.
package struct ChannelNode: Node {
    let kind = Wire.NodeRole.channel
    let title = "channel"
    let ports: [NodePort]
    private let name: String
    private let epoch: UInt16
    private let spin: Instant.Span
    private let data: ChannelForwarder
    private let writer: ChannelRecordWriter
    private var isAnnounced = false

    /// Plays the role until the controller says stop; for a relay of the topology, the relay's.
    ///
    /// - Throws: whatever ended it otherwise, in one line that names the address, file or key at fault.
    package static func run(_ options: NodeOptions, secret: Secret) throws {
        let topology = try Topology(contentsOf: options.topology)
        if let settings = topology.node(options.name), settings.role == .relay {
            return try RelayNode.run(options, secret: secret, topology: topology, settings: settings)
        }
        let settings = try topology.node(options, as: .channel)
        var node = try ChannelNode(settings, in: topology, options, secret: secret)
        let runtime = try NodeRuntime(
            options, secret: secret, at: settings, keepsTime: node.spin, records: node.writer)
        try runtime.run(&node)
    }

    private init(_ settings: NodeSettings, in topology: Topology, _ options: NodeOptions, secret: Secret) throws {
        let links = topology.links(through: settings.name)
        guard !links.isEmpty else { throw ChannelFailure.noLinks(settings.name) }
        (name, epoch, spin) = (settings.name, options.epoch, .seconds(topology.timing.spin))
        let role = try ChannelRole(node: settings.name, in: topology) { try $0.readTrace() }
        data = try ChannelForwarder(
            role, secret: secret, address: settings.bindAddress, port: UInt16(settings.linkPort(0)),
            egressPort: settings.ports == nil ? 0 : UInt16(settings.linkPort(links.count)))
        ports = zip(links, data.sockets).map { NodePort(link: $0.name, socket: $1) }
        writer = try ChannelRecordWriter(path: options.recordPath, links: links.map { ($0.name, $0.from) })
    }

    /// Whether an error lies in what the node was given (exit code 2) rather than in what happened to it (1).
    package static func isMisuse(_ error: any Error) -> Bool {
        switch error {
        case let failure as NodeFailure: if case .controllerGone = failure { false } else { true }
        case is ChannelFailure, is ChannelError, is TopologyError, is FileFailure: true
        case let error as ResultsError: !error.isFailure
        case let error as DatagramError: !error.isMachineFailure
        default: false
        }
    }

    var refusals: RefusalCounts { data.openers.reduce(RefusalCounts()) { $0 + $1.refusals } }
    var strays: Int { data.strays }
    var losses: HostLosses { data.losses }

    /// When something is due on a link, or the kernel may have room again for what it had none for.
    var nextInstant: Instant? {
        guard data.hasUnsent else { return data.role.nextInstant }
        let soon = MonotonicClock.now + .milliseconds(0.05)
        return data.role.nextInstant.map { min($0, soon) } ?? soon
    }

    mutating func serve(_ ready: [Int], _ runtime: NodeRuntime) throws {
        try data.serve(ready)
        perform(runtime)
        if data.notes.count >= 256 { writeNotes() }
    }

    mutating func handle(_ event: NodeEvent<Never>, _ runtime: NodeRuntime) throws {
        let now = runtime.now
        switch event {
        case .message(.peers(let peers)):
            for (number, port) in ports.enumerated() {
                let targets = try peers.peers.filter { $0.link == port.link && $0.role != .transmitter }.map {
                    try Endpoint(host: $0.host, port: $0.port)
                }
                if !targets.isEmpty { data.destinations[number] = targets }
            }
            if !isAnnounced {
                let links = "\(ports.count) link\(ports.count == 1 ? "" : "s")"
                runtime.announce(note: "\(links), spin at most \(spin.seconds * 1e6) µs")
            }
            isAnnounced = true
        case .message(.start(let start)):
            try data.role.start(origin: start.origin, seed: start.seed, epoch: epoch, now: now)
        case .message(.adjustment(let adjustment)):
            do { try data.role.adjust(adjustment, now: now) } catch {
                runtime.append(
                    .event(
                        EventRecord(
                            at: now.nanoseconds, node: name, severity: .warning, what: "set", detail: "\(error)")))
            }
        case .message(.stop): runtime.leave(self)
        case .message, .timer: break
        }
        perform(runtime)
    }

    mutating func flush() throws {
        writeNotes()
        try data.discardStrays()
    }

    private func perform(_ runtime: NodeRuntime) {
        for action in data.role.actions {
            switch action {
            case .tell(let message): runtime.tell(message)
            case .record(let record): runtime.append(record)
            }
        }
        data.role.actions.removeAll(keepingCapacity: true)
    }

    private func writeNotes() {
        writer.submit(data.notes, [])
        data.notes.removeAll(keepingCapacity: true)
    }
}
