import Foundation

/// What the controller believes of a link, from reports that may be late, wrong or lost.
///
/// Reports tell one coherence block each. The lag of an estimate is counted in blocks: inside the reported block it is
/// zero, however long ago the report came, since the channel does not change there.
public struct ChannelEstimator: Sendable {
    public enum Method: Sendable, Equatable {
        /// The newest report stands until the next.
        case lastValue
        /// A fading coefficient of which each block keeps `correlation` of the one before: after n blocks the
        /// correlation with the reported one is ρ = correlationⁿ,
        /// and the expected power is ρ²·reported + (1 − ρ²)·mean.
        case gaussMarkov(correlation: Double)
    }

    public var method: Method
    /// Outage probability ε: the estimate is the power exceeded with probability 1 − ε; nil = the expected power.
    public var outage: Double?
    /// Standard deviation of a report's error in dB; with `outage`, a margin of its own on top of the fading's.
    public var errorDeviation: Double
    /// Weight of one report in the running mean of the power, once there are enough of them.
    public var forgetting = 0.05

    private var newest: (power: Double, start: Double, duration: Double)?
    private var mean = 0.0
    private var count = 0

    public init(method: Method = .lastValue, outage: Double? = nil, errorDeviation: Double = 0) {
        self.method = method
        self.outage = outage
        self.errorDeviation = errorDeviation
    }

    /// Takes a report in; one older than the newest only moves the mean.
    /// - Parameters:
    ///   - snr: dB.
    ///   - start: seconds, when the reported block began.
    ///   - duration: seconds it lasts; infinite for a channel that does not change.
    public mutating func observe(snr: Double, start: Double, duration: Double) {
        let power = pow(10, snr / 10)
        count += 1
        mean += max(forgetting, 1 / Double(count)) * (power - mean)
        if newest.map({ start >= $0.start }) ?? true { newest = (power, start, max(duration, 1e-9)) }
    }

    /// - Returns: the SNR in dB to count on at an instant; nil before the first report.
    public func snr(at instant: Double) -> Double? {
        guard let newest else { return nil }
        var power = newest.power
        if case .gaussMarkov(let correlation) = method {
            let blocks = max(0, ((instant - newest.start) / newest.duration).rounded(.down))
            let kept = pow(correlation * correlation, blocks)
            let (known, spread) = (kept * newest.power, (1 - kept) * mean)
            power = outage.map { Self.quantile($0, known: known, spread: spread) } ?? (known + spread)
        }
        let margin = outage.map { Self.normalQuantile($0) * errorDeviation } ?? 0
        return 10 * log10(max(power, 1e-12)) + margin
    }

    /// The ε-quantile of the standard normal distribution.
    static func normalQuantile(_ epsilon: Double) -> Double {
        var (low, high) = (-9.0, 9.0)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if 0.5 * erfc(-middle / 2.0.squareRoot()) < epsilon { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }

    /// The ε-quantile of |a + w|² with |a|² = known and w complex Gaussian of power `spread` (Rice power).
    static func quantile(_ epsilon: Double, known: Double, spread: Double) -> Double {
        guard spread > 1e-9 * max(known, 1e-9) else { return known }
        var low = 0.0
        var high = known + spread
        while distribution(high, known, spread) < epsilon { high *= 2 }
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if distribution(middle, known, spread) < epsilon { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }

    /// P(|a + w|² ≤ x) as a Poisson mixture of Gamma distributions, summed around its heaviest term.
    private static func distribution(_ x: Double, _ known: Double, _ spread: Double) -> Double {
        let (rate, y) = (known / spread, x / spread)
        // Far inside the specular regime the amplitude is Gaussian of variance spread/2 along a.
        if rate > 2000 { return 0.5 * erfc(-(x.squareRoot() - known.squareRoot()) / spread.squareRoot()) }
        var weight = exp(-rate)
        var below = exp(-y)  // Poisson(y) mass at 0..k, the complement of the Gamma(k + 1) distribution
        var mass = below
        var sum = weight * (1 - below)
        for k in 1...(60 + Int(3 * rate)) {
            weight = rate > 600 ? exp(-rate + Double(k) * log(rate) - lgamma(Double(k) + 1)) : weight * rate / Double(k)
            mass = y > 600 ? exp(-y + Double(k) * log(y) - lgamma(Double(k) + 1)) : mass * y / Double(k)
            below += mass
            sum += weight * max(0, 1 - below)
        }
        return min(1, sum)
    }
}
