import Foundation

extension RandomStream {
    /// A uniform number in [0, 1), 53 random bits.
    @inlinable public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// A uniform number in (0, 1]: safe under a logarithm.
    @inlinable public mutating func uniformOpenAtZero() -> Double { (Double(next() >> 11) + 1) * 0x1p-53 }

    /// Two independent standard normal numbers (Box–Muller: no rejection, so always two words).
    public mutating func normalPair() -> (Double, Double) {
        let radius = (-2 * log(uniformOpenAtZero())).squareRoot()
        let angle = 2 * Double.pi * uniform()
        return (radius * cos(angle), radius * sin(angle))
    }

    /// A standard normal number; half of a pair is thrown away, so that every call costs the same two words.
    public mutating func normal() -> Double { normalPair().0 }

    /// An exponential number of mean 1.
    public mutating func exponential() -> Double { -log(uniformOpenAtZero()) }
}
