import CPlatform
import Determinism
import Glibc

/// Waits for sockets and for instants: sleeps while the instant is far, spins when it is near.
///
/// A sleeping thread wakes tens of microseconds late; a spinning one is late by one look at the sockets (below a
/// microsecond), but burns a core. `spin` is how long before the instant the sleep ends: 0 never spins, a large value
/// never sleeps. `spunTime` says what it cost.
///
/// ```
/// loop.watch(socket.descriptor, token: 0)
/// while running {
///     try loop.wait(until: role.nextInstant) { token in … socket.receive() … }
///     … role.poll(now: MonotonicClock.now) …
/// }
/// ```
public final class EventLoop {
    private let epoll: Int32
    private var ready: [UInt64]
    public var spin: Instant.Span
    /// Time spent spinning, that is, processor time burnt for punctuality.
    public private(set) var spunTime: Instant.Span = .zero
    /// Time spent asleep.
    public private(set) var sleptTime: Instant.Span = .zero

    /// - Parameter spin: how long before an instant the loop stops sleeping.
    /// - Throws: `DatagramError.system`.
    public init(spin: Instant.Span = .zero) throws(DatagramError) {
        epoll = platform_epoll_open()
        ready = Array(repeating: 0, count: 256)
        self.spin = spin
        guard epoll >= 0 else { throw .system(call: "epoll_create1", code: -epoll) }
        // The default slack lets the kernel wake us 50 µs late on purpose.
        _ = platform_timer_slack(1)
    }

    deinit { close(epoll) }

    /// Reports `token` whenever `descriptor` is readable (or writable, if asked for).
    public func watch(_ descriptor: Int32, token: UInt64, readable: Bool = true, writable: Bool = false) throws(DatagramError) {
        let result = platform_epoll_set(epoll, descriptor, token, readable ? 1 : 0, writable ? 1 : 0)
        guard result == 0 else { throw .system(call: "epoll_ctl", code: -result) }
    }

    public func unwatch(_ descriptor: Int32) { _ = platform_epoll_remove(epoll, descriptor) }

    /// Returns after at least one descriptor was ready (each reported to `body`), or at `deadline`; nil waits for ever.
    /// - Throws: `DatagramError.system`.
    public func wait(until deadline: Instant?, _ body: (UInt64) -> Void = { _ in }) throws(DatagramError) {
        guard let deadline else { return try look(timeout: -1, body) }
        var now = MonotonicClock.now
        if deadline > now + spin {
            let slept = now
            let count = try poll(timeout: (deadline - now - spin).nanoseconds)
            now = MonotonicClock.now
            sleptTime = sleptTime + (now - slept)
            if count > 0 { return report(count, body) }
        }
        let began = now
        defer { if now > began { spunTime = spunTime + (now - began) } }
        repeat {
            let count = try poll(timeout: 0)
            now = MonotonicClock.now
            if count > 0 { return report(count, body) }
        } while now < deadline
    }

    private func look(timeout: Int64, _ body: (UInt64) -> Void) throws(DatagramError) { report(try poll(timeout: timeout), body) }

    private func poll(timeout: Int64) throws(DatagramError) -> Int {
        let count = platform_epoll_wait(epoll, &ready, Int32(ready.count), timeout)
        guard count >= 0 else { throw .system(call: "epoll_wait", code: -count) }
        return Int(count)
    }

    private func report(_ count: Int, _ body: (UInt64) -> Void) {
        for index in 0..<count { body(ready[index]) }
    }
}
