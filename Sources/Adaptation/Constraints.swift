/// The bounds of problem (31), and what to do when they cannot all be met.
public struct Constraints: Sendable, Equatable, Codable {
    /// What happens to an image for which no (α, Φ) keeps the budget, α ≤ α_th and the minimal quality.
    public enum Fallback: String, Codable, Sendable, CaseIterable {
        /// Header and prompt alone go on the air.
        case promptOnly = "prompt-only"
        /// The budget is kept and the other bounds give way in this order: first the minimal quality (31c), then
        /// α_th (31d); prompt only where even that does not fit.
        case leastBad = "least-bad"
    }

    /// Which of several settings of nearly the same objective is taken.
    public enum Preference: String, Codable, Sendable, CaseIterable {
        /// The least α: most of the photo.
        case coverage
        /// The highest rate: what is sent, best.
        case quality
        /// The highest rate that still sends the whole region of interest (I ≥ ``Constraints/regionAlpha``); where none
        /// does, the least α.
        case region
    }

    /// α_th of (31d).
    public var alphaMax: Float
    /// Smallest mask PSNR in dB that the rate must promise (31c as Fig. 9 uses it); nil = no bound.
    public var minimalMaskPSNR: Double?
    /// Smallest rate allowed, counted from 1.
    public var minimalRate: Int
    public var objective: Objective
    public var fallback: Fallback
    /// Share of the best objective that may be given up for `preference`, 0 to 1; 0 is the paper's maximum.
    ///
    /// Under a budget the objective (27) is nearly flat along a ridge of (α, Φ): thresholds that keep a tenth or nearly
    /// all of a photo differ by hundredths of it.
    public var tolerance: Double
    public var preference: Preference
    /// Threshold of the fixed region of interest that `Preference.region` looks after.
    public var regionAlpha: Float = 0.5

    /// The tolerance where nobody chooses: GVIF loses hundredths, pictures gain decibels (Documentation/Policies.md).
    public static let usualTolerance = 0.05

    public init(
        alphaMax: Float = 0.8, minimalMaskPSNR: Double? = nil, minimalRate: Int = 1, objective: Objective = .gvif,
        fallback: Fallback = .leastBad, tolerance: Double = 0, preference: Preference = .coverage
    ) {
        self.alphaMax = alphaMax
        self.minimalMaskPSNR = minimalMaskPSNR
        self.minimalRate = minimalRate
        self.objective = objective
        self.fallback = fallback
        self.tolerance = tolerance
        self.preference = preference
    }
}
