import Datagrams
import Determinism
import Wire

/// Keeps a node's clock on the controller's, where the controller is on another host.
///
/// Before the node says that it is ready, eight exchanges in a row find the distance; from then on one a second follows
/// it as the clocks drift. The clock is set again only when it is known to be wrong, that is, when it lies outside the
/// error of the newest estimate. It decides, and whoever holds it sets the clock. On the controller's own host there is
/// nothing to do: all its processes share one clock.
struct ClockKeeper {
    private var estimate = ClockEstimate()
    private var nextProbe: Instant
    private var number: UInt32 = 0
    private let isNeeded: Bool
    /// What is added to the host's clock.
    private var offset = Instant.Span.zero
    private static let first = 8

    init(controller: Endpoint) {
        isNeeded = !controller.isLoopback
        nextProbe = Instant(nanoseconds: isNeeded ? .min : .max)
    }

    /// Whether the node's instants mean the same as the controller's.
    var isSettled: Bool { !isNeeded || estimate.count >= Self.first }

    /// What to send now, on the host's own clock; nil: nothing.
    mutating func probe(_ now: Instant) -> ControlMessage? {
        guard now >= nextProbe else { return nil }
        // Until the answer is there the next exchange waits; should it be lost, half a second.
        nextProbe = now + .seconds(isSettled ? 1 : 0.5)
        number += 1
        return .clockProbe(ClockProbe(number: number, sent: now))
    }

    /// When `probe` has something to say, on the host's own clock.
    var nextInstant: Instant? { isNeeded ? nextProbe : nil }

    /// Takes in a reply.
    ///
    /// - Parameter back: arrival on the host's own clock.
    /// - Returns: what is to be added to the host's clock from now on; nil: the clock stays as it is.
    mutating func take(_ reply: ClockReply, back: Instant) -> Instant.Span? {
        guard isNeeded, reply.number == number else { return nil }
        estimate.take(reply, back: back)
        if !isSettled { nextProbe = back }
        guard estimate.count >= Self.first, let best = estimate.best(at: back) else { return nil }
        let wrong = (best.offset - offset).nanoseconds.magnitude
        guard estimate.count == Self.first || wrong > best.error.nanoseconds.magnitude else { return nil }
        offset = best.offset
        return offset
    }

    /// Offset in force and its error, seconds, for the node's record; nil where the clock is the controller's.
    ///
    /// - Parameter now: on the host's own clock.
    func state(at now: Instant) -> (offset: Double, error: Double)? {
        guard isNeeded, let best = estimate.best(at: now) else { return nil }
        // What the clock in force may be off by: the estimate's error, and its own distance from the estimate.
        return (offset.seconds, best.error.seconds + abs((best.offset - offset).seconds))
    }
}
