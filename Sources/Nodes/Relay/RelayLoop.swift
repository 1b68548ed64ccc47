import Channels
import Datagrams
import Determinism
import Processes

/// The two links of a relay, there and back, and the loop that drives them, whatever it is that they carry.
package final class RelayLoop {
    private(set) var links: [Link]
    /// Room for what is under way.
    let slab: PacketSlab
    /// What has left a link and is to be sent or dropped.
    private var departures: [Departure] = []
    private var sides = [RelaySummary.Direction(), RelaySummary.Direction()]
    private var lateness = LatenessHistogram()
    private let record: RelayRecord?
    private let loop: EventLoop
    private let signals: Int32
    private let changes: Postbox<RelayChange>?
    private var changed: UInt64 = 0
    private static let signalToken: UInt64 = 2, changeToken: UInt64 = 3
    /// Tokens from here on, and 0 and 1, are the relay's own.
    static let firstToken: UInt64 = 16
    /// Packets that may wait in each direction at most.
    package static let mostQueued = 1_000_000

    /// - Parameter links: there and back.
    /// - Throws: `DatagramError`, `ChannelError`, `FileFailure` naming the record.
    init(_ links: [LinkConfiguration], _ options: RelayOptions) throws {
        signals = try ProcessLife.terminationDescriptor()
        loop = try EventLoop(spin: options.spin, keepsTime: true)
        changes = options.changes
        // A slot for each that may wait, both ways, and as many as before for those that are under way.
        let queued = links.reduce(0) { $0 + min(Self.mostQueued, $1.queue.packets ?? 0) }
        slab = try PacketSlab(slots: 16_384 + queued, stride: 65_536)
        let origin = MonotonicClock.now
        record = try options.record.map { try RelayRecord(folder: $0, origin: origin) }
        self.links = try links.map { settings in
            var settings = settings
            settings.accounting = .wire
            return try Link(settings, seed: options.seed, origin: origin)
        }
        try loop.watch(signals, token: Self.signalToken)
        if let changes { try loop.watch(changes.descriptor, token: Self.changeToken) }
    }

    func watch(_ descriptor: Int32, token: UInt64) throws(DatagramError) { try loop.watch(descriptor, token: token) }
    func unwatch(_ descriptor: Int32) { loop.unwatch(descriptor) }

    /// Relays until SIGINT or SIGTERM comes, or `seconds` have passed.
    ///
    /// - Parameters:
    ///   - receive: takes in what has come for a token.
    ///   - release: sends or drops what has left a link (``takeDepartures()``).
    /// - Throws: what these throw, `FileFailure` when the record cannot be written.
    func run(
        for seconds: Double?, receive: (UInt64) throws -> Void, release: (Int) throws -> Void
    ) throws -> RelaySummary {
        let (began, processor) = (MonotonicClock.now, MonotonicClock.processorTime)
        let end = seconds.map { began + .seconds($0) } ?? ChannelBlock.never
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
                case Self.changeToken: try change(release)
                default: try receive(token)
                }
            }
            for way in 0..<2 {
                links[way].advance(to: MonotonicClock.now, into: &departures)
                try release(way)
                try record?.follow(&links[way], way, now: MonotonicClock.now)
            }
        }
        try record?.flush()
        var summary = RelaySummary()
        summary.seconds = (MonotonicClock.now - began).seconds
        summary.processorSeconds = (MonotonicClock.processorTime - processor).seconds
        summary.spunSeconds = loop.spunTime.seconds
        (summary.forward, summary.backward) = (direction(0), direction(1))
        (summary.noRoom, summary.changes) = (slab.overflow, changed)
        summary.latenessP50 = lateness.quantile(0.5)
        summary.latenessP99 = lateness.quantile(0.99)
        summary.latenessP999 = lateness.quantile(0.999)
        return summary
    }

    private func direction(_ way: Int) -> RelaySummary.Direction {
        var direction = sides[way]
        let counts = links[way].counts
        (direction.received, direction.lost, direction.queueFull) = (counts.accepted, counts.lost, counts.queueFull)
        (direction.corrupted, direction.duplicated) = (counts.corrupted, counts.duplicates)
        return direction
    }

    private func change(_ release: (Int) throws -> Void) throws {
        for change in changes?.take() ?? [] {
            let now = MonotonicClock.now
            links[change.way].advance(to: now, into: &departures)
            try release(change.way)
            try record?.follow(&links[change.way], change.way, now: now)
            try links[change.way].take(change, at: now)
            try record?.tell(&links[change.way], change.way, from: now)
            changed += 1
        }
    }

    // MARK: what passes

    /// Puts a packet on a link; what leaves it thereby waits to be taken.
    func accept(_ slot: Int32, tag: UInt64 = 0, bytes: Int, arrival: Instant, on way: Int) {
        links[way].accept(
            Packet(
                handle: slot, tag: tag, bytes: bytes, bits: (bytes + links[way].configuration.overheadBytes) * 8,
                arrival: arrival), into: &departures)
    }

    /// Hands out what has left a link, in order.
    func takeDepartures(_ body: (Departure) throws -> Void) rethrows {
        defer { departures.removeAll(keepingCapacity: true) }
        for index in departures.indices { try body(departures[index]) }
    }

    /// Flips the bit of a corrupted packet, once.
    func corrupt(_ departure: Departure) {
        guard departure.verdict == .corrupted, !departure.isDuplicate else { return }
        let bytes = slab.mutableBytes(departure.packet.handle)
        if !bytes.isEmpty { bytes[Int(departure.noise % UInt64(bytes.count))] ^= 1 << UInt8(departure.noise >> 61) }
    }

    /// A packet has left this host, or been dropped on the link or by the system.
    ///
    /// - Parameter released: when it was sent; nil: never.
    func finish(_ departure: Departure, _ way: Int, released: Instant?) throws {
        if let released {
            lateness.add(released - departure.due)
            sides[way].sent += 1
            sides[way].sentBytes += UInt64(departure.packet.bytes)
        } else if departure.isForwarded {
            sides[way].refused += 1
        }
        try record?.note(departure, way, released: released)
        if !departure.hasDuplicate { slab.release(departure.packet.handle) }
    }

    /// An answer came from another address than the target's.
    func countStranger() { sides[1].strangers += 1 }
}
