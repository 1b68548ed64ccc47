import Determinism

/// How one filling keeps its budget: what its parts take is noted for the next ones,
/// and steps that do not fit are dropped.
///
/// The clock is read once a part: what lies between two readings is the part's time. Without a budget it is never read.
struct FillTiming {
    private let estimator: FillTimeEstimator
    private let budget: FillBudget?
    /// Cells of the latent.
    private let area: Int
    /// Calls of the denoiser.
    private let callsPerStep: Double
    private var reading: Instant?
    private var encodeSeconds = 0.0

    init(_ estimator: FillTimeEstimator, budget: FillBudget?, area: Int, callsPerStep: Int) {
        self.estimator = estimator
        self.budget = budget
        self.area = area
        self.callsPerStep = Double(callsPerStep)
    }

    /// As many of the steps as fit, from what earlier fillings took; all before the first one.
    func affordable(_ steps: Int) -> Int {
        guard let budget, let known = estimator.estimate(area: area) else { return steps }
        let left = budget.remaining / FillTimeEstimator.caution - known.encode - known.decode
        return min(steps, Int(max(0, min(1e6, left / max(known.call * callsPerStep, 1e-9)))))
    }

    mutating func begin() { reading = budget?.now() }

    mutating func noteEncoding() { encodeSeconds = lap() ?? 0 }

    /// - Returns: how many steps more fit, negative where not even the decoder does; nil without a budget.
    mutating func noteStep() -> Int? {
        guard let budget, let seconds = lap(), let now = reading else { return nil }
        estimator.note(area: area, encode: encodeSeconds, call: seconds / callsPerStep)
        // The decoder is about twice the encoder; after the first filling its own time is known.
        let left =
            (budget.deadline - now).seconds / FillTimeEstimator.caution
            - (estimator.estimate(area: area)?.decode ?? 2 * encodeSeconds)
        return left < 0 ? -1 : Int(min(1e6, left / max(seconds, 1e-9)))
    }

    mutating func noteDecoding() {
        if let seconds = lap() { estimator.note(area: area, decode: seconds) }
    }

    private mutating func lap() -> Double? {
        guard let budget, let last = reading else { return nil }
        let now = budget.now()
        reading = now
        return (now - last).seconds
    }
}
