import Determinism
import Foundation
import Testing

@testable import Channels

/// Each statistic on the right model and on models wrong by 5 % either way:
/// it must accept the first and refuse the others.
///
/// `deviation` measures how far the samples lie from the *nominal* theory, in standard errors (for a Kolmogorov–Smirnov
/// distance: in units of a quarter of its 0.1 % bound), when the model is off by `factor`. Accepted is what lies within
/// four: a right model fails with probability below 10⁻⁴, were the seed not fixed.
struct Statistic: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var deviation: @Sendable (_ factor: Double) throws -> Double

    init(_ name: String, _ deviation: @escaping @Sendable (Double) throws -> Double) {
        testDescription = name
        self.deviation = deviation
    }

    static let bound = 4.0
}

@Suite struct WrongModelTests {
    @Test(arguments: Statistic.all) func isAcceptedOnlyWhereTheModelIsRight(statistic: Statistic) throws {
        let right = try statistic.deviation(1)
        #expect(right < Statistic.bound, "the right model is \(right) standard errors off")
        for factor in [0.95, 1.05] {
            let wrong = try statistic.deviation(factor)
            #expect(
                wrong > Statistic.bound, "a model wrong by a factor of \(factor) is only \(wrong) standard errors off")
        }
    }
}

// MARK: the statistics

extension Statistic {
    static let all: [Statistic] = independentFading + correlatedFading + delayLines + capacities + impairments

    private static let independentFading = [
        Statistic("Rayleigh: power, by its distribution") { factor in
            distance(powers(.rayleigh, count: 60_000).map { $0 * factor }) { 1 - exp(-$0) }
        },
        Statistic("Rayleigh: envelope, by its distribution") { factor in
            distance(powers(.rayleigh, count: 60_000).map { ($0 * factor).squareRoot() }) { 1 - exp(-$0 * $0) }
        },
        Statistic("Rice: K, by the variance of |h|²") { factor in
            off(powers(.rice(factor: 4 * factor), count: 200_000).map { ($0 - 1) * ($0 - 1) }, 9 / 25.0)
        },
        Statistic("Rice: power, by its distribution") { factor in
            let samples = powers(.rice(factor: 4), count: 60_000).map { $0 * factor }
            return distance(samples, Theory.tabulated(to: samples.max()!) { Theory.ricePower($0, factor: 4) })
        },
        Statistic("Nakagami: m, by the variance of |h|²") { factor in
            off(powers(.nakagami(shape: 2.5 * factor), count: 100_000).map { ($0 - 1) * ($0 - 1) }, 1 / 2.5)
        },
        Statistic("Nakagami: m below 1, by the variance of |h|²") { factor in
            off(powers(.nakagami(shape: 0.7 * factor), count: 300_000).map { ($0 - 1) * ($0 - 1) }, 1 / 0.7)
        },
        Statistic("Nakagami: power, by its distribution") { factor in
            distance(powers(.nakagami(shape: 2.5), count: 60_000).map { $0 * factor }) { Theory.gammaP(2.5, 2.5 * $0) }
        },
    ]

