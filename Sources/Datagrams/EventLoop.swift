import CPlatform
import Determinism
import Glibc

/// Waits for sockets and for instants: sleeps while the instant is far, spins when it is near.
///
/// A sleeping thread wakes tens of microseconds late on bare metal and hundreds in a virtual machine; a spinning one is
/// late by one look at the sockets (below a microsecond), but burns a core. How near is near the loop learns from its
/// own wake-ups: `window` follows their 99th percentile, and never exceeds `spin`. Where descriptors become ready in
/// close succession for long (hundreds of times, half of `spin` apart or less) the next one is awaited awake, too, for
/// twice the usual pause: what a datagram that has just come causes may be due before a sleeper would have woken. Not
/// within a burst, whose sender may need this very processor to go on. `spunTime` says what both cost.
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
    private let keepsTime: Bool
    /// How long before an instant the sleep ends, at most: 0 never spins, a large value never sleeps.
    public let spin: Instant.Span
    /// How long before an instant the sleep ends at present.
    public private(set) var window: Instant.Span
    /// Time spent spinning, that is, processor time burnt for punctuality.
    public private(set) var spunTime: Instant.Span = .zero
    /// Time spent asleep.
    public private(set) var sleptTime: Instant.Span = .zero
    private var precedence = Precedence()
    /// How long descriptors usually take to become ready again, smoothed; and until when the next one is awaited awake.
    private var pause: Instant.Span
    private var awakeUntil = Instant(nanoseconds: .min)
    private var run = 0
    private static let sustained = 256

    /// Puts the calling thread, and none that it starts, before ordinary ones where the system allows it: a node whose
    /// threads compute must not find its own sockets waiting for them.
    public static func precedeComputation() { _ = platform_keep_time(0) }

    /// - Parameters:
    ///   - spin: how long before an instant, and how long after the last datagram, the loop stays awake at most.
    ///   - keepsTime: puts the calling thread before ordinary ones where the system allows it (root or CAP_SYS_NICE),
    ///     so that a release is not late because a neighbour computes. Without it the lateness shows in the record.
    /// - Throws: `DatagramError.system`.
    public init(spin: Instant.Span = .zero, keepsTime: Bool = false) throws(DatagramError) {
        epoll = platform_epoll_open()
        ready = Array(repeating: 0, count: 256)
        self.spin = spin
        self.keepsTime = keepsTime
        window = min(spin, .milliseconds(0.2))
        pause = spin
        guard epoll >= 0 else { throw .system(call: "epoll_create1", code: -epoll) }
        // The default slack lets the kernel wake us 50 µs late on purpose.
        _ = platform_timer_slack(1)
        if keepsTime { _ = platform_keep_time(1) }
    }

    deinit { close(epoll) }

    /// Reports `token` whenever `descriptor` is readable (or writable, if asked for).
    public func watch(
        _ descriptor: Int32, token: UInt64, readable: Bool = true, writable: Bool = false
    ) throws(DatagramError) {
        let result = platform_epoll_set(epoll, descriptor, token, readable ? 1 : 0, writable ? 1 : 0)
        guard result == 0 else { throw .system(call: "epoll_ctl", code: -result) }
    }

    /// Reports `token` when standard input ends: whoever started this process is gone. An input that is a file, or
    /// /dev/null, says nothing of the kind and is not watched; the system refuses it.
    public func watchInput(token: UInt64) throws(DatagramError) {
        let result = platform_epoll_set(epoll, 0, token, 1, 0)
        guard result == 0 || result == -EPERM else { throw .system(call: "epoll_ctl of standard input", code: -result) }
    }

    public func unwatch(_ descriptor: Int32) { _ = platform_epoll_remove(epoll, descriptor) }

    /// Returns after at least one descriptor was ready (each reported to `body`), or at `deadline`; nil waits for ever.
    /// - Throws: `DatagramError.system`.
    public func wait(until deadline: Instant?, _ body: (UInt64) -> Void = { _ in }) throws(DatagramError) {
        let began = MonotonicClock.now
        let end = deadline ?? Instant(nanoseconds: .max)
        // Awake already: near an instant, or where the next datagram is expected any moment.
        var count = 0
        if end <= began + window {
            count = try spin(from: began, until: end)
        } else if awakeUntil > began {
            count = try spin(from: began, until: min(end - window, awakeUntil))
        }
        if count == 0, end > MonotonicClock.now + window {
            let wake = end.nanoseconds == .max ? nil : end - window
            count = try sleep(until: wake)
            if count == 0, let wake { learn(lateness: MonotonicClock.now - wake) }
        }
        if count == 0, deadline != nil, MonotonicClock.now < end {
            count = try spin(from: MonotonicClock.now, until: end)
        }
        if count > 0 { expect(began: began) }
        report(count, body)
    }

    /// Looks at the descriptors again and again.
    private func spin(from began: Instant, until end: Instant) throws(DatagramError) -> Int {
        if keepsTime { precedence.consider(began, slept: sleptTime) }
        var now = began
        defer { spunTime = spunTime + (now - began) }
        while true {
            let count = try poll(timeout: 0)
            now = MonotonicClock.now
            if count > 0 || now >= end { return count }
        }
    }

    /// Something was ready: the next may be so after the usual pause, if that is short.
    private func expect(began: Instant) {
        let now = MonotonicClock.now
        let measured = min((now - began).nanoseconds, (spin + spin + spin + spin).nanoseconds)
        pause = .init(nanoseconds: (7 * pause.nanoseconds + measured) / 8)
        run = pause.nanoseconds < spin.nanoseconds / 2 ? run + 1 : 0
        awakeUntil = run > Self.sustained ? now + pause + pause : Instant(nanoseconds: .min)
    }

    /// Raises the window by a quarter when a wake-up came later than it, lowers it by a quarter of a per cent
    /// otherwise: in balance where one wake-up in a hundred comes too late.
    private func learn(lateness: Instant.Span) {
        let present = Double(window.nanoseconds)
        let next =
            lateness > window
            ? max(present * 1.25, min(Double(lateness.nanoseconds) * 1.1, present * 4)) : present * 0.9975
        window = min(spin, .init(nanoseconds: Int64(saturating: max(20_000, next))))
    }

    private func sleep(until wake: Instant?) throws(DatagramError) -> Int {
        let began = MonotonicClock.now
        let count = try poll(timeout: wake.map { max(0, ($0 - began).nanoseconds) } ?? -1)
        let now = MonotonicClock.now
        sleptTime = sleptTime + (now - began)
        if keepsTime { precedence.consider(now, slept: sleptTime) }
        return count
    }

    private func poll(timeout: Int64) throws(DatagramError) -> Int {
        let count = platform_epoll_wait(epoll, &ready, Int32(ready.count), timeout)
        guard count >= 0 else { throw .system(call: "epoll_wait", code: -count) }
        return Int(count)
    }

    private func report(_ count: Int, _ body: (UInt64) -> Void) {
        for index in 0..<count { body(ready[index]) }
    }
}

/// Whether the thread stands before all ordinary ones or is the most favoured of them.
///
/// The kernel takes a processor away from a thread of the first kind for 50 ms of each second it is awake throughout.
/// So a loop that hardly sleeps steps back, and forward again once it sleeps.
private struct Precedence {
    private var isFirst = true
    private var since = Instant(nanoseconds: 0)
    private var sleptThen = Instant.Span.zero

    mutating func consider(_ now: Instant, slept: Instant.Span) {
        let elapsed = (now - since).seconds
        // The clock was set: begin again.
        if elapsed < 0 { (since, sleptThen) = (now, slept) }
        guard elapsed > 0.05 else { return }
        let share = (slept - sleptThen).seconds / elapsed
        (since, sleptThen) = (now, slept)
        guard isFirst ? share < 0.3 : share > 0.5 else { return }
        isFirst.toggle()
        _ = platform_keep_time(isFirst ? 1 : 0)
    }
}
