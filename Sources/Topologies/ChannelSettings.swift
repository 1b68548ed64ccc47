public enum FadingModel: String, Sendable, CaseIterable {
    case awgn, rayleigh, rice, nakagami, jakes, gaussMarkov, tdl, trace
}

public enum TapProfile: String, Sendable, CaseIterable {
    case a = "TDL-A", b = "TDL-B", c = "TDL-C", d = "TDL-D", e = "TDL-E"
}

public enum TraceFormat: String, Sendable, CaseIterable {
    /// Mahimahi: one line a delivery opportunity of 1,504 bytes, in milliseconds.
    case mahimahi
    /// The same without Mahimahi's millisecond grid: bytes of an opportunity are spread until the next.
    case mahimahiSmooth
    /// Lines of `time, value`; the header names the value: `snr_db`, `gain` (|h|²) or `rate_bps`.
    case csv
}

public enum QueueDiscipline: String, Sendable, CaseIterable { case dropTail, dropHead, deadlineDrop }

/// What a link does to bits.
public struct ChannelSettings: Sendable, Equatable {
    public var model: FadingModel
    /// Hertz.
    public var bandwidth: Double
    /// Mean receive SNR E|h|²/σ², in decibels.
    public var snr: Double
    /// Length of a coherence block in seconds; `nil` for a channel that never changes.
    public var coherence: Double?
    /// Rice factor in decibels.
    public var riceFactor: Double
    /// Nakagami's m.
    public var shape: Double
    /// Doppler frequency in hertz (given, or speed times carrier over c).
    public var doppler: Double
    /// Correlation of successive blocks of the Gauss–Markov channel.
    public var correlation: Double
    /// Standard deviation of log-normal shadowing in decibels; zero: none.
    public var shadowing: Double
    /// Number of coherence blocks over which shadowing decorrelates to 1/e.
    public var shadowingBlocks: Double
    public var profile: TapProfile
    /// Root mean square delay spread in seconds.
    public var delaySpread: Double
    public var trace: String?
    public var traceFormat: TraceFormat
    /// Probabilities per packet.
    public var loss: Double
    public var corruption: Double
    public var duplication: Double
    public var reordering: Double
    /// How many packets overtake one that is held back, and how long it waits for them in seconds.
    public var reorderingDistance: Int
    public var reorderingPatience: Double
    /// Propagation delay in seconds, and the largest random delay on top of it.
    public var delay: Double
    public var jitter: Double
    /// Gilbert–Elliott loss, on top of `loss`.
    public var burst: BurstLoss?
    public var queueBytes: Int?
    public var queuePackets: Int?
    public var queue: QueueDiscipline
}

/// A two-state Markov chain stepped at each packet.
public struct BurstLoss: Sendable, Equatable {
    /// Probability of going from good to bad, and back.
    public var enter: Double
    public var leave: Double
    /// Loss probability while good, and while bad.
    public var good: Double
    public var bad: Double
}
