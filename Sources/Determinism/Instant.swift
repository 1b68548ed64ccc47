/// A reading of a monotonic clock, real or virtual, in nanoseconds since an origin of the clock's own.
///
/// 64 bits of nanoseconds reach 292 years and compare in one instruction; `Duration` is 128 bits wide. Sums and
/// differences saturate at either end: a span that someone typed must end neither a relay nor a run.
public struct Instant: Hashable, Comparable, Sendable {
    public var nanoseconds: Int64

    @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    @inlinable public static func < (a: Instant, b: Instant) -> Bool { a.nanoseconds < b.nanoseconds }
    @inlinable public static func + (a: Instant, b: Span) -> Instant {
        .init(nanoseconds: a.nanoseconds.saturatingSum(b.nanoseconds))
    }
    @inlinable public static func - (a: Instant, b: Span) -> Instant {
        .init(nanoseconds: a.nanoseconds.saturatingDifference(b.nanoseconds))
    }
    @inlinable public static func - (a: Instant, b: Instant) -> Span {
        .init(nanoseconds: a.nanoseconds.saturatingDifference(b.nanoseconds))
    }

    /// A length of time in whole nanoseconds.
    public struct Span: Hashable, Comparable, Sendable {
        public var nanoseconds: Int64

        @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
        /// The nearest whole number of nanoseconds; what lies beyond 292 years is 292 years, and NaN is zero.
        @inlinable public static func seconds(_ s: Double) -> Span {
            .init(nanoseconds: Int64(saturating: (s * 1e9).rounded()))
        }
        @inlinable public static func milliseconds(_ ms: Double) -> Span { .seconds(ms / 1e3) }
        @inlinable public static var zero: Span { .init(nanoseconds: 0) }

        @inlinable public var seconds: Double { Double(nanoseconds) / 1e9 }

        @inlinable public static func < (a: Span, b: Span) -> Bool { a.nanoseconds < b.nanoseconds }
        @inlinable public static func + (a: Span, b: Span) -> Span {
            .init(nanoseconds: a.nanoseconds.saturatingSum(b.nanoseconds))
        }
        @inlinable public static func - (a: Span, b: Span) -> Span {
            .init(nanoseconds: a.nanoseconds.saturatingDifference(b.nanoseconds))
        }
    }
}
