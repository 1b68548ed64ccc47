import Datagrams
import Determinism
import ImagePipeline
import Records
import Roles
import Topologies
import Wire

/// A receiver: `ReceiverRole` with sockets, models and a record around it.
package struct ReceiverNode: Node {
    let kind = Wire.NodeRole.receiver
    let title = "receiver"
    let ports: [NodePort]
    private let workshop: ReceiverPipeline
    private var receiver: ReceiverRole
    private var openers: [DatagramOpener]
    private var isAnnounced = false

    /// Runs until the controller says stop.
    ///
    /// - Throws: whatever kept it from playing its part, in one line.
    package static func run(_ options: NodeOptions, secret: Secret) throws {
        let topology = try Topology(contentsOf: options.topology)
        let settings = try topology.node(options, as: .receiver)
        let runtime = try NodeRuntime(options, secret: secret, at: settings, computes: true)
        var node = try ReceiverNode(settings, in: topology, folder: options.folder, secret: secret)
        try runtime.run(&node)
    }

    private init(_ settings: NodeSettings, in topology: Topology, folder: String, secret: Secret) throws {
        let links = topology.links(to: settings.name)
        ports = try links.enumerated().map { index, link in
            try NodePort(link: link.name, settings, index)
        }
        openers = links.map { DatagramOpener(secret, lane: .data(link: $0.name)) }
        workshop = try ReceiverPipeline(topology: topology, node: settings, folder: folder)
        receiver = ReceiverRole(node: settings.name, in: topology)
    }

    var modelIdentity: UInt64 { workshop.modelIdentity }
    var refusals: RefusalCounts { openers.reduce(RefusalCounts()) { $0 + $1.refusals } }

    mutating func handle(_ event: NodeEvent<DecodedImage>, _ runtime: NodeRuntime) throws {
        switch event {
        case .message(.peers):
            if !isAnnounced { runtime.announce(note: workshop.summary) }
            isAnnounced = true
        case .message(let message): perform(receiver.handle(.message(message), now: runtime.now), runtime)
        case .timer(let instant): perform(receiver.handle(.timer, now: max(runtime.now, instant)), runtime)
        case .finished(let decoded): perform(receiver.handle(.decoded(decoded), now: runtime.now), runtime)
        }
    }

    mutating func serve(_ ready: [Int], _ runtime: NodeRuntime) throws {
        for number in ready {
            let port = ports[number]
            try port.receive { datagram in
                guard let plain = try? openers[number].open(datagram.bytes) else { return }
                guard let data = try? DataDatagram(serialised: plain) else { return openers[number].countMalformed() }
                perform(
                    receiver.handle(.datagram(link: port.link, data, at: datagram.arrival), now: runtime.now), runtime)
            }
        }
    }

    private func perform(_ actions: [ReceiverRole.Action], _ runtime: NodeRuntime) {
        for action in actions {
            switch action {
            case .tell(let message): runtime.tell(message)
            case .record(let record): runtime.append(record)
            case .wake(let instant): runtime.wake(at: instant)
            case .decode(let received):
                let report = runtime.reporter
                runtime.compute { [workshop] in workshop.decode(received, progress: report) }
            case .leave: runtime.leave(self)
            }
        }
    }
}
