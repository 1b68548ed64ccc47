/// The setting (α, Φ) for one image, with what it promises.
public struct Decision: Sendable, Equatable, Codable {
    /// A threshold above every importance: no cell is selected, header and prompt go alone.
    public static let promptOnlyAlpha: Float = 2

    public var alpha: Float
    /// Counted from 1; 1 where only the prompt is sent.
    public var rate: Int
    public var predictedBits: Int
    public var predictedGVIF: Double
    /// True where budget, α_th and minimal quality are all kept.
    public var feasible: Bool
    /// Which bound gave way where not all can be kept.
    public var concession: Concession?

    /// What was given up so that the budget holds.
    public enum Concession: String, Sendable, Codable, CaseIterable {
        /// The minimal quality (31c).
        case quality
        /// α_th (31d).
        case alphaBound = "alpha-bound"
        /// The policy asked for more than the budget holds: the transmitter raises α until it fits.
        case raised
        /// The picture itself: header and prompt go alone.
        case promptOnly = "prompt-only"
    }

    public init(
        alpha: Float, rate: Int, predictedBits: Int, predictedGVIF: Double, feasible: Bool,
        concession: Concession? = nil
    ) {
        self.alpha = alpha
        self.rate = rate
        self.predictedBits = predictedBits
        self.predictedGVIF = predictedGVIF
        self.feasible = feasible
        self.concession = concession
    }

    /// What is left where nothing fits.
    public static func promptOnly(_ profile: ImageProfile) -> Decision {
        Decision(
            alpha: promptOnlyAlpha, rate: 1, predictedBits: profile.promptOnlyBits, predictedGVIF: 0, feasible: false,
            concession: .promptOnly)
    }

    public var isPromptOnly: Bool { alpha >= Self.promptOnlyAlpha }
}
