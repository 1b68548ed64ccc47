import Determinism
import Files

/// A trace in Mahimahi's format: each line is a whole number of milliseconds, and each line is one opportunity to
/// deliver 1,504 bytes at that moment.
///
/// Mahimahi's rules: bytes count across packets, so that one opportunity may finish one packet and begin the next; what
/// is not used is lost; an opportunity serves what was waiting before it; after the last line the trace starts again
/// with the last line's time added to all.
public struct OpportunityTrace: Sendable, Equatable {
    public static let bytesPerOpportunity = 1_504
    /// Milliseconds, not falling.
    public let milliseconds: [Int64]

    /// - Throws: `ChannelError.trace`: no line, a line that is not a whole number, falling times, or a last time of 0.
    public init(mahimahi text: String, name: String) throws(ChannelError) {
        var times: [Int64] = []
        for (index, raw) in text.lines.enumerated() {
            let line = raw.filter { $0 != " " && $0 != "\t" }
            if line.isEmpty { continue }
            guard let time = Int64(line), time >= 0, time < 1 << 40 else {
                throw .trace(
                    name: name, line: index + 1,
                    problem: "“\(String(raw.prefix(60)).shown())” is not a whole number of milliseconds")
            }
            guard time >= times.last ?? 0 else {
                throw .trace(name: name, line: index + 1, problem: "\(time) comes after \(times.last!)")
            }
            times.append(time)
        }
        guard let last = times.last else {
            throw .trace(name: name, line: 0, problem: "there is no delivery opportunity")
        }
        guard last > 0 else {
            throw .trace(name: name, line: 0, problem: "the last time is 0, the trace would never advance")
        }
        milliseconds = times
    }

    /// Time of opportunity `index` (counted on over the wraps) after the trace's beginning.
    public func time(_ index: UInt64) -> Instant.Span {
        let count = UInt64(milliseconds.count)
        let base = Int64(index / count) * milliseconds[milliseconds.count - 1]
        return .init(nanoseconds: (base + milliseconds[Int(index % count)]) * 1_000_000)
    }

    /// The first opportunity strictly after `elapsed`.
    public func first(after elapsed: Instant.Span) -> UInt64 {
        let period = milliseconds[milliseconds.count - 1] * 1_000_000
        if elapsed.nanoseconds < 0 { return 0 }
        // Opportunities of a round lie in [0, period]: the round before may end where this one starts.
        var index = UInt64(max(0, elapsed.nanoseconds / period - 1)) * UInt64(milliseconds.count)
        var high = index + 3 * UInt64(milliseconds.count)
        while index < high {
            let middle = index + (high - index) / 2
            if time(middle) > elapsed { high = middle } else { index = middle + 1 }
        }
        return index
    }

    /// The corrected mode: the bytes of each moment's opportunities spread evenly until the next moment, which takes
    /// away the millisecond grid and the bursts but keeps the bytes.
    public var smoothed: ChannelTrace {
        let period = milliseconds[milliseconds.count - 1]
        // Moment 0 and the last one coincide from the second round on.
        var counts: [Int64: Int] = [:]
        for time in milliseconds { counts[time % period, default: 0] += 1 }
        let moments = counts.keys.sorted()
        var times: [Instant.Span] = []
        var values: [Double] = []
        if moments[0] > 0 {
            // Before the first moment the last one of the round before is still being spread; it is one of `moments`.
            times.append(.zero)
            values.append(Self.rate(counts[moments.last!]!, over: moments[0] + period - moments.last!))
        }
        for (index, moment) in moments.enumerated() {
            let next = index + 1 < moments.count ? moments[index + 1] : moments[0] + period
            times.append(.init(nanoseconds: moment * 1_000_000))
            values.append(Self.rate(counts[moment]!, over: next - moment))
        }
        return ChannelTrace(
            quantity: .rate, times: times, values: values, period: .init(nanoseconds: period * 1_000_000))
    }

    private static func rate(_ opportunities: Int, over milliseconds: Int64) -> Double {
        Double(opportunities * bytesPerOpportunity * 8) / (Double(milliseconds) / 1000)
    }

    /// Mean rate in bit/s.
    public var meanRate: Double {
        Double(milliseconds.count * Self.bytesPerOpportunity * 8)
            / (Double(milliseconds[milliseconds.count - 1]) / 1000)
    }
}
