import Determinism

/// An instant with a fraction of a nanosecond, so that thousands of packets in a row do not gather rounding.
public struct ExactInstant: Sendable, Comparable {
    public var nanoseconds: Int64
    /// 0 ≤ fraction < 1.
    public var fraction: Double

    public init(_ instant: Instant) {
        nanoseconds = instant.nanoseconds
        fraction = 0
    }

    /// `offset` nanoseconds after `start`; `offset` ≥ 0.
    public init(_ start: ExactInstant, plus offset: Double) {
        let sum = start.fraction + offset
        let whole = sum.rounded(.down)
        // Beyond 2^62 ns the end of time is as good.
        guard whole < 0x1p62 else {
            nanoseconds = .max
            fraction = 0
            return
        }
        let (total, overflow) = start.nanoseconds.addingReportingOverflow(Int64(whole))
        nanoseconds = overflow ? .max : total
        fraction = overflow ? 0 : sum - whole
    }

    /// The first whole nanosecond that is not earlier: nothing is released before its last bit.
    public var ceiling: Instant {
        Instant(nanoseconds: fraction > 0 && nanoseconds < .max ? nanoseconds + 1 : nanoseconds)
    }

    /// Nanoseconds from here to `later`.
    public func distance(to later: ExactInstant) -> Double {
        Double(later.nanoseconds - nanoseconds) + (later.fraction - fraction)
    }

    public static func < (a: ExactInstant, b: ExactInstant) -> Bool {
        a.nanoseconds < b.nanoseconds || (a.nanoseconds == b.nanoseconds && a.fraction < b.fraction)
    }
}
