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
/// Bits are counted as UDP payload, which is what such programs report. Each client gets a socket of its own towards the
/// target, so that answers find their way; all clients share the two links.
package final class ForeignRelay {
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
    private let loop: EventLoop
    private let signals: Int32
    private let slab: PacketSlab
    private var links: [Link]
    private var clients: [Client?] = []
    private var numbers: [Endpoint: Int] = [:]
    private var departures: [Channels.Departure] = []
    private var outgoing: [PacketSlab.Outgoing] = []
    /// Places in `outgoing` that the system refused to send.
    private var lost: Set<Int> = []
    private var fates: [(direction: Int, departure: Channels.Departure)] = []
    private var lateness = LatenessHistogram()
    private var sent: [(count: UInt64, bytes: UInt64)] = [(0, 0), (0, 0)]
    private var strangers: UInt64 = 0
    private let passage: StreamPassage?
    private let record: RelayRecord?
    private static let frontToken: UInt64 = 1, signalToken: UInt64 = 2, changeToken: UInt64 = 3,
        firstClientToken: UInt64 = 16
    private static let mostClients = 1024
    /// Datagrams that may wait in each direction at most.
    package static let mostQueued = 1_000_000
    private var refused: [UInt64] = [0, 0]
    private var (refusedClients, changed): (UInt64, UInt64) = (0, 0)
    /// Of sockets that are closed by now.
    private var closedDrops: UInt64 = 0

    /// Opens the sockets.
    /// - Throws: `DatagramError` naming the address or the port in use, `ChannelError`.
    package init(_ options: Options) throws {
        self.options = options
        signals = try ProcessLife.terminationDescriptor()
        target = try Endpoint(options.forward)
        front = try UDPSocket(try Endpoint(options.listen))
        loop = try EventLoop(spin: options.spin, keepsTime: true)
        // A slot for each that may wait, both ways, and as many as before for those that are under way.
        let queued = min(Self.mostQueued, options.link.queue.packets ?? 0)
        slab = try PacketSlab(slots: 16_384 + 2 * queued, stride: 65_536)
        let origin = MonotonicClock.now
        record = try options.record.map { try RelayRecord(folder: $0, origin: origin) }
        var forward = options.link
        forward.accounting = .wire
        var backward: LinkConfiguration
        if options.impairsAnswers {
            backward = options.back ?? forward
            backward.accounting = .wire
            backward.name += "/back"
        } else {
            backward = LinkConfiguration(name: "back", bandwidth: 1e12, meanSNR: 1)
            backward.accounting = .wire
        }
        links = [
            try Link(forward, seed: options.seed, origin: origin),
            try Link(backward, seed: options.seed, origin: origin),
        ]
        try loop.watch(front.descriptor, token: Self.frontToken)
        try loop.watch(signals, token: Self.signalToken)
        if let changes = options.changes { try loop.watch(changes.descriptor, token: Self.changeToken) }
        passage =
            options.passesTCP
            ? try StreamPassage(listen: front.local, target: target) { [warn = options.warn] in warn(Self.unshaped) }
            : nil
    }

    /// How long the queue may keep a datagram waiting, in words: a thousand datagrams are many seconds on a slow link.
    package var queueNote: String {
        let packets = options.link.queue.packets ?? 0
        let rate = options.link.bandwidth * options.link.rate.efficiency(options.link.meanSNR)
        let seconds = rate > 0 ? Double(packets * 1200 * 8) / rate : 0
        return
            "queue: \(packets) datagrams each way; full of 1200-byte ones, it takes \(Dimension.duration.text((seconds * 1000).rounded() / 1000)) to drain at the mean SNR"
    }

    /// Where it listens.
    package var local: Endpoint { front.local }

    /// Relays until SIGINT or SIGTERM comes, or `duration` has passed.
    /// - Throws: `DatagramError` when a socket breaks.
    package func run(for seconds: Double? = nil) throws -> Summary {
        let duration = seconds.map { Instant.Span.seconds($0) }
        let began = MonotonicClock.now
        let processor = MonotonicClock.processorTime
        let end = duration.map { began + $0 } ?? ChannelBlock.never
        var running = true
        var ready: [UInt64] = []
        while running && MonotonicClock.now < end {
            var deadline: Instant? = end == ChannelBlock.never ? nil : end
            for link in links { if let next = link.nextInstant { deadline = min(deadline ?? next, next) } }
            ready.removeAll(keepingCapacity: true)
            try loop.wait(until: deadline) { ready.append($0) }
            for token in ready {
                switch token {
                case Self.signalToken: running = ProcessLife.terminationSignal(signals) == nil
                case Self.frontToken: try receiveFromClients()
                case Self.changeToken: try change()
                default: try receiveFromTarget(Int(token - Self.firstClientToken))
                }
            }
            for direction in 0..<2 {
                links[direction].advance(to: MonotonicClock.now, into: &departures)
                try send(direction)
                try record?.follow(&links[direction], direction, now: MonotonicClock.now)
            }
        }
        try record?.flush()
        var summary = Summary()
        summary.seconds = (MonotonicClock.now - began).seconds
        summary.processorSeconds = (MonotonicClock.processorTime - processor).seconds
        summary.spunSeconds = loop.spunTime.seconds
        (summary.forward, summary.backward) = (self.summary(0), self.summary(1))
        var drops = closedDrops + front.kernelDrops
        for client in clients { drops += client?.socket.kernelDrops ?? 0 }
        summary.kernelDrops = drops
        (summary.noRoom, summary.refusedClients, summary.changes) = (slab.overflow, refusedClients, changed)
        summary.backward.strangers = strangers
        if let counts = passage?.counts {
            (summary.unshapedConnections, summary.unshapedBytes) = (counts.connections, counts.bytes)
        }
        summary.latenessP50 = lateness.quantile(0.5)
        summary.latenessP99 = lateness.quantile(0.99)
        summary.latenessP999 = lateness.quantile(0.999)
        return summary
    }

    private func summary(_ direction: Int) -> Summary.Direction {
        let counts = links[direction].counts
        return .init(
            received: counts.accepted, sent: sent[direction].count, sentBytes: sent[direction].bytes, lost: counts.lost,
            queueFull: counts.queueFull,
            corrupted: counts.corrupted, duplicated: counts.duplicates, refused: refused[direction])
    }

    private func change() throws {
        for change in options.changes?.take() ?? [] {
            let now = MonotonicClock.now
            links[change.way].advance(to: now, into: &departures)
            try send(change.way)
            try record?.follow(&links[change.way], change.way, now: now)
            try links[change.way].take(change, at: now)
            try record?.tell(&links[change.way], change.way, from: now)
            changed += 1
        }
    }

    private func receiveFromClients() throws {
        _ = try slab.receive(from: front) { arrival in
            // One client that cannot be served, for want of a descriptor, must not end the others' relay.
            guard let number = try? client(arrival.sender, at: arrival.local, now: arrival.instant) else {
                refusedClients += 1
                slab.release(arrival.slot)
                return
            }
            accept(arrival, direction: 0, client: number)
        }
    }

    private func receiveFromTarget(_ number: Int) throws {
        guard let socket = clients[number]?.socket else { return }
        _ = try slab.receive(from: socket) { arrival in
            // Only the target is answered for: nobody else may speak through this socket.
            guard arrival.sender == target else {
                strangers += 1
                slab.release(arrival.slot)
                return
            }
            accept(arrival, direction: 1, client: number)
        }
    }

    private func accept(_ arrival: PacketSlab.Arrival, direction: Int, client: Int) {
        links[direction].accept(
            Packet(
                handle: arrival.slot, tag: UInt64(client), bytes: arrival.length,
                bits: (arrival.length + links[direction].configuration.overheadBytes) * 8, arrival: arrival.instant),
            into: &departures)
        for departure in departures { fates.append((direction, departure)) }
        departures.removeAll(keepingCapacity: true)
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
        try loop.watch(socket.descriptor, token: Self.firstClientToken + UInt64(place))
        let client = Client(endpoint: endpoint, spokenTo: spokenTo, socket: socket, lastHeard: now)
        if place < clients.count { clients[place] = client } else { clients.append(client) }
        numbers[endpoint] = place
        return place
    }

    /// Sends or drops everything that has left the links.
    private func send(_ direction: Int) throws {
        for departure in departures { fates.append((direction, departure)) }
        departures.removeAll(keepingCapacity: true)
        var index = 0
        while index < fates.count {
            let (direction, departure) = fates[index]
            guard departure.isForwarded else {
                try finish(departure, direction)
                index += 1
                continue
            }
            // A run of datagrams that leave through the same socket.
            let client = Int(departure.packet.tag)
            outgoing.removeAll(keepingCapacity: true)
            var last = index
            while last < fates.count, outgoing.count < 64, fates[last].departure.isForwarded,
                fates[last].direction == direction,
                direction == 1 || Int(fates[last].departure.packet.tag) == client
            {
                let next = fates[last].departure
                if next.verdict == .corrupted && !next.isDuplicate { slab.corrupt(next.packet.handle, next.noise) }
                outgoing.append(address(next, direction))
                last += 1
            }
            let socket = direction == 0 ? clients[client]!.socket : front
            lost.removeAll(keepingCapacity: true)
            var done = 0
            sending: while done < outgoing.count {
                switch try slab.send(outgoing[done...], on: socket) {
                case .sent(let count): done += count
                case .refused:
                    lost.insert(done)
                    done += 1
                // The kernel has no room: what does not fit is lost, as on any interface.
                case .full: break sending
                }
            }
            refused[direction] += UInt64(lost.count + outgoing.count - done)
            let now = MonotonicClock.now
            for offset in 0..<outgoing.count {
                let next = fates[index + offset].departure
                let isSent = offset < done && !lost.contains(offset)
                if isSent {
                    lateness.add(now - next.due)
                    sent[direction].count += 1
                    sent[direction].bytes += UInt64(next.packet.bytes)
                }
                try finish(next, direction, released: isSent ? now : nil)
            }
            index = last
        }
        fates.removeAll(keepingCapacity: true)
    }

    private func address(_ departure: Channels.Departure, _ direction: Int) -> PacketSlab.Outgoing {
        guard direction == 1, let client = clients[Int(departure.packet.tag)] else {
            return .init(slot: departure.packet.handle, destination: target)
        }
        return .init(slot: departure.packet.handle, destination: client.endpoint, source: client.spokenTo)
    }

    private func finish(_ departure: Channels.Departure, _ direction: Int, released: Instant? = nil) throws {
        try record?.note(departure, direction, released: released)
        if !departure.hasDuplicate { slab.release(departure.packet.handle) }
    }
}
