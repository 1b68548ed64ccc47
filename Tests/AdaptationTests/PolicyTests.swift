import Foundation
import Testing

@testable import Adaptation

@Suite struct PolicyTests {
    @Test func everyPolicyPromisesWhatTheTableSays() {
        let profile = ImageProfile(cells: table(cells: 100, rates: 4, seed: 1), maskBits: runBits)
        func situation(_ snr: Double) -> Situation {
            .init(profile: profile, snr: snr, capacity: 1e6, latencyBudget: 0.005, budgetBits: 5000)
        }
        let ladder = ThresholdTable(entries: [.init(snr: 10, alpha: 0.2, rate: 4), .init(snr: 0, alpha: 0.7, rate: 2)])
        let policies: [Policy] = [.optimal(.init()), .fixed(alpha: 0.4, rate: 3), .thresholdTable(ladder)]
        for policy in policies {
            let decision = policy.decide(situation(12))!
            #expect(decision.predictedBits == profile.bits(alpha: decision.alpha, rate: decision.rate))
            #expect(decision.feasible == (decision.predictedBits <= 5000))
        }
        #expect(Policy.thresholdTable(ladder).decide(situation(9.9))!.alpha == 0.7)
        #expect(Policy.thresholdTable(ladder).decide(situation(-20))!.alpha == 0.7)
        #expect(Policy.thresholdTable(ladder).decide(situation(10))!.rate == 4)
        #expect(Policy.external(command: ["x"]).decide(situation(1)) == nil)
    }

    @Test func estimatorForgetsAndKeepsItsMargin() {
        var last = ChannelEstimator()
        #expect(last.snr(at: 0) == nil)
        last.observe(snr: 6, at: 1)
        last.observe(snr: -3, at: 0.5)  // late: older than what is known
        #expect(abs(last.snr(at: 9)! - 6) < 1e-9)

        var markov = ChannelEstimator(method: .gaussMarkov(coherence: 0.1))
        for index in 0..<400 { markov.observe(snr: index % 2 == 0 ? 0 : 10 * log10(3.0), at: Double(index)) }
        #expect(abs(markov.snr(at: 399)! - 10 * log10(3.0)) < 1e-6)
        #expect(abs(pow(10, markov.snr(at: 410)! / 10) - 2) < 0.1)

        // Forgotten entirely, the power is exponential: its 10 % quantile is −ln 0.9 of the mean.
        #expect(abs(ChannelEstimator.quantile(0.1, known: 0, spread: 2) + 2 * log(0.9)) < 1e-6)
        // Known almost surely: the median is the value itself.
        #expect(abs(ChannelEstimator.quantile(0.5, known: 100, spread: 0.01) - 100) < 0.1)
        // In between, against draws.
        var random = Lehmer(3)
        var powers = (0..<40000).map { _ -> Double in
            let radius = (-log(Double.random(in: 1e-12...1, using: &random)) * 1.5).squareRoot()
            let angle = Double.random(in: 0...(2 * .pi), using: &random)
            let (re, im) = (2.0.squareRoot() + radius * cos(angle), radius * sin(angle))
            return re * re + im * im
        }
        powers.sort()
        #expect(abs(ChannelEstimator.quantile(0.2, known: 2, spread: 1.5) - powers[8000]) < 0.04)
    }
}
