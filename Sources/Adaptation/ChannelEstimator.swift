import Foundation

/// What the controller believes of a link, from reports that may be late, wrong or lost.
public struct ChannelEstimator: Sendable {
    public enum Method: Sendable, Equatable {
        /// The newest report stands until the next.
        case lastValue
        /// A fading coefficient that forgets at the given rate: after a lag τ its correlation with the reported one is
        /// ρ = exp(−τ/coherence), and the expected power is ρ²·reported + (1 − ρ²)·mean.
        case gaussMarkov(coherence: Double)
    }

    public var method: Method
    /// Outage probability ε: the estimate is the power exceeded with probability 1 − ε; nil = the expected power.
    public var outage: Double?
    /// Weight of one report in the running mean of the power.
    public var forgetting = 0.05

    private var newest: (power: Double, at: Double)?
    private var mean: Double?

    public init(method: Method = .lastValue, outage: Double? = nil) {
        self.method = method
        self.outage = outage
    }

    /// Takes a report in; one older than the newest only moves the mean.
    /// - Parameters:
    ///   - snr: dB.
    ///   - at: seconds, when the reported state held.
    public mutating func observe(snr: Double, at: Double) {
        let power = pow(10, snr / 10)
        mean = mean.map { $0 + forgetting * (power - $0) } ?? power
        if newest.map({ at >= $0.at }) ?? true { newest = (power, at) }
    }

    /// - Returns: the SNR in dB to count on at an instant; nil before the first report.
    public func snr(at: Double) -> Double? {
        guard let newest, let mean else { return nil }
        guard case .gaussMarkov(let coherence) = method else { return 10 * log10(max(newest.power, 1e-12)) }
        let correlation = exp(-max(0, at - newest.at) / coherence)
        let known = correlation * correlation * newest.power
        let spread = (1 - correlation * correlation) * mean
        let power = outage.map { Self.quantile($0, known: known, spread: spread) } ?? (known + spread)
        return 10 * log10(max(power, 1e-12))
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
