/// What an external policy is asked: one JSON object on one line of its standard input.
///
/// It knows of the image what the controller's own policies know: bits and GVIF at each threshold of each rate.
public struct PolicyQuestion: Codable, Sendable, Equatable {
    /// Counts the questions; an answer that repeats it cannot be taken for another's.
    public var id: Int?
    /// Receive SNR in dB, capacity in bit/s, T_max in seconds, and the bits that may go on the air.
    public var snr: Double
    public var capacity: Double
    public var latencyBudget: Double
    public var budgetBits: Int
    public var alphaMax: Float
    /// Falling thresholds; each selects the cells with I ≥ α.
    public var alphas: [Float]
    /// `bits[p][s]` and `gvif[p][s]`: rate p + 1 at `alphas[s]`.
    public var bits: [[Int]]
    public var gvif: [[Double]]

    public init(_ situation: Situation, alphaMax: Float = 0.8, id: Int? = nil) {
        self.id = id
        let profile = situation.profile
        snr = situation.snr
        capacity = situation.capacity
        latencyBudget = situation.latencyBudget
        budgetBits = situation.budgetBits
        self.alphaMax = alphaMax
        alphas = profile.alphas
        let steps = profile.stepCount
        bits = (0..<profile.rateCount).map { Array(profile.bits[($0 * steps)..<(($0 + 1) * steps)]) }
        gvif = (0..<profile.rateCount).map { Array(profile.gvif[($0 * steps)..<(($0 + 1) * steps)]) }
    }
}

/// What it answers: one JSON object on one line of its standard output.
public struct PolicyAnswer: Codable, Sendable, Equatable {
    /// Above 1: prompt only.
    public var alpha: Float
    /// Counted from 1.
    public var rate: Int
    /// The question's, where the program repeats it.
    public var id: Int?

    public init(alpha: Float, rate: Int, id: Int? = nil) {
        self.alpha = alpha
        self.rate = rate
        self.id = id
    }

    /// The decision it amounts to for an image.
    /// - Returns: nil for a rate the catalogue lacks or a threshold that is no number.
    public func decision(for situation: Situation) -> Decision? {
        guard alpha.isFinite, alpha >= 0, (1...situation.profile.rateCount).contains(rate) else { return nil }
        if alpha > 1 {
            return Decision(
                alpha: Decision.promptOnlyAlpha, rate: rate, predictedBits: situation.profile.promptOnlyBits,
                predictedGVIF: 0, feasible: false,
                concession: .promptOnly)
        }
        return Policy.promise(situation.profile, alpha, rate, situation.budgetBits)
    }
}
