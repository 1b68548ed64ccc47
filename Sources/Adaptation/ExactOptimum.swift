/// The best (α, Φ) for this image under this budget, found by looking at every step of every rate.
///
/// Bits and GVIF are step functions of α at each rate (the prefix sums in `profile`), so this is the maximum itself and
/// no approximation of it: 19 rates and a few hundred steps take microseconds. Ties go to fewer bits, then to the
/// larger α. Where nothing keeps every bound, `constraints.fallback` says which bound gives way.
public func exactOptimum(profile: ImageProfile, budgetBits: Int, constraints: Constraints = .init()) -> Decision {
    if let best = best(profile, budgetBits, constraints, alphaMax: constraints.alphaMax, feasible: true) { return best }
    if constraints.fallback == .leastBad {
        var relaxed = constraints
        relaxed.minimalMaskPSNR = nil
        relaxed.minimalRate = 1
        for (alphaMax, concession) in [(constraints.alphaMax, Decision.Concession.quality), (.infinity, .alphaBound)] {
            guard var best = best(profile, budgetBits, relaxed, alphaMax: alphaMax, feasible: false) else { continue }
            best.concession = concession
            return best
        }
    }
    return .promptOnly(profile)
}

/// The same with the paper's bounds and another α_th.
public func exactOptimum(profile: ImageProfile, budgetBits: Int, alphaMax: Float) -> Decision {
    exactOptimum(profile: profile, budgetBits: budgetBits, constraints: .init(alphaMax: alphaMax))
}

extension Constraints {
    /// Whether a rate is allowed by (31c).
    func allows(rate: Int, of profile: ImageProfile) -> Bool {
        guard rate >= minimalRate else { return false }
        guard let minimalMaskPSNR, !profile.quality.isEmpty else { return true }
        return profile.quality[rate - 1] >= minimalMaskPSNR
    }
}

private func best(
    _ profile: ImageProfile, _ budgetBits: Int, _ constraints: Constraints, alphaMax: Float, feasible: Bool
) -> Decision? {
    var bestEntry: Int?
    var bestAlpha: Float = 0
    for rate in 1...profile.rateCount where constraints.allows(rate: rate, of: profile) {
        for step in 0..<profile.stepCount {
            var alpha = profile.alphas[step]
            if alpha > alphaMax {
                // α_th between two importances selects what the next higher one does, if the table has them all.
                let boundary = step + 1 == profile.stepCount || profile.alphas[step + 1] < alphaMax
                guard profile.isExact, boundary else { continue }
                alpha = alphaMax
            }
            let entry = (rate - 1) * profile.stepCount + step
            guard profile.bits[entry] <= budgetBits else { continue }
            if let current = bestEntry {
                let gain = profile.value(entry, constraints.objective) - profile.value(current, constraints.objective)
                let saved = profile.bits[current] - profile.bits[entry]
                guard gain > 0 || (gain == 0 && (saved > 0 || (saved == 0 && alpha > bestAlpha))) else { continue }
            }
            bestEntry = entry
            bestAlpha = alpha
        }
    }
    return bestEntry.map {
        Decision(
            alpha: bestAlpha, rate: $0 / profile.stepCount + 1, predictedBits: profile.bits[$0],
            predictedGVIF: profile.gvif[$0], feasible: feasible)
    }
}

extension ImageProfile {
    /// The lowest threshold from `decision.alpha` up that keeps the budget at the decided rate: how the transmitter
    /// realises a decision made on averages, on a stale channel state, or on a thinned table.
    /// - Parameters:
    ///   - decision: α and rate as decided.
    ///   - budgetBits: what the bits must keep.
    ///   - excessBits: by how much the real bitstream at the last attempt exceeded its prediction.
    public func realised(_ decision: Decision, budgetBits: Int, excessBits: Int = 0) -> Decision {
        guard !decision.isPromptOnly else { return decision }
        let first = step(alpha: decision.alpha) ?? 0
        for step in stride(from: first, through: 0, by: -1) {
            let entry = (decision.rate - 1) * stepCount + step
            guard bits[entry] + excessBits <= budgetBits else { continue }
            let alpha = step == first ? max(decision.alpha, 0) : alphas[step]
            return Decision(
                alpha: alpha, rate: decision.rate, predictedBits: bits[entry], predictedGVIF: gvif[entry],
                feasible: decision.feasible && step == first)
        }
        return .promptOnly(self)
    }
}
