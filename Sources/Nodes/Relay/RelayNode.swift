import Datagrams
import Determinism
import Foundation
import Topologies
import Wire

/// The process of a relay: each datagram of the link that ends here is opened, sealed for the link that leaves, and sent on
/// at once. It never looks at pictures.
///
/// To the next channel a datagram was ready when it came here, by the kernel's clock: a relay that the system holds up costs
/// no air time.
package enum RelayNode {
    /// - Throws: whatever kept it from playing its part, in one line.
    package static func run(_ options: NodeOptions, secret: Secret, topology: Topology, settings: NodeSettings) throws {
        guard let incoming = topology.links(to: settings.name).first,
            let outgoing = topology.links(from: settings.name).first
        else {
            throw NodeFailure.wrongRole(options.name, expected: "relay between two links", found: "node without them")
        }
        let runtime = try NodeRuntime(options, secret: secret, address: settings.address)
        try runtime.open(link: incoming.name, address: settings.address, port: UInt16(settings.port))
        try runtime.open(
            link: outgoing.name, address: settings.address, port: settings.port == 0 ? 0 : UInt16(settings.port + 1))
        // To the channel before it, a relay is where a link ends.
        runtime.greet(role: .receiver, modelIdentity: 0)
        var opener = Opener(secret, lane: .data(link: incoming.name))
        var sealer = Sealer(secret, lane: .data(link: outgoing.name), epoch: options.epoch)
        var channel: Endpoint?
        /// When the first datagram of each of the last images came.
        var firsts: [(image: UInt32, at: Instant)] = []
        runtime.refusals = { opener.refusals }
        try runtime.run { input in
            switch input {
            case .message(.peers(let peers)):
                let isFirst = channel == nil
                if let peer = peers.peers.first(where: { $0.link == outgoing.name }) {
                    channel = try Endpoint(host: peer.host, port: peer.port)
                }
                if isFirst, channel != nil {
                    runtime.announce(role: "relay", note: "\(incoming.name) to \(outgoing.name)")
                }
            case .message(.stop):
                runtime.leave(counters: [
                    Counter(name: "forwarded", value: opener.opened),
                    Counter(name: "refused", value: opener.refusals.total),
                ])
            case .datagram(incoming.name, let datagram):
                guard let plain = try? opener.open(datagram.bytes), let channel,
                    let socket = runtime.socket(of: outgoing.name)
                else { return }
                guard let heading = try? DataDatagram(serialised: plain) else { return opener.countMalformed() }
                let first = firsts.first { $0.image == heading.image }?.at
                if first == nil {
                    if firsts.count >= 16 { firsts.removeFirst() }
                    firsts.append((heading.image, datagram.arrival))
                }
                let onward = heading.ready(after: datagram.arrival - (first ?? datagram.arrival))
                try socket.send(try sealer.seal(onward.serialised()), to: channel)
            case .datagram: runtime.countStray()
            case .interrupted: runtime.quit()
            case .message, .timer: break
            }
        }
    }
}
