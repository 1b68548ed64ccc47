import Channels

package enum TraceFormat: String, Sendable, CaseIterable {
    /// Mahimahi: one line a delivery opportunity of 1,504 bytes, in milliseconds.
    case mahimahi
    /// The same without Mahimahi's millisecond grid: bytes of an opportunity are spread until the next.
    case mahimahiSmooth
    /// Lines of `time, value`; the header names the value: `snr_db`, `gain` (|h|²) or `rate_bps`.
    case csv
}

/// What a link does to bits; as it stands, what a link gets that says nothing of it.
package struct ChannelSettings: Sendable, Equatable {
    package var model: ChannelModel = .awgn
    /// Hertz.
    package var bandwidth: Double = 1e6
    /// What an SNR is worth in bits.
    package var rate = RateLaw.shannon
    /// Mean receive SNR E|h|²/σ², in decibels.
    package var snr: Double = 10
    /// Length of a coherence block in seconds; `nil` for a channel that never changes.
    package var coherence: Double?
    /// Rice factor in decibels.
    package var riceFactor: Double = 6
    /// Nakagami's m.
    package var shape: Double = 1
    /// Doppler frequency in hertz (given, or speed times carrier over c).
    package var doppler: Double = 0
    /// Correlation of successive blocks of the Gauss–Markov channel.
    package var correlation: Double = 0.9
    /// Standard deviation of log-normal shadowing in decibels; zero: none.
    package var shadowing: Double = 0
    /// Number of coherence blocks over which shadowing decorrelates to 1/e.
    package var shadowingBlocks: Double = 10
    package var profile: TapProfile = .a
    /// Root mean square delay spread in seconds.
    package var delaySpread: Double = 100e-9
    package var trace: String?
    package var traceFormat: TraceFormat = .mahimahi
    /// Probabilities per packet.
    package var loss: Double = 0
    package var corruption: Double = 0
    package var duplication: Double = 0
    package var reordering: Double = 0
    /// How many packets overtake one that is held back, and how long it waits for them in seconds.
    package var reorderingDistance: Int = 3
    package var reorderingPatience: Double = 0.02
    /// Propagation delay in seconds, and the largest random delay on top of it.
    package var delay: Double = 0
    package var jitter: Double = 0
    /// Gilbert–Elliott loss, on top of `loss`.
    package var burst: BurstLoss?
    package var queueBytes: Int?
    package var queuePackets: Int?
    package var queue: QueueConfiguration.Discipline = .dropTail

    package init() {}
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
