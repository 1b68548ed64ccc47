/// Elementary functions from additions, multiplications and divisions alone.
///
/// The C library picks its exp or tanh by processor (with or without fused multiply-add), and the last bit may
/// differ. Probability tables built at load must be the same at both ends of a link, so nothing here depends on
/// anything but IEEE 754. Errors are a few units in the last place of a double.
package enum ReproducibleMath {
    private static let ln2High = 0.693147180369123816490
    private static let ln2Low = 1.90821492927058770002e-10

    /// eˣ for |x| < 700; beyond, 0 or ∞.
    package static func exp(_ x: Double) -> Double {
        if x > 709 { return .infinity }
        if x < -745 { return 0 }
        if x.isNaN { return x }
        let k = (x * 1.4426950408889634).rounded(.toNearestOrEven)
        let r = (x - k * ln2High) - k * ln2Low
        // Taylor's series on |r| ≤ 0.35: the term after r¹³/13! is below 10⁻¹⁷.
        var sum = 1.0
        var n = 13.0
        while n >= 1 {
            sum = 1 + r * sum / n
            n -= 1
        }
        let exponent = Int(k)
        if exponent < -1022 {
            return sum * Double(sign: .plus, exponent: -1000, significand: 1)
                * Double(sign: .plus, exponent: exponent + 1000, significand: 1)
        }
        return sum * Double(sign: .plus, exponent: exponent, significand: 1)
    }

    /// The natural logarithm of a positive number.
    package static func log(_ x: Double) -> Double {
        var exponent = Double(x.exponent)
        var m = x.significand
        if m > 1.4142135623730951 {
            m /= 2
            exponent += 1
        }
        // ln m = 2 artanh((m − 1)/(m + 1)), |argument| ≤ 0.172.
        let t = (m - 1) / (m + 1)
        let t2 = t * t
        var sum = 0.0
        var n = 25.0
        while n >= 1 {
            sum = sum * t2 + 1 / n
            n -= 2
        }
        return exponent * ln2High + (exponent * ln2Low + 2 * t * sum)
    }

    /// ln(1 + eˣ).
    package static func softplus(_ x: Double) -> Double {
        x > 40 ? x : log1p(exp(x))
    }

    /// ln(1 + e) for e ≥ 0; small e keeps its relative precision through ln(u)·e/(u − 1).
    package static func log1p(_ e: Double) -> Double {
        let u = 1 + e
        return u == 1 ? e : log(u) * e / (u - 1)
    }

    package static func tanh(_ x: Double) -> Double {
        if abs(x) < 1e-3 { return x - x * x * x / 3 }
        if abs(x) > 22 { return x < 0 ? -1 : 1 }
        let e = exp(2 * x)
        return (e - 1) / (e + 1)
    }

    /// 1 − erf(x), with relative precision in the tail.
    package static func erfc(_ x: Double) -> Double {
        if x < 0 { return 2 - erfc(-x) }
        if x > 27 { return 0 }
        let gaussian = exp(-x * x)
        if x < 2.5 {
            // erf(x) = 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (2n+1)!!: all terms positive.
            var term = x
            var sum = x
            var n = 1.0
            while term > sum * 1e-18 {
                term *= 2 * x * x / (2 * n + 1)
                sum += term
                n += 1
            }
            return 1 - 1.1283791670955126 * gaussian * sum
        }
        // The continued fraction x + (1/2)/(x + 1/(x + (3/2)/(x + …))), from the far end.
        var fraction = x
        var n = 60.0
        while n >= 1 {
            fraction = x + (n / 2) / fraction
            n -= 1
        }
        return gaussian / (1.7724538509055160 * fraction)
    }
}
