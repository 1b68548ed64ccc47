import Determinism

/// A stretch of time over which the capacity is constant.
public struct CapacitySegment: Sendable, Equatable {
    public var start: Instant
    public var end: Instant
    /// bit/s.
    public var rate: Double

    public init(start: Instant, end: Instant, rate: Double) {
        self.start = start
        self.end = end
        self.rate = rate
    }
}

/// Integrates a piecewise constant capacity exactly, across block edges.
///
/// `segments(t)` is the segment in force at t (start ≤ t < end); each segment contributes rate × overlap, with no step
/// size and no rounding but that of `Double` on one packet's bits, far below a bit.
public enum CapacityIntegrator {
    /// The instant at which `bits` bits have drained, starting at `start`.
    /// - Parameters:
    ///   - bits: how many; 0 or less have drained at once.
    ///   - start: when the first begins to drain.
    ///   - horizon: nil is returned when they have not drained by then (a channel that is off has no end).
    ///   - segments: the stretch of constant rate that holds at an instant.
    public static func finish(
        of bits: Double, from start: ExactInstant, horizon: Instant, segments: (Instant) -> CapacitySegment
    ) -> ExactInstant? {
        var position = start
        var left = bits
        if left <= 0 { return start }
        while position.nanoseconds < horizon.nanoseconds {
            let segment = segments(Instant(nanoseconds: position.nanoseconds))
            if segment.rate > 0 {
                let needed = left / segment.rate * 1e9
                let finish = ExactInstant(position, plus: needed)
                if finish <= ExactInstant(segment.end) {
                    return finish.nanoseconds < horizon.nanoseconds ? finish : nil
                }
                left -= segment.rate * position.distance(to: ExactInstant(segment.end)) / 1e9
                // Rounding may leave a negative trace of a bit at the edge itself.
                if left <= 0 { return ExactInstant(segment.end) }
            }
            position = ExactInstant(segment.end)
        }
        return nil
    }

    /// Bits the channel carries from `start` to `end`.
    public static func bits(
        from start: ExactInstant, to end: ExactInstant, segments: (Instant) -> CapacitySegment
    ) -> Double {
        var position = start
        var sum = 0.0
        while position < end {
            let segment = segments(Instant(nanoseconds: position.nanoseconds))
            let stop = min(end, ExactInstant(segment.end))
            sum += segment.rate * position.distance(to: stop) / 1e9
            position = stop
        }
        return sum
    }
}
