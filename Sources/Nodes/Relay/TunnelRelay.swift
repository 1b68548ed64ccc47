import Channels
import Datagrams
import Determinism
import Foundation
import Processes

/// Carries IP packets of any protocol between two network devices through an emulated link, each way with its own settings.
///
/// ```
/// routed into NEAR ─► forward link ─► comes out of FAR
/// comes out of NEAR ◄─ backward link ◄─ routed into FAR
/// ```
/// The devices are made here; each is moved into the network namespace whose traffic is to pass. Bits are those of whole IP
/// packets, beside ``LinkConfiguration/overheadBytes``.
package final class TunnelRelay {
    package struct Options: Sendable {
        package var near: String
        package var far: String
        package var forward: LinkConfiguration
        package var backward: LinkConfiguration
        package var seed: UInt64 = 1
        package var spin: Instant.Span = .milliseconds(1)
        package var record: String?
        /// What is asked of the links while they run.
        package var changes: Postbox<RelayChange>?

        package init(near: String, far: String, forward: LinkConfiguration, backward: LinkConfiguration) {
            (self.near, self.far, self.forward, self.backward) = (near, far, forward, backward)
        }

        package mutating func setSpin(seconds: Double) { spin = .seconds(seconds) }
    }

    private let options: Options
    private let devices: [TunnelDevice]
    private let loop: EventLoop
    private let signals: Int32
    private let slab: PacketSlab
    private let record: RelayRecord?
    private var links: [Link]
    private var departures: [Channels.Departure] = []
    private var lateness = LatenessHistogram()
    private var sides = [ForeignRelay.Summary.Direction(), ForeignRelay.Summary.Direction()]
    private var changed: UInt64 = 0
    private static let signalToken: UInt64 = 2, changeToken: UInt64 = 3

    /// Makes the devices.
    ///
    /// - Throws: `DatagramError` naming the device, `ChannelError`, `FileFailure` naming the record.
    package init(_ options: Options) throws {
        self.options = options
        signals = try ProcessLife.terminationDescriptor()
        devices = [try TunnelDevice(options.near), try TunnelDevice(options.far)]
        loop = try EventLoop(spin: options.spin, keepsTime: true)
        let queued = [options.forward, options.backward].reduce(0) {
            $0 + min(ForeignRelay.mostQueued, $1.queue.packets ?? 0)
        }
        slab = try PacketSlab(slots: 16_384 + queued, stride: 65_536)
        let origin = MonotonicClock.now
        record = try options.record.map { try RelayRecord(folder: $0, origin: origin) }
        links = try [("", options.forward), ("/back", options.backward)].map { suffix, settings in
            var settings = settings
            settings.name += suffix
            settings.accounting = .wire
            return try Link(settings, seed: options.seed, origin: origin)
        }
        for (side, device) in devices.enumerated() { try loop.watch(device.descriptor, token: UInt64(side)) }
        try loop.watch(signals, token: Self.signalToken)
        if let changes = options.changes { try loop.watch(changes.descriptor, token: Self.changeToken) }
    }

    /// All that is emulated, in one line.
    package var summaryOfLink: String {
        "passing IP between \(options.near) and \(options.far), there: \(options.forward.summary); back: \(options.backward.summary)"
    }

    /// Relays until SIGINT or SIGTERM comes, or `seconds` have passed.
    ///
    /// - Throws: `DatagramError` when a device breaks, `FileFailure` when the record cannot be written.
    package func run(for seconds: Double? = nil) throws -> ForeignRelay.Summary {
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
                case Self.changeToken: try change()
                default: try receive(Int(token))
                }
            }
            for side in 0..<2 {
                links[side].advance(to: MonotonicClock.now, into: &departures)
                try release(side)
                try record?.follow(&links[side], side, now: MonotonicClock.now)
            }
        }
        try record?.flush()
        var summary = ForeignRelay.Summary()
        summary.seconds = (MonotonicClock.now - began).seconds
        summary.processorSeconds = (MonotonicClock.processorTime - processor).seconds
        summary.spunSeconds = loop.spunTime.seconds
        (summary.forward, summary.backward) = (self.summary(0), self.summary(1))
        summary.noRoom = devices.reduce(0) { $0 + $1.overflow }
        summary.changes = changed
        summary.latenessP50 = lateness.quantile(0.5)
        summary.latenessP99 = lateness.quantile(0.99)
        summary.latenessP999 = lateness.quantile(0.999)
        return summary
    }

    private func summary(_ side: Int) -> ForeignRelay.Summary.Direction {
        var direction = sides[side]
        let counts = links[side].counts
        (direction.received, direction.lost, direction.queueFull) = (counts.accepted, counts.lost, counts.queueFull)
        (direction.corrupted, direction.duplicated) = (counts.corrupted, counts.duplicates)
        return direction
    }

    private func change() throws {
        for change in options.changes?.take() ?? [] {
            let now = MonotonicClock.now
            links[change.way].advance(to: now, into: &departures)
            try release(change.way)
            try record?.follow(&links[change.way], change.way, now: now)
            try links[change.way].take(change, at: now)
            try record?.tell(&links[change.way], change.way, from: now)
            changed += 1
        }
    }

    private func receive(_ side: Int) throws {
        let overhead = links[side].configuration.overheadBytes
        try devices[side].receive(into: slab) { slot, length, instant in
            links[side].accept(
                Packet(handle: slot, bytes: length, bits: (length + overhead) * 8, arrival: instant), into: &departures)
        }
        try release(side)
    }

    /// Writes or drops everything that has left a link.
    private func release(_ side: Int) throws {
        for departure in departures {
            var released: Instant?
            if departure.isForwarded {
                if departure.verdict == .corrupted && !departure.isDuplicate {
                    slab.corrupt(departure.packet.handle, departure.noise)
                }
                if devices[1 - side].send(departure.packet.handle, of: slab) {
                    let now = MonotonicClock.now
                    released = now
                    lateness.add(now - departure.due)
                    sides[side].sent += 1
                    sides[side].sentBytes += UInt64(departure.packet.bytes)
                } else {
                    sides[side].refused += 1
                }
            }
            try record?.note(departure, side, released: released)
            if !departure.hasDuplicate { slab.release(departure.packet.handle) }
        }
        departures.removeAll(keepingCapacity: true)
    }
}

extension PacketSlab {
    /// Flips the bit that a random word says.
    func corrupt(_ slot: Int32, _ noise: UInt64) {
        let bytes = mutableBytes(slot)
        if !bytes.isEmpty { bytes[Int(noise % UInt64(bytes.count))] ^= 1 << UInt8(noise >> 61) }
    }
}
