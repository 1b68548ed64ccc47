import Foundation
import Testing

@testable import Adaptation

@Suite struct PolicyTests {
    @Test func everyPolicyPromisesWhatTheTableSays() {
        let profile = ImageProfile(cells: table(cells: 100, rates: 4, seed: 1), maskBits: runBits)
        func situation(_ snr: Double) -> Situation {
            .init(profile: profile, snr: snr, capacity: 1e6, latencyBudget: 0.005, budgetBits: 5000)
        }
        let ladder = ThresholdTable(entries: [
            .init(from: 10, alpha: 0.2, rate: 4), .init(from: 0, alpha: 0.7, rate: 2),
        ])
        let policies: [Policy] = [.optimal(.init()), .fixed(alpha: 0.4, rate: 3), .thresholdTable(ladder)]
        for policy in policies {
            let decision = policy.decide(situation(12))!
            #expect(decision.predictedBits == profile.bits(alpha: decision.alpha, rate: decision.rate))
            #expect(decision.feasible == (decision.predictedBits <= 5000))
        }
        #expect(Policy.thresholdTable(ladder).decide(situation(9.9))!.alpha == 0.7)
        #expect(Policy.thresholdTable(ladder).decide(situation(-20))!.alpha == 0.7)
        #expect(Policy.thresholdTable(ladder).decide(situation(10))!.rate == 4)
        let steps = ThresholdTable(
            by: .budgetBits, entries: [.init(from: 0, alpha: 0.6, rate: 1), .init(from: 5000, alpha: 0.3, rate: 3)])
        #expect(Policy.thresholdTable(steps).decide(situation(-20))!.rate == 3)
        #expect(Policy.external(command: ["x"]).decide(situation(1)) == nil)
    }

    @Test func estimatorForgetsAndKeepsItsMargin() {
        var last = ChannelEstimator()
        #expect(last.snr(at: 0) == nil)
        last.observe(snr: 6, start: 1, duration: 1)
        last.observe(snr: -3, start: 0.5, duration: 1)  // late: older than what is known
        #expect(abs(last.snr(at: 9)! - 6) < 1e-9)

        var markov = ChannelEstimator(method: .gaussMarkov(correlation: 0.5))
        for index in 0..<400 {
            markov.observe(snr: index % 2 == 0 ? 0 : 10 * log10(3.0), start: Double(index), duration: 1)
        }
        // Inside the reported block nothing has changed; one block on, a quarter of the power is known.
        #expect(abs(markov.snr(at: 399.9)! - 10 * log10(3.0)) < 1e-6)
        #expect(abs(pow(10, markov.snr(at: 400.1)! / 10) - (0.25 * 3 + 0.75 * 2)) < 0.1)
        #expect(abs(pow(10, markov.snr(at: 410)! / 10) - 2) < 0.1)
        // Blocks that have nothing in common: the mean, whatever was last.
        var independent = ChannelEstimator(method: .gaussMarkov(correlation: 0))
        for (index, power) in [1.0, 2, 6].enumerated() {
            independent.observe(snr: 10 * log10(power), start: Double(index), duration: 1)
        }
        #expect(abs(pow(10, independent.snr(at: 3.5)! / 10) - 3) < 1e-6)

        // A report that errs by 2 dB, counted on in 95 of 100 cases: 1.645 deviations less.
        var careful = ChannelEstimator(outage: 0.05, errorDeviation: 2)
        careful.observe(snr: 10, start: 0, duration: 1)
        #expect(abs(careful.snr(at: 0)! - (10 - 1.6449 * 2)) < 1e-3)

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
