import Determinism
import Foundation

/// Nakagami-m fading in time: |h(t)|² = Σ_{i=1}^{n} x_i²(t)/2m + r(t)/m, n = ⌊2m⌋.
///
/// The x_i are independent Gaussian components of Clarke's model, of unit variance and autocorrelation J₀(2πf_Dτ) each:
/// the sum of their squares is Nakagami's with n/2, its powers correlated by J₀², its level crossings Yacoub's
/// (Nakagami, 1960; Yacoub, Bautista and Guedes, IEEE Trans. Veh. Technol. 48, 1999). What is left of m where 2m is not
/// whole, a < ½, is a gamma variable r of shape a, made from the power of one more such process by its distribution
/// function, as Beaulieu and Cheng make their envelope (IEEE Trans. Veh. Technol. 54, 2005): the law of |h|² is exact
/// for every m, the correlation where 2m is whole.
struct NakagamiProcess: Sendable {
    /// Each half of m costs a component.
    static let largestShape = 64.0

    private let shape: Double
    private let waves: [ClarkeProcess]
    /// Gaussian components in use: two a process, the last perhaps one.
    private let components: Int
    private let rest: (process: ClarkeProcess, quantile: GammaQuantile)?

    init(seed: UInt64, name: String, doppler: Double, shape: Double) {
        self.shape = shape
        components = Int(2 * shape)
        waves = (0..<(components + 1) / 2).map {
            ClarkeProcess(seed: seed, name: "\(name)/wave \($0)", doppler: doppler, factor: 0)
        }
        let left = shape - Double(components) / 2
        // Below a thousandth nothing of it is seen.
        rest =
            left < 1e-3
            ? nil
            : (
                ClarkeProcess(seed: seed, name: "\(name)/rest", doppler: doppler, factor: 0),
                GammaQuantile(shape: left)
            )
    }

    /// |h|² at `time` seconds after the origin; E|h|² = 1.
    func power(at time: Double) -> Double {
        var squares = 0.0
        for (number, wave) in waves.enumerated() {
            // E|h|² = 1 of a Clarke process: each component has variance ½.
            let (x, y) = wave.coefficient(at: time)
            squares += x * x + (2 * number + 1 < components ? y * y : 0)
        }
        guard let rest else { return squares / shape }
        let (x, y) = rest.process.coefficient(at: time)
        return (squares + rest.quantile.value(complement: exp(-(x * x + y * y)))) / shape
    }
}

/// The quantile function of a gamma distribution of scale 1 and small shape.
struct GammaQuantile: Sendable {
    let shape: Double
    private let logGamma: Double

    /// - Parameter shape: in (0, 1).
    init(shape: Double) {
        self.shape = shape
        logGamma = lgamma(shape)
    }

    /// The value exceeded with probability `complement` in (0, 1].
    func value(complement: Double) -> Double {
        // P(a, x) ≤ x^a / Γ(a + 1): the quantile of that bound lies below, e^{-x}-like tails above.
        let share = max(1 - complement, 1e-300)
        var low = exp((log(share) + lgamma(shape + 1)) / shape)
        guard low > 1e-280 else { return low }
        var high = max(low * 2, 1 - log(max(complement, 1e-300)))
        for _ in 0..<60 where high - low > 1e-12 * high {
            let middle = low * high > 0 && high > 4 * low ? (low * high).squareRoot() : (low + high) / 2
            if exceedance(middle) > complement { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }

    /// Q(a, x), the probability of more than x: the series of P below 1 + a, the continued fraction above.
    private func exceedance(_ x: Double) -> Double {
        if x < shape + 1 {
            var (term, sum, n) = (1 / shape, 1 / shape, shape)
            while term > sum * 1e-16 {
                n += 1
                term *= x / n
                sum += term
            }
            return 1 - sum * exp(shape * log(x) - x - logGamma)
        }
        // Lentz's continued fraction.
        var b = x + 1 - shape
        var (c, d) = (1e300, 1 / b)
        var h = d
        for i in 1..<500 {
            let factor = -Double(i) * (Double(i) - shape)
            b += 2
            d = 1 / (factor * d + b)
            c = b + factor / c
            let change = d * c
            h *= change
            if abs(change - 1) < 1e-15 { break }
        }
        return h * exp(shape * log(x) - x - logGamma)
    }
}
