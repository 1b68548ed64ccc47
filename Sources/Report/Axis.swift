import Determinism
import Foundation

/// One axis of a plot: a range of values, the ticks on it, and where each value lies on the paper.
package struct Axis {
    package let low: Double
    package let high: Double
    let ticks: [Double]
    private let decimals: Int
    /// Where `low` and `high` lie.
    package let from: Double
    package let to: Double

    /// - Parameters:
    ///   - values: what must fit; an empty list gives 0…1.
    ///   - low: fixes the lower end.
    ///   - high: fixes the upper end.
    ///   - wanted: about how many ticks.
    package init(
        values: [Double], low fixedLow: Double? = nil, high fixedHigh: Double? = nil, wanted: Int, from: Double,
        to: Double
    ) {
        // What lies beyond no plot can hold, and sums of it are infinite: a damaged record.
        let finite = values.filter { abs($0) < 1e250 }
        var low = fixedLow ?? finite.min() ?? 0
        var high = fixedHigh ?? finite.max() ?? 1
        if high - low < 1e-9 * max(1, abs(high)) {
            let room = max(0.5, abs(high) * 0.1)
            if fixedLow == nil { low -= room }
            if fixedHigh == nil || high <= low { high = max(high, low) + room }
        }
        let step = Self.niceStep((high - low) / Double(max(2, wanted)))
        // Free ends move out to a tick where that costs little, otherwise they get a margin of a twentieth.
        if fixedLow == nil {
            let tick = (low / step).rounded(.down) * step
            low = low - tick < 0.35 * step || tick == 0 ? tick : low - 0.05 * (high - low)
        }
        if fixedHigh == nil {
            let tick = (high / step).rounded(.up) * step
            high = tick - high < 0.35 * step ? tick : high + 0.05 * (high - low)
        }
        self.low = low
        self.high = high
        self.from = from
        self.to = to
        let first = Int(saturating: (low / step - 1e-9).rounded(.up))
        let last = Int(saturating: (high / step + 1e-9).rounded(.down))
        // Steps too fine for the numbers they part (or none at all, with damaged records) give no ticks.
        ticks = first <= last && Double(last) - Double(first) < 1000 ? (first...last).map { Double($0) * step } : []
        var decimals = 0
        while decimals < 6, abs(step * pow(10, Double(decimals)) - (step * pow(10, Double(decimals))).rounded()) > 1e-6
        { decimals += 1 }
        self.decimals = decimals
    }

    /// 1, 2, 2.5 or 5 times a power of ten, not below `step`.
    static func niceStep(_ step: Double) -> Double {
        let power = pow(10, log10(step).rounded(.down))
        return ([1, 2, 2.5, 5, 10].first { $0 * power >= step * (1 - 1e-9) } ?? 10) * power
    }

    package func position(_ value: Double) -> Double { from + (value - low) / (high - low) * (to - from) }
    package func label(_ tick: Double) -> String { NumberFormat.decimal(tick, decimals) }
}
