/// What an external policy is asked: one JSON object on one line of its standard input.
///
/// It knows of the image what the controller's own policies know, bits and GVIF at each threshold of each rate, and
/// where it comes from. The whole protocol stands in `Documentation/policy-protocol.schema.json`.
public struct PolicyQuestion: Encodable, Sendable, Equatable {
    /// Counts the questions; an answer that repeats it cannot be taken for another's.
    public var id: Int?
    /// Of the protocol: 2 has the context and, for programs that ask, outcomes.
    public var version: Int?
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
    /// Bits of header and prompt alone, what goes where α is above 1.
    public var promptOnlyBits: Int?
    /// Mask PSNR in dB that each rate promises on this image; nil unless `minimumMaskPSNR` has it measured.
    public var quality: [Double]?
    public var importance: ImportanceSummary?
    /// The image, its link and the bounds: ``PolicyContext``, key by key.
    public var context: PolicyContext?

    private enum Key: String, CodingKey {
        case id, version, snr, capacity, latencyBudget, budgetBits, alphaMax, alphas, bits, gvif, promptOnlyBits
        case quality, importance
    }

    public init(_ situation: Situation, alphaMax: Float = 0.8, id: Int? = nil) {
        self.id = id
        version = 2
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
        promptOnlyBits = profile.promptOnlyBits
        quality = profile.quality.isEmpty ? nil : profile.quality
        importance = ImportanceSummary(profile)
        context = situation.context
    }

    /// The context's keys stand beside the others: one flat object.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Key.self)
        try values.encodeIfPresent(id, forKey: .id)
        try values.encodeIfPresent(version, forKey: .version)
        try values.encode(snr, forKey: .snr)
        try values.encode(capacity, forKey: .capacity)
        try values.encode(latencyBudget, forKey: .latencyBudget)
        try values.encode(budgetBits, forKey: .budgetBits)
        try values.encode(alphaMax, forKey: .alphaMax)
        try values.encode(alphas, forKey: .alphas)
        try values.encode(bits, forKey: .bits)
        try values.encode(gvif, forKey: .gvif)
        try values.encodeIfPresent(promptOnlyBits, forKey: .promptOnlyBits)
        try values.encodeIfPresent(quality, forKey: .quality)
        try values.encodeIfPresent(importance, forKey: .importance)
        try context?.encode(to: encoder)
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
    /// Whether the program wants to hear what becomes of its images, from here on.
    public var outcomes: Bool?

    public init(alpha: Float, rate: Int, id: Int? = nil, outcomes: Bool? = nil) {
        self.alpha = alpha
        self.rate = rate
        self.id = id
        self.outcomes = outcomes
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
