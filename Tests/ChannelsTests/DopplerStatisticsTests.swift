import Determinism
import Foundation
import Testing

@testable import Channels

/// Rice and Nakagami fading in time, each against its theory: the law at an instant, what two instants have in common,
/// level crossings and fades.
@Suite struct DopplerStatisticsTests {
    static let doppler = 50.0

    /// |h|² at `time` of the realisation of a seed.
    private func process(_ model: FadingModel, seed: Int) -> (Double) -> Double {
        guard case .law(let law) = model else { return { _ in .nan } }
        let course = law.course(FadingDraws(seed: UInt64(seed), stream: "doppler", bandwidth: 1e6))
        return { time in
            var (course, block) = (course, ChannelBlock(number: 0, start: origin, end: ChannelBlock.never, gain: 1))
            course.fade(&block, at: time)
            return block.gain
        }
    }

    /// One sample a realisation, so that the samples are independent.
    private func powers(_ model: FadingModel, count: Int = 12_000) -> [Double] {
        (0..<count).map { process(model, seed: $0)(1.234) }
    }

    @Test(arguments: [0.5, 0.7, 1.0, 1.3, 2.5, 4.2]) func nakagamisLawIsExactForEveryShape(_ shape: Double) {
        let samples = powers(.nakagami(shape: shape, doppler: Self.doppler))
        let law = Theory.tabulated(to: samples.max()! * 1.05) { Theory.gammaP(shape, shape * $0) }
        // Steep at zero below m = 1: the table would be too coarse there.
        let distance = Theory.distance(samples) { $0 < 0.05 ? Theory.gammaP(shape, shape * $0) : law($0) }
        #expect(distance < Theory.critical(samples.count))
        #expect(abs(Theory.mean(samples) - 1) < 4 * Theory.standardError(samples))
        let squares = samples.map { ($0 - 1) * ($0 - 1) }
        #expect(abs(Theory.mean(squares) - 1 / shape) < 4 * Theory.standardError(squares))
        #expect(abs(Theory.mean(squares) - 1.25 / shape) > 4 * Theory.standardError(squares), "a wrong m is seen")
    }

    @Test(arguments: [0.5, 4.0]) func ricesLawHoldsAtEveryInstant(_ factor: Double) {
        let samples = powers(.jakes(doppler: Self.doppler, factor: factor))
        let law = Theory.tabulated(to: samples.max()! * 1.05) { Theory.ricePower($0, factor: factor) }
        #expect(Theory.distance(samples, law) < Theory.critical(samples.count))
        #expect(Theory.distance(samples.map { $0 * 1.05 }, law) > Theory.critical(samples.count))
    }

    /// E[(g(t) − 1)(g(t + τ) − 1)], with its standard error.
    private func covariance(_ model: FadingModel, lag: Double, count: Int = 4000) -> (mean: Double, error: Double) {
        let products = (0..<count).map { seed in
            let power = process(model, seed: seed)
            var sum = 0.0
            for step in 0..<6 {
                let time = Double(step) * 0.37
                sum += (power(time) - 1) * (power(time + lag) - 1)
            }
            return sum / 6
        }
        return (Theory.mean(products), Theory.standardError(products))
    }

