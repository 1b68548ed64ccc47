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

/// An entry of the profile's tables, with the threshold that it stands for here.
private struct Candidate {
    var entry: Int
    var alpha: Float
}

private func best(
    _ profile: ImageProfile, _ budgetBits: Int, _ constraints: Constraints, alphaMax: Float, feasible: Bool
) -> Decision? {
    var best: Candidate?
    profile.forEachCandidate(budgetBits, constraints, alphaMax: alphaMax) { candidate in
        if let current = best {
            let gain =
                profile.value(candidate.entry, constraints.objective)
                - profile.value(current.entry, constraints.objective)
            let saved = profile.bits[current.entry] - profile.bits[candidate.entry]
            guard gain > 0 || (gain == 0 && (saved > 0 || (saved == 0 && candidate.alpha > current.alpha))) else {
                return
            }
        }
        best = candidate
    }
    guard var chosen = best else { return nil }
    if constraints.tolerance > 0 {
        let least = profile.value(chosen.entry, constraints.objective) * (1 - constraints.tolerance)
        profile.forEachCandidate(budgetBits, constraints, alphaMax: alphaMax) { candidate in
            guard profile.value(candidate.entry, constraints.objective) >= least else { return }
            if profile.prefers(candidate, to: chosen, constraints) { chosen = candidate }
        }
    }
    return Decision(
        alpha: chosen.alpha, rate: chosen.entry / profile.stepCount + 1, predictedBits: profile.bits[chosen.entry],
        predictedGVIF: profile.gvif[chosen.entry], feasible: feasible)
}

extension ImageProfile {
    /// Every step of every allowed rate that keeps the budget and α ≤ `alphaMax`.
    fileprivate func forEachCandidate(
        _ budgetBits: Int, _ constraints: Constraints, alphaMax: Float, _ body: (Candidate) -> Void
    ) {
        for rate in 1...rateCount where constraints.allows(rate: rate, of: self) {
            for step in 0..<stepCount {
                var alpha = alphas[step]
                if alpha > alphaMax {
                    // α_th between two importances selects what the next higher one does, if the table has them all.
                    let boundary = step + 1 == stepCount || alphas[step + 1] < alphaMax
                    guard isExact, boundary else { continue }
                    alpha = alphaMax
                }
                let entry = (rate - 1) * stepCount + step
                if bits[entry] <= budgetBits { body(Candidate(entry: entry, alpha: alpha)) }
            }
        }
    }

    /// Among settings of nearly the same objective; ties go to the larger objective.
    fileprivate func prefers(_ one: Candidate, to other: Candidate, _ constraints: Constraints) -> Bool {
        let gain = value(one.entry, constraints.objective) - value(other.entry, constraints.objective)
        switch constraints.preference {
        case .coverage: return one.alpha < other.alpha || (one.alpha == other.alpha && gain > 0)
        case .quality: return rate(one) > rate(other) || (rate(one) == rate(other) && gain > 0)
        case .region:
            let (covers, otherCovers) = (
                selectsRegion(one, constraints.regionAlpha), selectsRegion(other, constraints.regionAlpha)
            )
            guard covers == otherCovers else { return covers }
            guard covers else { return one.alpha < other.alpha || (one.alpha == other.alpha && gain > 0) }
            return rate(one) > rate(other) || (rate(one) == rate(other) && gain > 0)
        }
    }
}

extension ImageProfile {
    private func rate(_ candidate: Candidate) -> Int { candidate.entry / stepCount + 1 }

    /// Whether every cell of the region of interest is selected; in a thinned table as far as its steps tell.
    private func selectsRegion(_ candidate: Candidate, _ regionAlpha: Float) -> Bool {
        candidate.entry % stepCount >= (alphas.lastIndex { $0 >= regionAlpha } ?? 0)
    }

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
