import Determinism
import Foundation
import Testing

@testable import Channels

/// |h|² of successive blocks of one link.
private func gains(
    _ model: FadingModel, seed: UInt64 = 1, count: Int, coherence: Double = 0.001, shadowing: Shadowing? = nil
) -> [Double] {
    var configuration = plainLink("statistics")
    configuration.fading = model
    configuration.coherence = .seconds(coherence)
    configuration.shadowing = shadowing
    var process = ChannelProcess(configuration, seed: seed, origin: origin)
    return (0..<UInt64(count)).map { process.block($0).gain }
}

/// Each model against its theory, with stated confidence. `WrongModelTests` feeds the statistics models that are wrong
/// by 5 % and requires that they see it.
@Suite struct FadingStatisticsTests {
    static let count = 40_000

    @Test func rayleighPowerIsExponential() {
        let samples = gains(.rayleigh, count: Self.count)
        let law = { (x: Double) in 1 - exp(-x) }
        // True models fail with probability 0.1 %.
        #expect(Theory.distance(samples, law) < Theory.critical(Self.count))
        #expect(Theory.distance(samples.map { $0 * 1.05 }, law) > Theory.critical(Self.count), "5 % more power is seen")
        #expect(Theory.distance(samples.map { $0 * 0.95 }, law) > Theory.critical(Self.count), "5 % less power is seen")
        #expect(
            Theory.distance(samples.map { $0.squareRoot() }) { 1 - exp(-$0 * $0) } < Theory.critical(Self.count),
            "the envelope is Rayleigh")
    }

    @Test func blocksOfRayleighFadingAreIndependent() {
        let samples = gains(.rayleigh, count: Self.count)
        let products = zip(samples, samples.dropFirst()).map { ($0 - 1) * ($1 - 1) }
        #expect(abs(Theory.mean(products)) < 4 * Theory.standardError(products))
    }

    @Test(arguments: [0.5, 4.0, 20.0]) func ricePowerFollowsItsLaw(factor: Double) {
        let samples = gains(.rice(factor: factor), count: Self.count)
        let law = Theory.tabulated(to: samples.max()! * 1.05) { Theory.ricePower($0, factor: factor) }
        #expect(Theory.distance(samples, law) < Theory.critical(Self.count))
        #expect(Theory.distance(samples.map { $0 * 1.05 }, law) > Theory.critical(Self.count))
        #expect(abs(Theory.mean(samples) - 1) < 4 * Theory.standardError(samples))
    }

    @Test(arguments: [0.5, 1.0, 2.5, 8.0]) func nakagamiPowerIsGamma(shape: Double) {
        let samples = gains(.nakagami(shape: shape), count: Self.count)
        #expect(Theory.distance(samples) { Theory.gammaP(shape, shape * $0) } < Theory.critical(Self.count))
        #expect(
            Theory.distance(samples.map { $0 * 1.05 }) { Theory.gammaP(shape, shape * $0) }
                > Theory.critical(Self.count))
    }

    // MARK: Clarke

    private static let doppler = 50.0
    /// Re E[h(t) h*(t+τ)] over many realisations, one product each, with its standard error.
    private func autocorrelation(doppler: Double, lag: Double, realisations: Int) -> (mean: Double, error: Double) {
        let products = (0..<realisations).map { seed in
            let process = ClarkeProcess(seed: UInt64(seed), name: "clarke", doppler: doppler, factor: 0)
            var sum = 0.0
            for step in 0..<8 {
                let time = Double(step) * 0.37
                let (a, b) = process.coefficient(at: time)
                let (c, d) = process.coefficient(at: time + lag)
                sum += a * c + b * d
            }
            return sum / 8
        }
        return (Theory.mean(products), Theory.standardError(products))
    }

    @Test func clarkesAutocorrelationIsBessels() {
        for lag in [0.002, 0.005, 0.0077, 0.0122, 0.02] {
            let (mean, error) = autocorrelation(doppler: Self.doppler, lag: lag, realisations: 3000)
            let theory = j0(2 * .pi * Self.doppler * lag)
            #expect(abs(mean - theory) < 4 * error, "lag \(lag) s: \(mean) against \(theory) ± \(error)")
            #expect(error < 0.012)
        }
        // 5 % more Doppler is seen where J₀ is steep.
        let (mean, error) = autocorrelation(doppler: Self.doppler * 1.05, lag: 0.005, realisations: 3000)
        #expect(abs(mean - j0(2 * .pi * Self.doppler * 0.005)) > 3 * error)
    }

    @Test func clarkesEnvelopeIsRayleigh() {
        // One sample a realisation, so that the samples are independent.
        let samples = (0..<20_000).map { seed in
            let (a, b) = ClarkeProcess(seed: UInt64(seed), name: "clarke", doppler: 50, factor: 0).coefficient(
                at: 1.234)
            return a * a + b * b
        }
        #expect(Theory.distance(samples) { 1 - exp(-$0) } < Theory.critical(20_000))
        #expect(Theory.distance(samples.map { $0 * 1.05 }) { 1 - exp(-$0) } > Theory.critical(20_000))
    }

    /// Level crossings (√(2π) f_D ρ e^{−ρ²}) and mean fade duration ((e^{ρ²}−1)/(ρ f_D √(2π))) at ρ times the RMS
    /// level.
    private func crossings(
        doppler: Double, level: Double, realisations: Int = 150
    ) -> (rate: Double, rateError: Double, duration: Double) {
        var rates: [Double] = []
        var below = 0
        var total = 0
        for seed in 0..<realisations {
            let process = ClarkeProcess(seed: UInt64(seed), name: "crossings", doppler: doppler, factor: 0)
            var last: Bool?
            var count = 0
            let steps = 750
            // 50 samples per Doppler period at 50 Hz: no crossing is missed that matters.
            for step in 0..<steps {
                let (a, b) = process.coefficient(at: Double(step) * 4e-4)
                let isBelow = a * a + b * b < level * level
                if isBelow { below += 1 }
                if last == true && !isBelow { count += 1 }
                last = isBelow
                total += 1
            }
            rates.append(Double(count) / (Double(steps) * 4e-4))
        }
        let rate = Theory.mean(rates)
        return (rate, Theory.standardError(rates), Double(below) / Double(total) / rate)
    }

    @Test func levelCrossingsAndFadeDurations() {
        for level in [0.3, 1.0] {
            let measured = crossings(doppler: 50, level: level)
            let rate = (2 * Double.pi).squareRoot() * 50 * level * exp(-level * level)
            let duration = (exp(level * level) - 1) / (level * 50 * (2 * Double.pi).squareRoot())
            #expect(
                abs(measured.rate - rate) < 4 * measured.rateError,
                "ρ = \(level): \(measured.rate) against \(rate) crossings a second")
            #expect(
                abs(measured.duration / duration - 1) < 0.1,
                "ρ = \(level): \(measured.duration) s against \(duration) s")
        }
    }

    @Test func jakesBlocksSampleTheProcess() {
        let samples = gains(.jakes(doppler: 50), count: 100, coherence: 0.001)
        let process = ClarkeProcess(seed: 1, name: "link/statistics/fading", doppler: 50, factor: 0)
        for (index, gain) in samples.enumerated() {
            let (a, b) = process.coefficient(at: Double(index) * 0.001)
            #expect(abs(gain - a * a - b * b) < 1e-9)
        }
    }

    // MARK: Gauss–Markov and shadowing

    @Test func gaussMarkovPowerAndCorrelation() {
        let correlation = 0.8
        let samples = gains(.gaussMarkov(correlation: correlation), count: 200_000)
        // |h|² of a complex Gaussian of correlation ρ has correlation ρ²; every 40th sample is as good as independent.
        let thinned = stride(from: 0, to: samples.count, by: 40).map { samples[$0] }
        #expect(Theory.distance(thinned) { 1 - exp(-$0) } < Theory.critical(thinned.count))
        for lag in [1, 2, 5] {
            let products = stride(from: 0, to: samples.count - lag, by: 1).map {
                (samples[$0] - 1) * (samples[$0 + lag] - 1)
            }
            let expected = pow(correlation, Double(2 * lag))
            // Neighbouring products are correlated: batches of 1,000 give an honest error.
            let batches = stride(from: 0, to: products.count - 1000, by: 1000).map {
                Theory.mean(Array(products[$0..<$0 + 1000]))
            }
            #expect(abs(Theory.mean(batches) - expected) < 4 * Theory.standardError(batches), "lag \(lag)")
            let wrong = pow(correlation * 1.05, Double(2 * lag))
            if lag == 1 {
                #expect(
                    abs(Theory.mean(batches) - wrong) > 2 * Theory.standardError(batches),
                    "5 % more correlation is seen")
            }
        }
    }

    @Test func gaussMarkovBlocksMayBeAskedForInAnyOrder() {
        var configuration = plainLink("order")
        configuration.fading = .gaussMarkov(correlation: 0.9)
        configuration.shadowing = Shadowing(deviation: 6, decorrelationBlocks: 5)
        configuration.coherence = .milliseconds(1)
        var forward = ChannelProcess(configuration, seed: 3, origin: origin)
        let straight = (0..<50).map { forward.block(UInt64($0)).gain }
        var jumping = ChannelProcess(configuration, seed: 3, origin: origin)
        for number in [49, 3, 17, 0, 48, 3] { #expect(jumping.block(UInt64(number)).gain == straight[number]) }
    }

    @Test func shadowingIsLogNormalWithItsCorrelation() {
        let samples = gains(.none, count: 100_000, shadowing: Shadowing(deviation: 6, decorrelationBlocks: 10)).map {
            Decibels.of($0)
        }
        let thinned = stride(from: 0, to: samples.count, by: 100).map { samples[$0] }
        #expect(Theory.distance(thinned) { 0.5 * erfc(-$0 / 6 / 2.squareRoot()) } < Theory.critical(thinned.count))
        let variances = stride(from: 0, to: samples.count - 2000, by: 2000).map { start in
            Theory.mean(samples[start..<start + 2000].map { $0 * $0 })
        }
        #expect(abs(Theory.mean(variances) - 36) < 4 * Theory.standardError(variances))
        #expect(
            abs(Theory.mean(variances) - 36 * 1.05 * 1.05) > 2 * Theory.standardError(variances),
            "5 % more deviation is seen")
        let tenth = stride(from: 0, to: samples.count - 2010, by: 2000).map { start in
            Theory.mean((start..<start + 2000).map { samples[$0] * samples[$0 + 10] })
        }
        #expect(abs(Theory.mean(tenth) - 36 * exp(-1)) < 4 * Theory.standardError(tenth))
    }
}
