import Adaptation
import HyperpriorCodec
import ImagePipeline
import Imaging

extension FigureContext {
    /// One photo at one budget under each scheme: (gvif, α, bits), prompt only as GVIF 0.
    struct Outcome: Codable {
        var gvif: Double
        var alpha: Double
        var rate: Int
        var bits: Int
        var feasible: Bool
    }

    /// The proposed scheme: the exact optimum, coded for real within the budget.
    func proposed(_ study: Study, budgetBits: Int, minimalRate: Int, objective: Objective = .gvif) throws -> Outcome {
        try ledger.value(key(study.name, "proposed-or-prompt", objective.rawValue, "\(minimalRate)", "\(budgetBits)")) {
            let (coded, isFeasible) = try laboratory.code(
                study, budgetBits: budgetBits,
                constraints: .init(minimalRate: minimalRate, objective: objective, fallback: .promptOnly))
            return Outcome(
                gvif: coded.gvif, alpha: Double(min(coded.decision.alpha, 1)), rate: coded.decision.rate,
                bits: coded.bits, feasible: isFeasible)
        }
    }

    /// The scheme without filtering: the finest coder whose whole picture fits; none below the minimal quality.
    func unfiltered(_ study: Study, budgetBits: Int, minimalRate: Int) throws -> Outcome {
        try ledger.value(key(study.name, "vae", "\(minimalRate)", "\(budgetBits)")) {
            for rate in stride(from: laboratory.catalogue.rateCount, through: minimalRate, by: -1) {
                guard study.profile.bits(alpha: 0, rate: rate) <= budgetBits + 512 else { continue }
                let coded = try laboratory.code(study, alpha: 0, rate: rate)
                if coded.bits <= budgetBits {
                    return Outcome(gvif: coded.gvif, alpha: 0, rate: rate, bits: coded.bits, feasible: true)
                }
            }
            return Outcome(gvif: 0, alpha: 1, rate: minimalRate, bits: 0, feasible: false)
        }
    }

    /// The whole photo in at most `budgetBits`, received.
    func unfilteredPicture(_ study: Study, budgetBits: Int) throws -> Image? {
        try laboratory.coding.codeWhole(study.source, budgetBits: budgetBits).map {
            try laboratory.catalogue.decode($0).image
        }
    }

    func mean(_ outcomes: [Outcome]) -> Double {
        outcomes.map(\.gvif).reduce(0, +) / Double(max(1, outcomes.count))
    }
}
