/// 2ˣ of numbers in fixed point, by a table and shifts: the same on every machine.
package struct FixedPointExponential: Sendable {
    private let fractionBits: Int
    /// 2^(k/2ᶠ), with 30 fractional bits.
    private let mantissas: [Int64]

    private static let mantissaBits = 30

    /// - Parameter fractionBits: f, of arguments and results.
    package init(fractionBits: Int) {
        self.fractionBits = fractionBits
        mantissas = (0..<1 << fractionBits).map {
            let exponent = Double($0) / Double(1 << fractionBits) * 0.6931471805599453
            return Int64((ReproducibleMath.exp(exponent) * Double(1 << Self.mantissaBits)).rounded(.toNearestOrEven))
        }
    }

    /// - Parameter x: whole numbers, x·2ᶠ; exponents below −f count as −f, those of 12 and above as just below 12.
    /// - Returns: whole numbers, 2ˣ·2ᶠ, from 1 to 2^(12+f).
    package func callAsFunction(_ x: [Double]) -> [Double] {
        let (least, greatest) = (Int64(-fractionBits << fractionBits), Int64(12 << fractionBits) - 1)
        return mantissas.withUnsafeBufferPointer { mantissas in
            x.map { value in
                let number = min(greatest, max(least, Int64(value)))
                // Towards −∞, so that the rest is not negative.
                let whole = Int(number >> Int64(fractionBits))
                let mantissa = mantissas[Int(number & (1 << Int64(fractionBits) - 1))]
                let shift = Int64(Self.mantissaBits - fractionBits - whole)
                return Double((mantissa + 1 << (shift - 1)) >> shift)
            }
        }
    }
}
