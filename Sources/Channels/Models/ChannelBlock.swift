import Determinism
import Foundation

/// One coherence block: the channel is constant from `start` to `end`.
public struct ChannelBlock: Sendable, Equatable {
    /// Counted from 0 at the origin.
    public var number: UInt64
    public var start: Instant
    /// `Instant.max`-like for a block without end.
    public var end: Instant
    /// |h|², shadowing included; for a frequency-selective block the mean of |H(f)|² over the band.
    public var gain: Double
    /// |H(f)|² at equidistant frequencies of the band; empty for a flat block.
    public var gains: [Double] = []
    /// bit/s, where a trace gives the rate itself.
    public var rate: Double?

    public static let never = Instant(nanoseconds: .max)

    /// Capacity in bit/s: B·log₂(1 + SNR), Eq. (8); averaged over the band for a frequency-selective block
    /// (equal power on all frequencies).
    public func capacity(bandwidth: Double, meanSNR: Double) -> Double {
        if let rate { return rate }
        if gains.isEmpty { return bandwidth * log2(1 + gain * meanSNR) }
        var sum = 0.0
        for gain in gains { sum += log2(1 + gain * meanSNR) }
        return bandwidth * sum / Double(gains.count)
    }

    /// What the block carries in bit/s by a law of rates; a frequency-selective one by the SNR of the flat channel of
    /// its capacity.
    public func rate(bandwidth: Double, meanSNR: Double, law: RateLaw) -> Double {
        if law.kind == .shannon || rate != nil { return capacity(bandwidth: bandwidth, meanSNR: meanSNR) }
        return bandwidth * law.efficiency(snr(bandwidth: bandwidth, meanSNR: meanSNR))
    }

    /// Receive SNR |h|²/σ² (linear). For a frequency-selective block, and for a trace of rates, the SNR of the flat
    /// channel of the same capacity.
    public func snr(bandwidth: Double, meanSNR: Double) -> Double {
        if rate == nil && gains.isEmpty { return gain * meanSNR }
        return exp2(capacity(bandwidth: bandwidth, meanSNR: meanSNR) / bandwidth) - 1
    }
}
