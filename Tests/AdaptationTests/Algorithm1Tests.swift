import Testing

@testable import Adaptation

@Suite struct Algorithm1Tests {
    let images = (1...12).map { ImageProfile(cells: table(cells: 400, rates: 5, seed: UInt64($0)), maskBits: runBits) }

    /// The constrained problem (32) on the means, by a fine grid.
    func grid(rate: Int, budget: Double, _ algorithm: Algorithm1) -> Float? {
        (0...800).map { Float($0) / 1000 }.first { algorithm.means(alpha: $0, rate: rate).bits <= budget }
    }

    @Test func descentFindsTheConstrainedOptimum() {
        let algorithm = Algorithm1(images: images)
        var random = Lehmer(4)
        for rate in 1...5 {
            let all = algorithm.means(alpha: 0, rate: rate).bits
            for share in [0.35, 0.6, 0.9] {
                let outcome = algorithm.descend(rate: rate, budgetBits: share * all, using: &random)
                let truth = grid(rate: rate, budget: share * all, algorithm)!
                #expect(outcome.converged && outcome.feasible)
                #expect(
                    abs(outcome.alpha - truth) < 0.03, "rate \(rate), share \(share): \(outcome.alpha), grid \(truth)")
                #expect(outcome.trace.first?.alpha == 0.5)
            }
            let free = algorithm.descend(rate: rate, budgetBits: 2 * all, using: &random)
            #expect(free.alpha < 0.02 && free.feasible)
            let hopeless = algorithm.descend(rate: rate, budgetBits: 900, using: &random)
            #expect(hopeless.alpha > 0.78 && !hopeless.feasible)
        }
    }

    @Test func bestCoderIsTheOneWithMostGVIF() {
        let algorithm = Algorithm1(images: images)
        var random = Lehmer(8)
        let budget = 20000.0
        let (outcomes, best) = algorithm.solve(budgetBits: budget, minimalRate: 2, using: &random)
        #expect(outcomes.map(\.rate) == [2, 3, 4, 5])
        let chosen = outcomes[best!]
        #expect(outcomes.filter(\.feasible).allSatisfy { $0.gvif <= chosen.gvif })
        // The optimum per image under the same budget is at least as good on average, and never overdraws.
        let exact = images.map {
            exactOptimum(profile: $0, budgetBits: Int(budget), constraints: .init(minimalRate: 2)).predictedGVIF
        }
        #expect(exact.reduce(0, +) / Double(images.count) > chosen.gvif * 0.97)
    }

    @Test func tableInterpolatesMonotonically() {
        let algorithm = Algorithm1(images: images)
        var random = Lehmer(5)
        let budgets = [6000.0, 12000, 24000, 48000]
        let entries = budgets.map { budget in
            let solution = algorithm.solve(budgetBits: budget, using: &random)
            return PolicyTable.Entry(
                budgetBits: budget, snr: 0, latencyBudget: 0.02, answers: solution.outcomes, best: solution.best)
        }
        let policy = PolicyTable(entries: entries)
        for (budget, entry) in zip(budgets, entries) {
            #expect(policy.setting(budgetBits: budget).rate == entry.bestRate)
        }
        var last = -1.0
        for budget in stride(from: 4000.0, through: 60000, by: 400) {
            let (alpha, rate) = policy.setting(budgetBits: budget)
            let gvif = algorithm.means(alpha: alpha, rate: rate).gvif
            #expect((0...0.8).contains(alpha) && gvif > last - 0.04)
            if budget >= 6000 { #expect(algorithm.means(alpha: alpha, rate: rate).bits < budget * 1.1) }
            last = max(last, gvif)
        }
    }
}
