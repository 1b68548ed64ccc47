import Testing

@testable import Adaptation

/// The optimum by trying every rate with every threshold that could matter, straight from the definition (17), (27).
private func bruteForce(
    _ cells: CellTable, budget: Int, alphaMax: Float, objective: Objective, minimalRate: Int
) -> Double? {
    var best: Double?
    let thresholds = Set(cells.importance.filter { $0 <= alphaMax } + [alphaMax])
    for rate in minimalRate...cells.bits.count {
        for alpha in thresholds {
            let mask = cells.importance.map { $0 >= alpha }
            var (features, information, weight) = (0.0, 0.0, 0.0)
            for cell in mask.indices where mask[cell] {
                features += Double(cells.bits[rate - 1][cell])
                information += cells.information[rate - 1][cell]
                weight += cells.information[rate - 1][cell] * Double(cells.importance[cell])
            }
            let slices = (features / Double(cells.sliceBits)).rounded(.up)
            let total =
                cells.overheadBits + runBits(mask)
                + Int((features + slices * Double(cells.sliceOverheadBits)).rounded(.up))
            guard total <= budget else { continue }
            let all = zip(cells.importance, cells.referenceCells).reduce(0) { $0 + Double($1.0) * $1.1 }
            let value = objective == .gvif ? information / cells.referenceInformation : weight / all
            best = max(best ?? -1, value)
        }
    }
    return best
}

