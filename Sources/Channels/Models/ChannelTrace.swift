import Determinism
import Files
import Foundation

/// A recorded channel: values that hold from their time until the next one's. Read from and written to CSV.
///
/// ```
/// time_s,snr_db          time_s,gain          time_s,rate_bps
/// 0,6.2                  0,1.31               0,2400000
/// 0.05,3.9               0.05,0.77            0.05,1900000
/// ```
/// Times start at 0 and grow. After the last value the trace starts again; the last value lasts as long as the one
/// before it (a trace of one value lasts for ever). Lines that start with `#` are comments.
public struct ChannelTrace: Sendable, Equatable {
    public enum Quantity: String, Sendable, CaseIterable {
        case snr = "snr_db"
        case gain = "gain"
        case rate = "rate_bps"
    }

    public let quantity: Quantity
    /// Starts of the blocks after the trace's beginning.
    public let times: [Instant.Span]
    /// In the quantity's unit; SNR already linear.
    public let values: [Double]
    /// After which the trace starts again; nil: never.
    public let period: Instant.Span?

    /// - Throws: `ChannelError.trace` naming the line.
    public init(csv text: String, name: String) throws(ChannelError) {
        var quantity: Quantity?
        var times: [Instant.Span] = []
        var values: [Double] = []
        for (index, raw) in text.lines.enumerated() {
            let line = raw.trimmingCharacters(in: .whitespaces.union(.controlCharacters))
            if line.isEmpty || line.hasPrefix("#") { continue }
            let fields = line.split(separator: ",", omittingEmptySubsequences: false).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            func fail(_ problem: String) -> ChannelError { .trace(name: name, line: index + 1, problem: problem) }
            guard fields.count == 2 else { throw fail("two columns are expected, there are \(fields.count)") }
            guard quantity != nil else {
                quantity = Quantity(rawValue: fields[1])
                guard fields[0] == "time_s", quantity != nil else {
                    throw fail("the header must be time_s,snr_db or time_s,gain or time_s,rate_bps, it is “\(line)”")
                }
                continue
            }
            guard let time = Double(fields[0]), time.isFinite, time >= 0, time < 1e9 else {
                throw fail("“\(fields[0])” is not a time in seconds")
            }
            guard let value = Double(fields[1]), !value.isNaN, value < .infinity else {
                throw fail("“\(fields[1])” is not a number")
            }
            let linear = quantity == .snr ? Decibels.linear(value) : value
            guard linear >= 0 else { throw fail("\(quantity!.rawValue) is negative: \(value)") }
            guard linear < 1e30 else { throw fail("\(quantity!.rawValue) is beyond any channel: \(value)") }
            let span = Instant.Span.seconds(time)
            if let last = times.last {
                guard span > last else { throw fail("time \(fields[0]) does not come after the line before") }
            } else if span > .zero {
                throw fail("the first time must be 0")
            }
            times.append(span)
            values.append(linear)
        }
        guard let quantity, !times.isEmpty else { throw .trace(name: name, line: 0, problem: "there are no values") }
        self.init(quantity: quantity, times: times, values: values)
    }

    /// - Parameters:
    ///   - times: from zero, growing.
    ///   - values: one a time; SNR linear.
    ///   - period: nil: the last value lasts as long as the one before it.
    init(quantity: Quantity, times: [Instant.Span], values: [Double], period: Instant.Span? = nil) {
        self.quantity = quantity
        self.times = times
        self.values = values
        self.period =
            period
            ?? (times.count < 2 ? nil : times[times.count - 1] + (times[times.count - 1] - times[times.count - 2]))
    }

    func number(at elapsed: Instant.Span) -> UInt64 {
        guard let period else { return 0 }
        let rounds = elapsed.nanoseconds / period.nanoseconds
        let within = Instant.Span(nanoseconds: elapsed.nanoseconds % period.nanoseconds)
        // The last time that is not after `within`.
        var (low, high) = (0, times.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if times[middle] <= within { low = middle } else { high = middle }
        }
        return UInt64(rounds) * UInt64(times.count) + UInt64(low)
    }

    func block(_ number: UInt64, origin: Instant) -> ChannelBlock {
        let index = Int(number % UInt64(times.count))
        var (start, end) = (origin, ChannelBlock.never)
        if let period {
            let base = origin + .init(nanoseconds: Int64(number / UInt64(times.count)) * period.nanoseconds)
            start = base + times[index]
            end = base + (index + 1 < times.count ? times[index + 1] : period)
        }
        switch quantity {
        case .rate: return ChannelBlock(number: number, start: start, end: end, gain: 1, rate: values[index])
        case .snr, .gain: return ChannelBlock(number: number, start: start, end: end, gain: values[index])
        }
    }
}

/// Writes a run's channel in the form `ChannelTrace` reads.
public struct ChannelRecording: Sendable {
    private var lines = ["time_s,snr_db"]
    private let origin: Instant

    public init(origin: Instant) { self.origin = origin }

    /// - Parameters:
    ///   - start: when the block starts.
    ///   - snr: its receive SNR, linear.
    public mutating func append(start: Instant, snr: Double) {
        let time = (max(start, origin) - origin).nanoseconds
        let fraction = String(time % 1_000_000_000)
        let zeros = String(repeating: "0", count: 9 - fraction.count)
        lines.append(
            "\(time / 1_000_000_000).\(zeros)\(fraction),\(Decibels.of(snr))"
        )
    }

    public var csv: String { lines.joined(separator: "\n") + "\n" }
}