    @Test(arguments: [0.5, 1.0, 2.5]) func nakagamisPowersAreCorrelatedByTheSquareOfBessels(_ shape: Double) {
        for lag in [0.001, 0.0025, 0.005, 0.0077, 0.0122] {
            let (mean, error) = covariance(.nakagami(shape: shape, doppler: Self.doppler), lag: lag)
            let bessel = j0(2 * .pi * Self.doppler * lag)
            #expect(
                abs(mean * shape - bessel * bessel) < 4 * error * shape, "m \(shape), lag \(lag) s: \(mean * shape)")
        }
        let (mean, error) = covariance(.nakagami(shape: shape, doppler: Self.doppler * 1.15), lag: 0.004)
        let bessel = j0(2 * .pi * Self.doppler * 0.004)
        #expect(abs(mean - bessel * bessel / shape) > 3 * error, "more Doppler is seen")
    }

    /// What is made by the distribution function is correlated a little otherwise.
    @Test func betweenHalvesOfMTheCorrelationIsNearlyThat() {
        for lag in [0.0025, 0.005] {
            let (mean, error) = covariance(.nakagami(shape: 1.3, doppler: Self.doppler), lag: lag)
            let bessel = j0(2 * .pi * Self.doppler * lag)
            #expect(abs(mean * 1.3 - bessel * bessel) < 0.05 + 4 * error * 1.3)
        }
    }

    /// With a constant path of 0.7 f_D: (J₀² + 2K·J₀·cos(2π·0.7·f_D·τ)) / (1 + K)² of the powers.
    @Test(arguments: [0.5, 4.0]) func ricesPowersAreCorrelatedAsBothPathsSay(_ factor: Double) {
        for lag in [0.001, 0.0025, 0.005, 0.0077, 0.0122] {
            let (mean, error) = covariance(.jakes(doppler: Self.doppler, factor: factor), lag: lag)
            let phase = 2 * Double.pi * Self.doppler * lag
            let together: Double = j0(phase) * j0(phase) + 2 * factor * j0(phase) * cos(0.7 * phase)
            let theory: Double = together / ((1 + factor) * (1 + factor))
            #expect(abs(mean - theory) < 4 * error, "K \(factor), lag \(lag) s: \(mean) against \(theory)")
        }
    }

    // MARK: level crossings

    /// Upward crossings a second of `level` times the RMS level, and the mean time below it.
    private func crossings(_ model: FadingModel, level: Double) -> (rate: Double, error: Double, duration: Double) {
        let (step, steps) = (4e-4, 750)
        var (rates, below): ([Double], Int) = ([], 0)
        for seed in 0..<150 {
            let power = process(model, seed: seed)
            var (last, count) = (false, 0)
            for index in 0..<steps {
                let isBelow = power(Double(index) * step) < level * level
                below += isBelow ? 1 : 0
                count += last && !isBelow ? 1 : 0
                last = isBelow
            }
            rates.append(Double(count) / (Double(steps) * step))
        }
        let rate = Theory.mean(rates)
        return (rate, Theory.standardError(rates), Double(below) / Double(150 * steps) / rate)
    }

    @Test(arguments: [1.0, 2.0, 3.5], [0.5, 1.0])
    func nakagamisCrossingsAreYacoubs(_ shape: Double, _ level: Double) {
        let measured = crossings(.nakagami(shape: shape, doppler: Self.doppler), level: level)
        let rate = Theory.nakagamiCrossings(shape: shape, doppler: Self.doppler, level: level)
        let duration = Theory.gammaP(shape, shape * level * level) / rate
        #expect(abs(measured.rate - rate) < 4 * measured.error, "\(measured.rate) against \(rate) a second")
        #expect(abs(measured.duration / duration - 1) < 0.12, "\(measured.duration) against \(duration) s")
    }

    @Test(arguments: [1.0, 4.0], [0.5, 1.0]) func ricesCrossingsAreRices(_ factor: Double, _ level: Double) {
        let measured = crossings(.jakes(doppler: Self.doppler, factor: factor), level: level)
        let rate = Theory.riceCrossings(factor: factor, doppler: Self.doppler, path: 0.7 * Self.doppler, level: level)
        let duration = Theory.ricePower(level * level, factor: factor) / rate
        #expect(abs(measured.rate - rate) < 4 * measured.error, "\(measured.rate) against \(rate) a second")
        #expect(abs(measured.duration / duration - 1) < 0.12, "\(measured.duration) against \(duration) s")
    }

    /// The theory itself: without a path it is Rayleigh's, with a path at rest Rice's closed form.
    @Test func theIntegralIsTheClosedFormWhereThereIsOne() {
        let rayleigh = (2 * Double.pi).squareRoot() * 50 * 0.5 * exp(-0.25)
        #expect(abs(Theory.riceCrossings(factor: 0, doppler: 50, path: 35, level: 0.5) - rayleigh) < 1e-6)
        #expect(abs(Theory.nakagamiCrossings(shape: 1, doppler: 50, level: 0.5) - rayleigh) < 1e-9)
        let (k, level) = (3.0, 0.8)
        let argument = 2 * level * (k * (k + 1)).squareRoot()
        // I₀ by its series.
        var bessel = 0.0
        for term in 0..<60 { bessel += exp(2 * (Double(term) * log(argument / 2) - lgamma(Double(term) + 1))) }
        let root: Double = (2 * Double.pi * (k + 1)).squareRoot()
        let exponent: Double = -k - (k + 1) * level * level
        let closed: Double = root * 50 * level * exp(exponent) * bessel
        #expect(abs(Theory.riceCrossings(factor: k, doppler: 50, path: 0, level: level) - closed) < 1e-6)
    }

    // MARK: blocks

    @Test(arguments: [FadingModel.nakagami(shape: 2.2, doppler: 30), .jakes(doppler: 30, factor: 2)])
    func blocksSampleTheProcessInAnyOrder(_ model: FadingModel) {
        var configuration = plainLink("doppler")
        configuration.fading = model
        configuration.coherence = .milliseconds(2)
        var forward = ChannelProcess(configuration, seed: 3, origin: origin)
        let straight = (0..<60).map { forward.block(UInt64($0)).gain }
        var jumping = ChannelProcess(configuration, seed: 3, origin: origin)
        for number in [59, 3, 17, 0, 58] { #expect(jumping.block(UInt64(number)).gain == straight[number]) }
    }

    @Test func gammaQuantilesInvertTheirDistribution() {
        for shape in [0.002, 0.1, 0.3, 0.4999] {
            let quantile = GammaQuantile(shape: shape)
            for complement in [0.999999, 0.9, 0.5, 0.1, 1e-3, 1e-9, 1e-30] {
                let x = quantile.value(complement: complement)
                guard x > 1e-250, complement > 1e-12 else { continue }
                #expect(
                    abs(1 - Theory.gammaP(shape, x) - complement) < 1e-9 + 1e-6 * complement,
                    "a \(shape), \(complement)")
            }
            #expect(quantile.value(complement: 1) >= 0 && quantile.value(complement: 1e-30).isFinite)
        }
    }

    @Test func whatCannotBeDrawnIsRefused() {
        var configuration = plainLink("doppler")
        configuration.coherence = .milliseconds(2)
        configuration.fading = .nakagami(shape: 100, doppler: 10)
        #expect(configuration.problem != nil)
        configuration.fading = .nakagami(shape: 100)
        #expect(configuration.problem == nil)
        configuration.fading = .nakagami(shape: 2, doppler: -1)
        #expect(configuration.problem != nil)
    }
}