@Suite struct ExactOptimumTests {
    /// Never less than the tolerance allows, never over the budget, and in the direction that is preferred.
    @Test(arguments: [0, 0.02, 0.1], Constraints.Preference.allCases)
    func aToleranceBuysWhatIsPreferred(tolerance: Double, preference: Constraints.Preference) {
        var (moved, covered) = (0, 0)
        for seed in 1...6 as ClosedRange<UInt64> {
            let profile = ImageProfile(
                cells: table(cells: 48, rates: 5, seed: seed, levels: nil, slices: true), maskBits: runBits)
            for budget in stride(from: 600, through: 6000, by: 317) {
                let exact = exactOptimum(profile: profile, budgetBits: budget)
                let constraints = Constraints(tolerance: tolerance, preference: preference)
                let chosen = exactOptimum(profile: profile, budgetBits: budget, constraints: constraints)
                #expect(chosen.feasible == exact.feasible && chosen.predictedBits <= max(budget, exact.predictedBits))
                #expect(chosen.predictedGVIF >= exact.predictedGVIF * (1 - tolerance) - 1e-12)
                switch preference {
                case .coverage: #expect(chosen.alpha <= exact.alpha)
                case .quality: #expect(chosen.rate >= exact.rate)
                case .region:
                    // Of what covers the region of interest within the tolerance nothing has a higher rate.
                    let region = profile.alphas.lastIndex { $0 >= constraints.regionAlpha } ?? 0
                    let within = profile.bits.indices.filter {
                        profile.bits[$0] <= budget && profile.alphas[$0 % profile.stepCount] <= constraints.alphaMax
                            && profile.gvif[$0] >= exact.predictedGVIF * (1 - tolerance)
                    }
                    let covering = within.filter { $0 % profile.stepCount >= region }
                    if exact.feasible, let highest = covering.map({ $0 / profile.stepCount + 1 }).max() {
                        #expect(profile.step(alpha: chosen.alpha)! >= region && chosen.rate >= highest)
                        covered += 1
                    } else if exact.feasible {
                        #expect(chosen.alpha <= exact.alpha)
                    }
                }
                if tolerance == 0, exact.feasible { #expect(chosen == exact) }
                if chosen != exact { moved += 1 }
            }
        }
        #expect((moved > 0) == (tolerance > 0.05) || tolerance == 0.02)
        #expect(covered > 0 || preference != .region)
    }

    @Test(arguments: [nil, 3, 10] as [Int?], [Objective.gvif, .weighted])
    func equalsBruteForce(levels: Int?, objective: Objective) {
        for seed in 1...6 as ClosedRange<UInt64> {
            let cells = table(cells: 48, rates: 5, seed: seed, levels: levels, slices: seed % 2 == 0)
            let profile = ImageProfile(cells: cells, withWeighted: true, maskBits: runBits)
            for budget in stride(from: 600, through: 6000, by: 317) {
                for (minimum, alphaMax) in [(1, 0.8), (3, 0.8), (1, 0.45)] as [(Int, Float)] {
                    let constraints = Constraints(
                        alphaMax: alphaMax, minimalMaskPSNR: 26 + 2 * Double(minimum), objective: objective)
                    let decision = exactOptimum(profile: profile, budgetBits: budget, constraints: constraints)
                    let truth = bruteForce(
                        cells, budget: budget, alphaMax: alphaMax, objective: objective, minimalRate: minimum)
                    #expect(decision.feasible == (truth != nil))
                    guard let truth, decision.feasible else { continue }
                    let entry = (decision.rate - 1) * profile.stepCount + profile.step(alpha: decision.alpha)!
                    #expect(abs(profile.value(entry, objective) - truth) < 1e-9)
                    #expect(decision.predictedBits <= budget && decision.alpha <= alphaMax && decision.rate >= minimum)
                }
            }
        }
    }

    @Test func thresholdSelectsTiesTogether() {
        let cells = CellTable(
            importance: [0.5, 0.9, 0.5, 0.1], bits: [[10, 10, 10, 10]], information: [[1, 2, 3, 4]],
            referenceInformation: 10, overheadBits: 5, promptOnlyBits: 2)
        let profile = ImageProfile(cells: cells, alphaMax: 0.5, maskBits: { _ in 1 })
        #expect(profile.alphas == [0.9, 0.5, 0.1])
        #expect(profile.selected == [1, 3, 4])
        #expect(profile.bits == [16, 36, 46])
        #expect(profile.bits(alpha: 0.50001, rate: 1) == 16)
        #expect(profile.gvif(alpha: 0.5, rate: 1) == 0.6)
        #expect(profile.bits(alpha: 1, rate: 1) == 2 && profile.gvif(alpha: 1, rate: 1) == 0)
    }

    @Test func infeasibleBudgetFallsBackAsAsked() {
        let cells = table(cells: 64, rates: 4, seed: 9)
        let profile = ImageProfile(cells: cells, maskBits: runBits)
        let tight = profile.bits(alpha: 0.8, rate: 1) - 1
        let prompt = exactOptimum(profile: profile, budgetBits: tight, constraints: .init(fallback: .promptOnly))
        #expect(prompt.isPromptOnly && !prompt.feasible && prompt.predictedBits == 300 && prompt.predictedGVIF == 0)
        let least = exactOptimum(profile: profile, budgetBits: tight, constraints: .init(fallback: .leastBad))
        #expect(!least.feasible && least.predictedBits <= tight && least.alpha > 0.8 && least.predictedGVIF > 0)
        let demanding = Constraints(minimalMaskPSNR: 99, fallback: .leastBad)
        let quality = exactOptimum(profile: profile, budgetBits: 5000, constraints: demanding)
        #expect(!quality.feasible && quality.alpha <= 0.8 && quality.predictedBits <= 5000)
        #expect(exactOptimum(profile: profile, budgetBits: 10, constraints: .init()).isPromptOnly)
    }

    @Test func moreBudgetNeverHurts() {
        let profile = ImageProfile(cells: table(cells: 300, rates: 7, seed: 3, slices: true), maskBits: runBits)
        var last = -1.0
        for budget in stride(from: 1000, through: 60000, by: 500) {
            let decision = exactOptimum(profile: profile, budgetBits: budget, constraints: .init(fallback: .promptOnly))
            #expect(decision.predictedGVIF >= last)
            last = decision.predictedGVIF
        }
        #expect(last > 0.99)
    }

    @Test func realisingRaisesTheThresholdUntilTheBudgetHolds() {
        let profile = ImageProfile(cells: table(cells: 300, rates: 7, seed: 5), maskBits: runBits)
        let generous = Policy.promise(profile, 0.1, 6, 1 << 30)
        for budget in [2000, 5000, 20000, 80000] {
            let real = profile.realised(generous, budgetBits: budget, excessBits: 100)
            #expect(real.predictedBits + 100 <= budget || real.isPromptOnly)
            if real.alpha != 0.1 { #expect(!real.feasible) }
        }
        #expect(profile.realised(generous, budgetBits: 1 << 30) == generous)
    }
}
