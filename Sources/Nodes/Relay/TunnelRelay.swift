import Channels
import Datagrams

/// Carries IP packets of any protocol between two network devices through an emulated link,
/// each way with its own settings.
///
/// ```
/// routed into NEAR ─► forward link ─► comes out of FAR
/// comes out of NEAR ◄─ backward link ◄─ routed into FAR
/// ```
/// The devices are made here; each is moved into the network namespace whose traffic is to pass. Bits are those of
/// whole IP packets, beside ``LinkConfiguration/overheadBytes``.
package final class TunnelRelay {
    package struct Options: Sendable {
        package var near: String
        package var far: String
        package var forward: LinkConfiguration
        package var backward: LinkConfiguration
        package var relay = RelayOptions()

        package init(near: String, far: String, forward: LinkConfiguration, backward: LinkConfiguration) {
            (self.near, self.far, self.forward, self.backward) = (near, far, forward, backward)
        }
    }

    private let options: Options
    private let devices: [TunnelDevice]
    private let loop: RelayLoop

    /// Makes the devices.
    ///
    /// - Throws: `DatagramError` naming the device, `ChannelError`, `FileFailure` naming the record.
    package init(_ options: Options) throws {
        self.options = options
        devices = [try TunnelDevice(options.near), try TunnelDevice(options.far)]
        var backward = options.backward
        backward.name += "/back"
        loop = try RelayLoop([options.forward, backward], options.relay)
        for (side, device) in devices.enumerated() { try loop.watch(device.descriptor, token: UInt64(side)) }
    }

    /// All that is emulated, in one line.
    package var summaryOfLink: String {
        "passing IP between \(options.near) and \(options.far), there: \(options.forward.summary); back: "
            + "\(options.backward.summary)"
    }

    /// Relays until SIGINT or SIGTERM comes, or `seconds` have passed.
    ///
    /// - Throws: `DatagramError` when a device breaks, `FileFailure` when the record cannot be written.
    package func run(for seconds: Double? = nil) throws -> RelaySummary {
        var summary = try loop.run(for: seconds, receive: { try receive(Int($0)) }, release: { try release($0) })
        summary.noRoom = devices.reduce(0) { $0 + $1.overflow }
        return summary
    }

    private func receive(_ side: Int) throws {
        try devices[side].receive(into: loop.slab) { slot, length, instant in
            loop.accept(slot, bytes: length, arrival: instant, on: side)
        }
        try release(side)
    }

    /// Writes or drops everything that has left a link.
    private func release(_ side: Int) throws {
        try loop.takeDepartures { departure in
            guard departure.isForwarded else { return try loop.finish(departure, side, released: nil) }
            loop.corrupt(departure)
            let isSent = devices[1 - side].send(departure.packet.handle, of: loop.slab)
            try loop.finish(departure, side, released: isSent ? MonotonicClock.now : nil)
        }
    }
}
