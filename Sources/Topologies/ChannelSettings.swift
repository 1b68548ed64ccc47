import Channels

package enum FadingModel: String, Sendable, CaseIterable {
    case awgn, rayleigh, rice, nakagami, jakes, gaussMarkov, tdl, trace
}

package enum TraceFormat: String, Sendable, CaseIterable {
    /// Mahimahi: one line a delivery opportunity of 1,504 bytes, in milliseconds.
    case mahimahi
    /// The same without Mahimahi's millisecond grid: bytes of an opportunity are spread until the next.
    case mahimahiSmooth
    /// Lines of `time, value`; the header names the value: `snr_db`, `gain` (|h|²) or `rate_bps`.
    case csv
}

/// What a link does to bits.
package struct ChannelSettings: Sendable, Equatable {
    package var model: FadingModel
    /// Hertz.
    package var bandwidth: Double
    /// What an SNR is worth in bits.
    package var rate = RateLaw.shannon
    /// Mean receive SNR E|h|²/σ², in decibels.
    package var snr: Double
    /// Length of a coherence block in seconds; `nil` for a channel that never changes.
    package var coherence: Double?
    /// Rice factor in decibels.
    package var riceFactor: Double
    /// Nakagami's m.
    package var shape: Double
    /// Doppler frequency in hertz (given, or speed times carrier over c).
    package var doppler: Double
    /// Correlation of successive blocks of the Gauss–Markov channel.
    package var correlation: Double
    /// Standard deviation of log-normal shadowing in decibels; zero: none.
    package var shadowing: Double
    /// Number of coherence blocks over which shadowing decorrelates to 1/e.
    package var shadowingBlocks: Double
    package var profile: TapProfile
    /// Root mean square delay spread in seconds.
    package var delaySpread: Double
    package var trace: String?
    package var traceFormat: TraceFormat
    /// Probabilities per packet.
    package var loss: Double
    package var corruption: Double
    package var duplication: Double
    package var reordering: Double
    /// How many packets overtake one that is held back, and how long it waits for them in seconds.
    package var reorderingDistance: Int
    package var reorderingPatience: Double
    /// Propagation delay in seconds, and the largest random delay on top of it.
    package var delay: Double
    package var jitter: Double
    /// Gilbert–Elliott loss, on top of `loss`.
    package var burst: BurstLoss?
    package var queueBytes: Int?
    package var queuePackets: Int?
    package var queue: QueueConfiguration.Discipline
}

/// A two-state Markov chain stepped at each packet.
package struct BurstLoss: Sendable, Equatable {
    /// Probability of going from good to bad, and back.
    package var enter: Double
    package var leave: Double
    /// Loss probability while good, and while bad.
    package var good: Double
    package var bad: Double
}
