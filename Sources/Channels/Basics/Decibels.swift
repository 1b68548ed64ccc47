import Foundation

/// Ratios of power, as engineers write them.
public enum Decibels {
    /// 10^(dB/10).
    public static func linear(_ decibels: Double) -> Double { pow(10, decibels / 10) }
    /// 10·log₁₀(ratio); −∞ for 0.
    public static func of(_ ratio: Double) -> Double { 10 * log10(ratio) }
}
