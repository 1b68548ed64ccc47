import Datagrams
import Determinism
import Topologies
import Wire

/// A relay: each datagram of the link that ends here is opened, sealed for the link that leaves, and sent on at once.
/// It never looks at pictures.
///
/// To the next channel a datagram was ready when it came here, by the kernel's clock: a relay that the system holds up
/// costs no air time.
struct RelayNode: Node {
    /// To the channel before it, a relay is where a link ends.
    let kind = Wire.NodeRole.receiver
    let title = "relay"
    let ports: [NodePort]
    private var opener: DatagramOpener
    private var sealer: DatagramSealer
    private var channel: Endpoint?
    /// When the first datagram of each of the last images came.
    private var firsts: [(image: UInt32, at: Instant)] = []
    private static let incoming = 0, outgoing = 1

    /// - Throws: whatever kept it from playing its part, in one line.
    static func run(_ options: NodeOptions, secret: Secret, topology: Topology, settings: NodeSettings) throws {
        let runtime = try NodeRuntime(options, secret: secret, at: settings)
        var node = try RelayNode(settings, in: topology, epoch: options.epoch, secret: secret)
        try runtime.run(&node)
    }

    private init(_ settings: NodeSettings, in topology: Topology, epoch: UInt16, secret: Secret) throws {
        guard let incoming = topology.links(to: settings.name).first?.name,
            let outgoing = topology.links(from: settings.name).first?.name
        else {
            throw NodeFailure.wrongRole(settings.name, expected: "relay between two links", found: "node without them")
        }
        ports = [
            try NodePort(link: incoming, settings, 0), try NodePort(link: outgoing, settings, 1),
        ]
        opener = DatagramOpener(secret, lane: .data(link: incoming))
        sealer = DatagramSealer(secret, lane: .data(link: outgoing), epoch: epoch)
    }

    var refusals: RefusalCounts { opener.refusals }

    mutating func handle(_ event: NodeEvent<Never>, _ runtime: NodeRuntime) throws {
        switch event {
        case .message(.peers(let peers)):
            let isFirst = channel == nil
            if let peer = peers.peers.first(where: { $0.link == ports[Self.outgoing].link }) {
                channel = try Endpoint(host: peer.host, port: peer.port)
            }
            if isFirst, channel != nil { runtime.announce(note: ports.map(\.link).joined(separator: " to ")) }
        case .message(.stop): runtime.leave(self)
        case .message, .timer: break
        }
    }

    mutating func serve(_ ready: [Int], _ runtime: NodeRuntime) throws {
        for number in ready {
            let port = ports[number]
            try port.receive { datagram in
                if number == Self.incoming { try pass(datagram) } else { runtime.countStray() }
            }
        }
    }

    private mutating func pass(_ datagram: ReceivedDatagram) throws {
        guard let plain = try? opener.open(datagram.bytes), let channel else { return }
        guard let heading = try? DataDatagram(serialised: plain) else { return opener.countMalformed() }
        let first = firsts.first { $0.image == heading.image }?.at
        if first == nil {
            if firsts.count >= 16 { firsts.removeFirst() }
            firsts.append((heading.image, datagram.arrival))
        }
        let onward = heading.ready(after: datagram.arrival - (first ?? datagram.arrival))
        try ports[Self.outgoing].socket.send(try sealer.seal(onward.serialised()), to: channel)
    }
}
