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

    public init(alpha: Float, rate: Int, predictedBits: Int, predictedGVIF: Double, feasible: Bool) {
        self.alpha = alpha
        self.rate = rate
        self.predictedBits = predictedBits
        self.predictedGVIF = predictedGVIF
        self.feasible = feasible
    }

    public var isPromptOnly: Bool { alpha >= Self.promptOnlyAlpha }
}