extension Theory {
    /// Yacoub's crossings a second of ρ times the RMS level: √(2π)·f_D·m^{m−½}·ρ^{2m−1}·e^{−mρ²} / Γ(m).
    static func nakagamiCrossings(shape m: Double, doppler: Double, level: Double) -> Double {
        let exponent: Double = (m - 0.5) * log(m) + (2 * m - 1) * log(level) - m * level * level
        return (2 * Double.pi).squareRoot() * doppler * exp(exponent - lgamma(m))
    }

    /// Rice's crossings where the constant path is shifted by `path` hertz: ∫ p(r, θ)·E[ṙ⁺ | θ] dθ, where ṙ is normal
    /// with mean 2π·path·ρ·sin θ and the variance (2πf_D)²·σ²/2 of Clarke's scattering, σ² a component's.
    static func riceCrossings(factor k: Double, doppler: Double, path: Double, level r: Double) -> Double {
        let variance = 0.5 / (k + 1)
        let direct = (k / (k + 1)).squareRoot()
        let deviation = 2 * Double.pi * doppler * (variance / 2).squareRoot()
        let steps = 4000
        var sum = 0.0
        for step in 0..<steps {
            let angle = 2 * Double.pi * (Double(step) + 0.5) / Double(steps)
            let distance: Double = r * r + direct * direct - 2 * r * direct * cos(angle)
            let density: Double = r / (2 * Double.pi * variance) * exp(-distance / (2 * variance))
            let mean = 2 * Double.pi * path * direct * sin(angle)
            let z = mean / deviation
            let normal = exp(-z * z / 2) / (2 * Double.pi).squareRoot()
            sum += density * (mean * 0.5 * erfc(-z / 2.0.squareRoot()) + deviation * normal)
        }
        return sum * 2 * Double.pi / Double(steps)
    }
}
