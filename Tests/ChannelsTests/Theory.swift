import Foundation

/// The distributions and special functions the channels are held against, computed independently of the room.
enum Theory {
    /// Kolmogorov–Smirnov distance of samples from a cumulative distribution.
    static func distance(_ samples: [Double], _ cumulative: (Double) -> Double) -> Double {
        let sorted = samples.sorted()
        let count = Double(sorted.count)
        var largest = 0.0
        for (index, x) in sorted.enumerated() {
            let f = cumulative(x)
            largest = max(largest, abs(f - Double(index) / count), abs(Double(index + 1) / count - f))
        }
        return largest
    }

    /// The distance that a true distribution exceeds with probability 10⁻³ (asymptotic).
    static func critical(_ count: Int) -> Double { 1.949 / Double(count).squareRoot() }

    /// A cumulative distribution on [0, largest] by linear interpolation of 4,000 values, where the exact one is slow.
    static func tabulated(to largest: Double, _ cumulative: (Double) -> Double) -> (Double) -> Double {
        let step = largest / 4000
        let table = (0...4001).map { cumulative(Double($0) * step) }
        return { x in
            let place = min(4000, max(0, x / step))
            let index = Int(place)
            return table[index] + (table[index + 1] - table[index]) * (place - Double(index))
        }
    }

    /// Regularised lower incomplete gamma function P(a, x): series and continued fraction.
    static func gammaP(_ a: Double, _ x: Double) -> Double {
        if x <= 0 { return 0 }
        if x < a + 1 {
            var term = 1 / a
            var sum = term
            var n = a
            while abs(term) > abs(sum) * 1e-15 {
                n += 1
                term *= x / n
                sum += term
            }
            return sum * exp(-x + a * log(x) - lgamma(a))
        }
        var b = x + 1 - a
        var c = 1e300
        var d = 1 / b
        var h = d
        for i in 1..<1000 {
            let an = -Double(i) * (Double(i) - a)
            b += 2
            d = 1 / (an * d + b)
            c = b + an / c
            let delta = d * c
            h *= delta
            if abs(delta - 1) < 1e-15 { break }
        }
        return 1 - exp(-x + a * log(x) - lgamma(a)) * h
    }

    /// Cumulative distribution of |h|² for Rice fading of factor k and unit mean: a Poisson mixture of gammas.
    static func ricePower(_ x: Double, factor k: Double) -> Double {
        var weight = exp(-k)
        var sum = 0.0
        for j in 0..<500 {
            if j > 0 { weight *= k / Double(j) }
            sum += weight * gammaP(Double(j + 1), x * (k + 1))
            if weight < 1e-16 && Double(j) > k { break }
        }
        return sum
    }

    /// E₁(x) by its continued fraction, or series below 1.
    static func exponentialIntegral(_ x: Double) -> Double {
        if x < 1 {
            var sum = -0.57721566490153286 - log(x)
            var term = 1.0
            for n in 1..<100 {
                term *= -x / Double(n)
                sum -= term / Double(n)
            }
            return sum
        }
        var fraction = 0.0
        for n in stride(from: 200, to: 0, by: -1) { fraction = Double(n) / (1 + Double(n) / (x + fraction)) }
        return exp(-x) / (x + fraction)
    }

    /// Ergodic capacity of Rayleigh fading in bit/s/Hz: e^{1/γ} E₁(1/γ) / ln 2.
    static func rayleighCapacity(_ snr: Double) -> Double { exp(1 / snr) * exponentialIntegral(1 / snr) / log(2) }

    static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    static func standardError(_ values: [Double]) -> Double {
        let m = mean(values)
        return (values.reduce(0) { $0 + ($1 - m) * ($1 - m) } / Double(values.count - 1) / Double(values.count))
            .squareRoot()
    }
}
