import Channels
import Datagrams
import Declarations
import Determinism
import Foundation
import Processes
import Topologies

/// Carries any program's UDP traffic through an emulated link, in both directions.
///
/// ```
/// clients ─► listen ─► forward link ─► one socket per client ─► target
/// clients ◄─ listen ◄─ backward link ◄─ one socket per client ◄─ target
/// ```
/// Bits are counted as UDP payload, which is what such programs report. Each client gets a socket of its own towards
/// the target, so that answers find their way; all clients share the two links.
package final class UDPRelay {
    private struct Client {
        var endpoint: Endpoint
        /// Which of this host's addresses it speaks to, where the relay listens on all: answers come from there.
        var spokenTo: Endpoint?
        var socket: UDPSocket
        var lastHeard: Instant
    }

    let options: Options
    let target: Endpoint
    private let front: UDPSocket
    private let loop: RelayLoop
    private var clients: [Client?] = []
    private var numbers: [Endpoint: Int] = [:]
    private var outgoing: [PacketSlab.Outgoing] = []
    /// Places in `outgoing` that the system refused to send.
    private var lost: Set<Int> = []
    /// What has left the links, of both directions in the order in which it did.
    private var leaving: [(direction: Int, departure: Departure)] = []
    private let passage: TCPPassthrough?
    private static let frontToken: UInt64 = 1
    private static let mostClients = 1024
    private var refusedClients: UInt64 = 0
    /// Of sockets that are closed by now.
    private var closedDrops: UInt64 = 0

    /// Opens the sockets.
    /// - Throws: `DatagramError` naming the address or the port in use, `ChannelError`.
    package init(_ options: Options) throws {
        self.options = options
        target = try Endpoint(options.forward)
        let target = target
        (front, passage) = try UDPSocket.opened(try Endpoint(options.listen)) {
            [warn = options.warn] (local) throws(DatagramError) in
            options.passesTCP ? try TCPPassthrough(listen: local, target: target) { warn(Self.unshaped) } : nil
        }
        var backward = options.back ?? options.link
        backward.name += "/back"
        if !options.impairsAnswers { backward = LinkConfiguration(name: "back", bandwidth: 1e12, meanSNR: 1) }
        loop = try RelayLoop([options.link, backward], options.relay)
        try loop.watch(front.descriptor, token: Self.frontToken)
    }

    /// How long the queue may keep a datagram waiting, in words: a thousand datagrams are many seconds on a slow link.
    package var queueNote: String {
        let packets = options.link.queue.packets ?? 0
        let rate = options.link.bandwidth * options.link.rate.efficiency(options.link.meanSNR)
        let seconds = rate > 0 ? Double(packets * 1200 * 8) / rate : 0
        let drain = Dimension.duration.text((seconds * 1000).rounded() / 1000)
        return
            """
            queue: \(packets) datagrams each way; full of 1200-byte ones, it takes \(drain) to drain at the mean SNR
            """
    }

    /// Where it listens.
    package var local: Endpoint { front.local }

    /// Relays until SIGINT or SIGTERM comes, or `seconds` have passed.
    /// - Throws: `DatagramError` when a socket breaks.
    package func run(for seconds: Double? = nil) throws -> RelaySummary {
        var summary = try loop.run(
            for: seconds,
            receive: { token in
                if token == Self.frontToken {
                    try receiveFromClients()
                } else {
                    try receiveFromTarget(Int(token - RelayLoop.firstToken))
                }
            }, release: { try send($0) })
        summary.kernelDrops = closedDrops + front.kernelDrops
        for client in clients { summary.kernelDrops += client?.socket.kernelDrops ?? 0 }
        summary.refusedClients = refusedClients
        if let counts = passage?.counts {
            (summary.unshapedConnections, summary.unshapedBytes) = (counts.connections, counts.bytes)
        }
        return summary
    }

    private func receiveFromClients() throws {
        _ = try loop.slab.receive(from: front) { arrival in
            // One client that cannot be served, for want of a descriptor, must not end the others' relay.
            guard let number = try? client(arrival.sender, at: arrival.local, now: arrival.instant) else {
                refusedClients += 1
                loop.slab.release(arrival.slot)
                return
            }
            accept(arrival, direction: 0, client: number)
        }
    }

    private func receiveFromTarget(_ number: Int) throws {
        guard let socket = clients[number]?.socket else { return }
        _ = try loop.slab.receive(from: socket) { arrival in
            // Only the target is answered for: nobody else may speak through this socket.
            guard arrival.sender == target else {
                loop.countStranger()
                loop.slab.release(arrival.slot)
                return
            }
            accept(arrival, direction: 1, client: number)
        }
    }

    private func accept(_ arrival: PacketSlab.Arrival, direction: Int, client: Int) {
        loop.accept(arrival.slot, tag: UInt64(client), bytes: arrival.length, arrival: arrival.instant, on: direction)
        loop.takeDepartures { leaving.append((direction, $0)) }
    }

    /// The number of a client; a new one gets a socket. Nil when there are too many.
    private func client(_ endpoint: Endpoint, at spokenTo: Endpoint?, now: Instant) throws(DatagramError) -> Int? {
        if let number = numbers[endpoint] {
            clients[number]!.lastHeard = now
            clients[number]!.spokenTo = spokenTo
            return number
        }
        var place = clients.count
        if place >= Self.mostClients {
            // The one silent for longest makes room, if it has been silent for a minute.
            let oldest = clients.indices.min { clients[$0]!.lastHeard < clients[$1]!.lastHeard }!
            guard now - clients[oldest]!.lastHeard > .seconds(60) else { return nil }
            place = oldest
        }
        let socket = try UDPSocket(target.anyOfSameFamily)
        if place < clients.count, let oldest = clients[place] {
            numbers[oldest.endpoint] = nil
            loop.unwatch(oldest.socket.descriptor)
            closedDrops += oldest.socket.kernelDrops
        }
        try loop.watch(socket.descriptor, token: RelayLoop.firstToken + UInt64(place))
        let client = Client(endpoint: endpoint, spokenTo: spokenTo, socket: socket, lastHeard: now)
        if place < clients.count { clients[place] = client } else { clients.append(client) }
        numbers[endpoint] = place
        return place
    }

    /// Sends or drops everything that has left the links.
    private func send(_ direction: Int) throws {
        loop.takeDepartures { leaving.append((direction, $0)) }
        var index = 0
        while index < leaving.count {
            let (direction, departure) = leaving[index]
            guard departure.isForwarded else {
                try loop.finish(departure, direction, released: nil)
                index += 1
                continue
            }
            // A run of datagrams that leave through the same socket.
            let client = Int(departure.packet.tag)
            outgoing.removeAll(keepingCapacity: true)
            var last = index
            while last < leaving.count, outgoing.count < 64, leaving[last].departure.isForwarded,
                leaving[last].direction == direction,
                direction == 1 || Int(leaving[last].departure.packet.tag) == client
            {
                let next = leaving[last].departure
                loop.corrupt(next)
                outgoing.append(address(next, direction))
                last += 1
            }
            let done = try sendOutgoing(on: direction == 0 ? clients[client]!.socket : front)
            let now = MonotonicClock.now
            for offset in 0..<outgoing.count {
                let isSent = offset < done && !lost.contains(offset)
                try loop.finish(leaving[index + offset].departure, direction, released: isSent ? now : nil)
            }
            index = last
        }
        leaving.removeAll(keepingCapacity: true)
    }

    /// - Returns: how many were sent, but for those in `lost`.
    private func sendOutgoing(on socket: UDPSocket) throws(DatagramError) -> Int {
        lost.removeAll(keepingCapacity: true)
        var done = 0
        while done < outgoing.count {
            switch try loop.slab.send(outgoing[done...], on: socket) {
            case .sent(let count): done += count
            case .refused:
                lost.insert(done)
                done += 1
            // The kernel has no room: what does not fit is lost, as on any interface.
            case .full: return done
            }
        }
        return done
    }

    private func address(_ departure: Departure, _ direction: Int) -> PacketSlab.Outgoing {
        guard direction == 1, let client = clients[Int(departure.packet.tag)] else {
            return .init(slot: departure.packet.handle, destination: target)
        }
        return .init(slot: departure.packet.handle, destination: client.endpoint, source: client.spokenTo)
    }
}