    private static let correlatedFading = [
        Statistic("Clarke: Doppler, by the autocorrelation") { factor in
            off(clarkeProducts(doppler: 50 * factor, lag: 0.005, realisations: 6000), j0(2 * .pi * 50 * 0.005))
        },
        Statistic("Clarke: Doppler, by the level-crossing rate √(2π)·f_D·ρ·e^{−ρ²}") { factor in
            off(fadesByFactor[factor]!.map { $0.crossings / 0.3 }, (2 * Double.pi).squareRoot() * 50 * exp(-1))
        },
        Statistic("Clarke: Doppler, by the mean fade duration (e^{ρ²} − 1)/(√(2π)·f_D·ρ)") { factor in
            off(
                fadesByFactor[factor]!.map {
                    $0.below - $0.crossings * (exp(1) - 1) / (50 * (2 * Double.pi).squareRoot())
                }, 0)
        },
        Statistic("Clarke: power, by its distribution") { factor in
            distance(
                (0..<40_000).map { seed in
                    let (a, b) = ClarkeProcess(seed: UInt64(seed), name: "wrong", doppler: 50, factor: 0).coefficient(
                        at: 1.234)
                    return (a * a + b * b) * factor
                }
            ) { 1 - exp(-$0) }
        },
        Statistic("Clarke with a direct path: K, by the variance of |h|²") { factor in
            off(
                (0..<20_000).map { seed in
                    let process = ClarkeProcess(seed: UInt64(seed), name: "wrong", doppler: 50, factor: 4 * factor)
                    return Theory.mean(
                        (0..<4).map { step in
                            let (a, b) = process.coefficient(at: Double(step) * 0.37)
                            let power = a * a + b * b - 1
                            return power * power
                        })
                    // 64 sinusoids of equal strength: their fourth moment falls short of a Gaussian's by 1/64.
                }, (8 + 1 - 1 / 64.0) / 25)
        },
        Statistic("Gauss–Markov: correlation of neighbours") { factor in
            let samples = powers(.gaussMarkov(correlation: 0.8 * factor), count: 200_000)
            return offInBatches(zip(samples, samples.dropFirst()).map { ($0 - 1) * ($1 - 1) }, 0.64)
        },
        Statistic("Shadowing: deviation") { factor in
            offInBatches(
                powers(.none, count: 200_000, shadowing: Shadowing(deviation: 6 * factor)).map {
                    Decibels.of($0) * Decibels.of($0)
                }, 36)
        },
        Statistic("Shadowing: decorrelation") { factor in
            // Regression on the neighbour: its error is that of the innovation alone.
            let samples = powers(
                .none, count: 400_000, shadowing: Shadowing(deviation: 6, decorrelationBlocks: 10 * factor)
            ).map { Decibels.of($0) }
            let products = zip(samples, samples.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
            let slope = products / samples.reduce(0) { $0 + $1 * $1 }
            let theory = exp(-0.1)
            return abs(slope - theory) / ((1 - theory * theory) / Double(samples.count)).squareRoot()
        },
    ]

    private static let delayLines = TapProfile.allCases.flatMap { profile in
        [
            Statistic("\(profile.rawValue): power of the strongest scattered tap") { factor in
                let taps = Standard.taps[profile]!
                let strongest = taps.indices.max { taps[$0].scattered < taps[$1].scattered }!
                let line = TappedDelayLine(
                    profile, delaySpread: 100e-9, doppler: 0, bandwidth: 20e6, seed: 5, name: "wrong")
                // Scattered power is the variance: a direct path is constant without Doppler.
                let samples = (0..<30_000).map { line.coefficients(block: UInt64($0), time: 0)[taps[strongest].index] }
                let direct = taps[strongest].direct.squareRoot()
                return off(
                    samples.map { (($0.0 - direct) * ($0.0 - direct) + $0.1 * $0.1) * factor },
                    taps[strongest].scattered)
            },
            Statistic("\(profile.rawValue): delays, by the correlation over frequency") { factor in
                // |H|² at frequencies Δ apart: for taps that are Gaussian around direct parts d,
                // Cov = |R|² + 2 Re(R* D), where R(Δ) = Σ p e^{−j2πΔτ} over the scattered and D(Δ) over the direct
                // powers.
                let (spread, band) = (100e-9, 40e6)
                let line = TappedDelayLine(
                    profile, delaySpread: spread * factor, doppler: 0, bandwidth: band, seed: 6, name: "wrong")
                let frequencies = line.gains(block: 0, time: 0).count
                func theory(_ step: Int, _ scale: Double) -> Double {
                    let gap = Double(step) * band / Double(frequencies)
                    var (real, imaginary, direct) = (0.0, 0.0, 0.0)
                    for tap in Standard.taps[profile]! {
                        let angle = 2 * Double.pi * gap * tap.delay * spread * scale
                        real += tap.scattered * cos(angle)
                        imaginary -= tap.scattered * sin(angle)
                        direct += tap.direct
                    }
                    return real * real + imaginary * imaginary + 2 * real * direct
                }
                // At the distance where 5 % of delay shows most.
                let step = (1..<frequencies / 2).max {
                    abs(theory($0, 1.05) - theory($0, 1)) < abs(theory($1, 1.05) - theory($1, 1))
                }!
                let products = (0..<15_000).map { block in
                    let gains = line.gains(block: UInt64(block), time: 0)
                    var sum = 0.0
                    for index in 0..<frequencies - step { sum += (gains[index] - 1) * (gains[index + step] - 1) }
                    return sum / Double(frequencies - step)
                }
                return off(products, theory(step, 1))
            },
        ]
    }

    private static let capacities = [
        Statistic("AWGN: capacity, by the instant a packet leaves") { factor in
            var configuration = plainLink()
            configuration.bandwidth = 1e6 * factor
            configuration.meanSNR = Decibels.linear(6)
            let due = try run(configuration, (0..<100).map { packet($0, bits: 8000, at: 0) }).last!.due
            // Exact: a nanosecond counts as a standard error.
            return abs((due - origin).seconds - 800_000 / (1e6 * log2(1 + Decibels.linear(6)))) / 1e-9
        },
        Statistic("Rayleigh: ergodic capacity") { factor in
            let snr = Decibels.linear(6)
            return off(
                powers(.rayleigh, count: 200_000).map { log2(1 + $0 * snr * factor) }, Theory.rayleighCapacity(snr))
        },
        Statistic("Rayleigh: outage capacity") { factor in
            let snr = Decibels.linear(6)
            let samples = powers(.rayleigh, count: 200_000)
            return share(
                samples.count { log2(1 + $0 * snr * factor) < 1.5 }, of: samples.count, 1 - exp(-(exp2(1.5) - 1) / snr))
        },
        Statistic("TDL-C: ergodic capacity of the selective block") { factor in
            let line = TappedDelayLine(.c, delaySpread: 300e-9, doppler: 0, bandwidth: 20e6, seed: 9, name: "wrong")
            return off(
                (0..<4000).map { number in
                    var block = ChannelBlock(number: UInt64(number), start: origin, end: origin, gain: 1)
                    block.gains = line.gains(block: UInt64(number), time: 0)
                    return block.capacity(bandwidth: 1, meanSNR: 4 * factor)
                }, Theory.rayleighCapacity(4))
        },
    ]

    private static let impairments = [
        Statistic("Gilbert–Elliott: length of bursts") { factor in
            off(runs(GilbertElliott(enter: 0.02, leave: 0.25 * factor)).lost, 4)
        },
        Statistic("Gilbert–Elliott: length of gaps") { factor in
            off(runs(GilbertElliott(enter: 0.02 * factor, leave: 0.25)).kept, 50)
        },
        Statistic("Gilbert–Elliott: loss while bad") { factor in
            let lost = fates(200_000) { $0.bursts = GilbertElliott(enter: 0.5, leave: 0.5, lossInBad: 0.6 * factor) }
            return share(lost.count(where: \.isLost), of: lost.count, 0.3)
        },
        Statistic("Gilbert–Elliott: loss while good") { factor in
            let lost = fates(200_000) {
                $0.bursts = GilbertElliott(enter: 0.5, leave: 0.5, lossInGood: 0.6 * factor, lossInBad: 0)
            }
            return share(lost.count(where: \.isLost), of: lost.count, 0.3)
        },
        Statistic("Loss") { factor in
            share(fates(200_000) { $0.loss = 0.1 * factor }.count(where: \.isLost), of: 200_000, 0.1)
        },
        Statistic("Corruption") { factor in
            share(fates(200_000) { $0.corruption = 0.1 * factor }.count(where: \.isCorrupted), of: 200_000, 0.1)
        },
        Statistic("Duplication") { factor in
            share(fates(200_000) { $0.duplication = 0.1 * factor }.count(where: \.isDuplicated), of: 200_000, 0.1)
        },
        Statistic("Reordering") { factor in
            share(
                fates(200_000) { $0.reordering = Reordering(probability: 0.1 * factor) }.count(where: \.isHeldBack),
                of: 200_000, 0.1)
        },
        Statistic("Jitter, by its distribution") { factor in
            distance(fates(60_000) { $0.jitter = .milliseconds(10 * factor) }.map { $0.jitter.seconds }) {
                min(1, max(0, $0 / 0.01))
            }
        },
        Statistic("Propagation") { factor in
            var configuration = plainLink()
            configuration.propagation = .milliseconds(3 * factor)
            let due = try run(configuration, [packet(0, bits: 1000, at: 0)])[0].due
            return abs((due - origin).seconds - 0.004) / 1e-9
        },
    ]
}
