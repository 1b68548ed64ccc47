import Determinism
import Foundation

/// Counts of lateness in steps of 2 % from 100 ns to beyond a minute: constant memory, whatever passes.
package struct LatenessHistogram: Sendable {
    private var counts = [UInt64](repeating: 0, count: 1100)
    private var total: UInt64 = 0
    package private(set) var largest = 0.0

    package init() {}

    package mutating func add(_ lateness: Instant.Span) {
        let value = max(0, Double(lateness.nanoseconds))
        largest = max(largest, value / 1e9)
        let step = value < 100 ? 0 : min(counts.count - 1, 1 + Int(log(value / 100) / log(1.02)))
        counts[step] += 1
        total += 1
    }

    package var count: UInt64 { total }

    /// The upper edge of the step that holds the quantile, in seconds.
    package func quantile(_ share: Double) -> Double {
        guard total > 0 else { return 0 }
        var left = UInt64((Double(total) * share).rounded(.up))
        for (step, count) in counts.enumerated() {
            if count >= left { return 100e-9 * pow(1.02, Double(step)) }
            left -= count
        }
        return largest
    }
}
