import Channels
import Datagrams
import Determinism
import Roles
import Wire

/// The data path of a channel node: sockets, authentication, `ChannelRole`, and sending.
///
/// One UDP port per link. A datagram stays in the slot the kernel wrote it to until it is sent on; only its copy for
/// authentication is touched. Nothing is allocated per datagram once the buffers have grown to size.
final class ChannelForwarder {
    var role: ChannelRole
    let sockets: [UDPSocket]
    /// Where each link's datagrams go; several for multicast.
    var destinations: [[Endpoint]]
    var openers: [DatagramOpener]
    /// What became of each datagram, for the record; emptied by whoever writes it.
    var notes: [ChannelRecordWriter.Note] = []
    private let egress: UDPSocket
    /// Datagrams that came to the port from which the node only sends.
    private(set) var strays = 0
    private let slab: PacketSlab
    private var plaintext: [UInt8] = []
    private var outgoing: [PacketSlab.Outgoing] = []
    private var sending: [(leaving: ChannelRole.Leaving, upTo: Int)] = []

    /// - Parameters:
    ///   - port: of the first link, the others follow; 0: the system chooses.
    ///   - egressPort: from which is sent; 0 as before.
    /// - Throws: `DatagramError` naming the address or the port in use.
    init(_ role: ChannelRole, secret: Secret, address: String, port: UInt16, egressPort: UInt16 = 0) throws {
        self.role = role
        var sockets: [UDPSocket] = []
        for index in role.linkNames.indices {
            sockets.append(try UDPSocket(try Endpoint(host: address, port: port == 0 ? 0 : port + UInt16(index))))
        }
        self.sockets = sockets
        egress = try UDPSocket(try Endpoint(host: address, port: egressPort))
        openers = role.linkNames.map { DatagramOpener(secret, lane: .data(link: $0)) }
        destinations = Array(repeating: [], count: sockets.count)
        slab = try PacketSlab(slots: 32_768, stride: 2_048)
    }

    /// Datagrams lost in this host and not on a link.
    var losses: HostLosses { HostLosses(sockets: sockets + [egress], overflow: slab.overflow) }

    /// The kernel had no room for everything: call `advance` again soon.
    var hasUnsent: Bool { !outgoing.isEmpty }

    /// Takes in what came at the links' ports and sends what is due, in between too: a burst on many links does not
    /// delay a release on another.
    /// - Parameter ready: numbers of the links whose ports can be read.
    func serve(_ ready: [Int]) throws {
        for link in ready {
            var most = Self.firstBatch
            // A port with much waiting is emptied in larger batches as long as nothing is due: a system call for eight
            // costs half as much again per datagram as one for thirty-two.
            while true {
                let count = try receive(link, most: most)
                let now = MonotonicClock.now
                if let next = role.nextInstant, next <= now { try advance(to: now) }
                guard count == most, most < Self.lastBatch else { break }
                most *= 2
            }
        }
        try advance(to: MonotonicClock.now)
    }

    /// Datagrams taken in before what is due is looked at again: opening them takes some 1.5 µs each.
    private static let firstBatch = 8, lastBatch = 32

    /// Takes in one batch from a link's port; what is left there stays readable.
    /// - Returns: how many datagrams that was.
    @discardableResult func receive(_ link: Int, most: Int = firstBatch) throws -> Int {
        try slab.receive(from: sockets[link], most: most) { arrival in
            let epoch = openers[link].epoch
            // One that does not fit a slot is longer than any of ours, and refused as such.
            guard openers[link].open(slab.bytes(arrival.slot), into: &plaintext) == nil else {
                slab.release(arrival.slot)
                return
            }
            if openers[link].epoch != epoch { role.renew(link: link) }
            guard let heading = try? DataHeading(plaintext: plaintext) else {
                openers[link].countMalformed()
                slab.release(arrival.slot)
                return
            }
            if !role.receive(
                link: link, handle: arrival.slot, length: arrival.length, heading: heading, arrival: arrival.instant)
            {
                slab.release(arrival.slot)
            }
        }
    }

    /// Counts what came where nothing is received; to be called now and then.
    func discardStrays() throws {
        while try slab.receive(
            from: egress,
            {
                slab.release($0.slot)
                strays += 1
            }) > 0
        {}
    }

    /// Brings the links forward and hands everything that is due to the kernel.
    func advance(to now: Instant) throws {
        role.advance(to: now)
        for leaving in role.departures {
            let departure = leaving.departure
            let targets = destinations[leaving.link]
            guard departure.isForwarded, !targets.isEmpty else {
                if !departure.isForwarded && !departure.isDuplicate {
                    notes.append(.init(leaving: leaving, released: nil))
                }
                if !departure.hasDuplicate { slab.release(departure.packet.handle) }
                continue
            }
            if departure.verdict == .corrupted && !departure.isDuplicate { corrupt(departure) }
            for target in targets { outgoing.append(.init(slot: departure.packet.handle, destination: target)) }
            sending.append((leaving, outgoing.count))
        }
        role.departures.removeAll(keepingCapacity: true)
        guard !outgoing.isEmpty else { return }
        var sent = 0
        var noted = 0
        sending: while sent < outgoing.count {
            switch try slab.send(outgoing[sent...].prefix(64), on: egress) {
            case .sent(let count): sent += count
            // Lost behind the link, as on any path; the socket counts it.
            case .refused: sent += 1
            case .full: break sending
            }
            let now = MonotonicClock.now.nanoseconds
            while noted < sending.count && sending[noted].upTo <= sent {
                let leaving = sending[noted].leaving
                if !leaving.departure.isDuplicate { notes.append(.init(leaving: leaving, released: now)) }
                if !leaving.departure.hasDuplicate { slab.release(leaving.departure.packet.handle) }
                noted += 1
            }
        }
        outgoing.removeFirst(sent)
        sending.removeFirst(noted)
        for index in sending.indices { sending[index].upTo -= sent }
    }

    /// Flips one to eight bits of a datagram, so that it no longer authenticates.
    private func corrupt(_ departure: Departure) {
        let bytes = slab.mutableBytes(departure.packet.handle)
        guard !bytes.isEmpty else { return }
        var noise = departure.noise
        for _ in 0...Int(noise & 7) {
            noise = noise &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            bytes[Int((noise >> 33) % UInt64(bytes.count))] ^= 1 << UInt8((noise >> 29) & 7)
        }
    }
}
