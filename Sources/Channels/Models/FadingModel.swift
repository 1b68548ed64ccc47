import Determinism

/// How the channel coefficient h varies from block to block. E|h|² = 1 in every model, so that the mean SNR is the
/// configuration's.
public enum FadingModel: Sendable {
    /// |h| = 1: additive white Gaussian noise alone.
    case none
    /// h ∼ CN(0, 1), independent from block to block.
    case rayleigh
    /// A constant path and a scattered rest; `factor` K is the ratio of their powers (linear).
    case rice(factor: Double)
    /// |h|² ∼ Gamma(m, 1/m); m ≥ ½ (1: Rayleigh). Independent from block to block if `doppler` is 0; otherwise of the
    /// waves of Clarke's model, the powers of two instants being correlated by J₀²(2πf_Dτ) where 2m is whole.
    case nakagami(shape: Double, doppler: Double = 0)
    /// Clarke's model as a sum of sinusoids, sampled at the start of each block: autocorrelation J₀(2πf_Dτ).
    /// `factor` adds a constant path of that relative power with a Doppler shift of its own (0: none).
    case jakes(doppler: Double, factor: Double = 0)
    /// h_k = ρ·h_{k−1} + √(1−ρ²)·w_k with w ∼ CN(0, 1).
    case gaussMarkov(correlation: Double)
    /// A 3GPP TR 38.901 tapped delay line, scaled to a delay spread in seconds. Taps are independent from block to block
    /// if `doppler` is 0, and follow Clarke's model otherwise. Capacity is that of the frequency-selective block.
    case tappedDelayLine(TapProfile, delaySpread: Double, doppler: Double = 0)
    /// Values from a file.
    case trace(ChannelTrace)
    /// Delivery opportunities from a file, by Mahimahi's rules.
    case opportunities(OpportunityTrace)

    var needsCoherence: Bool {
        switch self {
        case .none, .trace, .opportunities: false
        default: true
        }
    }

    func problem(link: String) -> ChannelError? {
        func require(_ valid: Bool, _ quantity: String, _ value: Double, _ expected: String) -> ChannelError? {
            valid ? nil : .outOfRange(link: link, quantity: quantity, value: value, expected: expected)
        }
        switch self {
        case .none, .rayleigh, .trace, .opportunities: return nil
        case .rice(let factor):
            return require(factor >= 0 && factor.isFinite, "Rice factor", factor, "finite, at least 0")
        case .nakagami(let shape, let doppler):
            let most = NakagamiProcess.largestShape
            return require(shape >= 0.5 && shape.isFinite, "Nakagami m", shape, "at least 0.5")
                ?? require(doppler >= 0 && doppler.isFinite, "Doppler frequency", doppler, "at least 0 Hz")
                ?? require(
                    doppler == 0 || shape <= most, "Nakagami m", shape, "at most \(Int(most)) with a Doppler frequency")
        case .jakes(let doppler, let factor):
            return require(doppler >= 0 && doppler.isFinite, "Doppler frequency", doppler, "at least 0 Hz")
                ?? require(factor >= 0 && factor.isFinite, "Rice factor", factor, "finite, at least 0")
        case .gaussMarkov(let correlation):
            return require(correlation >= 0 && correlation < 1, "correlation", correlation, "0…1, below 1")
        case .tappedDelayLine(_, let spread, let doppler):
            return require(spread > 0 && spread.isFinite, "delay spread", spread, "above 0 s")
                ?? require(doppler >= 0 && doppler.isFinite, "Doppler frequency", doppler, "at least 0 Hz")
        }
    }
}

/// Log-normal shadowing: the mean SNR in decibels varies as a Gauss–Markov process around the configured one.
public struct Shadowing: Sendable, Equatable {
    /// Standard deviation in decibels.
    public var deviation: Double
    /// Blocks after which the correlation has fallen to 1/e; 0: independent from block to block.
    public var decorrelationBlocks: Double

    public init(deviation: Double, decorrelationBlocks: Double = 0) {
        self.deviation = deviation
        self.decorrelationBlocks = decorrelationBlocks
    }

    func problem(link: String) -> ChannelError? {
        if !(deviation >= 0 && deviation.isFinite) {
            return .outOfRange(link: link, quantity: "shadowing", value: deviation, expected: "at least 0 dB")
        }
        if !(decorrelationBlocks >= 0 && decorrelationBlocks.isFinite) {
            return .outOfRange(
                link: link, quantity: "shadowing's decorrelation", value: decorrelationBlocks,
                expected: "at least 0 blocks")
        }
        return nil
    }
}
