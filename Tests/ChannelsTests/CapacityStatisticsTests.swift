import Determinism
import Foundation
import Testing

@testable import Channels

@Suite struct CapacityStatisticsTests {
    private func capacities(_ model: FadingModel, snr: Double, count: Int, bandwidth: Double = 1e6) -> [Double] {
        var configuration = LinkConfiguration(name: "capacity", bandwidth: bandwidth, meanSNR: snr)
        configuration.fading = model
        configuration.coherence = .milliseconds(1)
        var process = ChannelProcess(configuration, seed: 11, origin: origin)
        return (0..<UInt64(count)).map { process.block($0).capacity(bandwidth: bandwidth, meanSNR: snr) / bandwidth }
    }

    @Test(arguments: [-2.0, 6.0, 20.0]) func awgnCapacityIsShannons(decibels: Double) {
        let snr = Decibels.linear(decibels)
        #expect(capacities(.none, snr: snr, count: 3).allSatisfy { abs($0 - log2(1 + snr)) < 1e-12 })
    }

    /// e^{1/γ} E₁(1/γ) / ln 2, within four standard errors; a mean SNR wrong by 5 % is seen.
    @Test(arguments: [-2.0, 6.0, 20.0]) func ergodicCapacityOfRayleighFading(decibels: Double) {
        let snr = Decibels.linear(decibels)
        let samples = capacities(.rayleigh, snr: snr, count: 100_000)
        let error = Theory.standardError(samples)
        #expect(abs(Theory.mean(samples) - Theory.rayleighCapacity(snr)) < 4 * error)
        #expect(abs(Theory.mean(samples) - Theory.rayleighCapacity(snr * 1.05)) > 4 * error)
    }

    /// P(C < r) = 1 − e^{−(2^r − 1)/γ}.
    @Test(arguments: [0.5, 1.5, 3.0]) func outageOfRayleighFading(rate: Double) {
        let snr = Decibels.linear(6)
        let count = 100_000
        let outage = Double(capacities(.rayleigh, snr: snr, count: count).filter { $0 < rate }.count) / Double(count)
        let theory = 1 - exp(-(exp2(rate) - 1) / snr)
        let error = (theory * (1 - theory) / Double(count)).squareRoot()
        #expect(abs(outage - theory) < 4 * error)
        let wrong = 1 - exp(-(exp2(rate) - 1) / (snr * 1.05))
        #expect(abs(outage - wrong) > 2 * error, "5 % more SNR is seen")
    }

    // MARK: tapped delay lines

    /// Normalised powers and RMS delay spread of each profile, as the standard states them.
    @Test(arguments: Channels.TapProfile.allCases) func profilesHaveUnitDelaySpread(profile: Channels.TapProfile) {
        var (power, first, second) = (0.0, 0.0, 0.0)
        for tap in profile.taps {
            let p = Decibels.linear(tap.power) + (tap.direct.map(Decibels.linear) ?? 0)
            power += p
            first += p * tap.delay
            second += p * tap.delay * tap.delay
        }
        let spread = (second / power - (first / power) * (first / power)).squareRoot()
        // The standard's tables are normalised to a spread of one, to within the rounding of their powers.
        #expect(abs(spread - 1) < 0.05, "\(profile.rawValue): \(spread)")
    }

    /// Mean power of each tap over many blocks, within four standard errors of the table.
    @Test(arguments: Channels.TapProfile.allCases) func powerDelayProfile(profile: Channels.TapProfile) {
        let line = TappedDelayLine(profile, delaySpread: 100e-9, doppler: 0, bandwidth: 20e6, seed: 5, name: "taps")
        let blocks = 20_000
        var sums = [Double](repeating: 0, count: profile.taps.count)
        var squares = sums
        for block in 0..<blocks {
            for (index, tap) in line.coefficients(block: UInt64(block), time: 0).enumerated() {
                let power = tap.0 * tap.0 + tap.1 * tap.1
                sums[index] += power
                squares[index] += power * power
            }
        }
        let total = profile.taps.reduce(0) { $0 + Decibels.linear($1.power) + ($1.direct.map(Decibels.linear) ?? 0) }
        for (index, tap) in profile.taps.enumerated() {
            let expected = (Decibels.linear(tap.power) + (tap.direct.map(Decibels.linear) ?? 0)) / total
            let mean = sums[index] / Double(blocks)
            let error = ((squares[index] / Double(blocks) - mean * mean) / Double(blocks)).squareRoot()
            #expect(abs(mean - expected) < 4.5 * error, "\(profile.rawValue) tap \(index)")
            #expect(abs(mean - expected * 1.05) > 2.5 * error, "5 % more power in tap \(index) is seen")
        }
    }

    /// A narrow band sees one coefficient: Rayleigh power, and Rayleigh's ergodic capacity.
    @Test func aNarrowBandIsFlat() {
        let samples = capacities(.tappedDelayLine(.a, delaySpread: 10e-9), snr: 4, count: 20_000, bandwidth: 1e5)
        #expect(abs(Theory.mean(samples) - Theory.rayleighCapacity(4)) < 4 * Theory.standardError(samples))
    }

    /// Over a wide band every frequency is Rayleigh, so the mean capacity is the same, but blocks vary far less.
    @Test func aWideBandAverages() {
        let narrow = capacities(.tappedDelayLine(.c, delaySpread: 300e-9), snr: 4, count: 3000, bandwidth: 1e5)
        let wide = capacities(.tappedDelayLine(.c, delaySpread: 300e-9), snr: 4, count: 3000, bandwidth: 20e6)
        #expect(abs(Theory.mean(wide) - Theory.rayleighCapacity(4)) < 5 * Theory.standardError(narrow))
        // 20 MHz resolve delays to 50 ns, which leaves TDL-C's powers a diversity of about 3.6.
        #expect(Theory.standardError(wide) < 0.6 * Theory.standardError(narrow))
    }

    @Test func aDelayLineWithDopplerIsContinuousInTime() {
        var configuration = LinkConfiguration(name: "mobile", bandwidth: 20e6, meanSNR: 4)
        configuration.fading = .tappedDelayLine(.d, delaySpread: 100e-9, doppler: 10)
        configuration.coherence = .milliseconds(1)
        var process = ChannelProcess(configuration, seed: 1, origin: origin)
        let gains = (0..<200).map { process.block($0).gain }
        for (a, b) in zip(gains, gains.dropFirst()) { #expect(abs(a - b) < 0.2) }
    }

    // MARK: losses

    @Test func gilbertAndElliottsRunLengthsAreGeometric() throws {
        var configuration = plainLink("bursts")
        configuration.bursts = GilbertElliott(enter: 0.02, leave: 0.25)
        let count = 200_000
        var fates = Impairments(seed: 3, link: "bursts")
        var runs = (bad: [Double](), good: [Double]())
        var length = 0
        var last: Bool?
        for _ in 0..<count {
            let lost = fates.next(configuration).isLost
            if let previous = last, previous != lost {
                if previous { runs.bad.append(Double(length)) } else { runs.good.append(Double(length)) }
                length = 0
            }
            last = lost
            length += 1
        }
        #expect(abs(Theory.mean(runs.bad) - 4) < 4 * Theory.standardError(runs.bad))
        #expect(abs(Theory.mean(runs.good) - 50) < 4 * Theory.standardError(runs.good))
        #expect(
            abs(Theory.mean(runs.bad) - 4 * 1.05) > 3 * Theory.standardError(runs.bad), "5 % longer bursts are seen")
        // The share of runs of length n is (1−p)^{n−1} p.
        for n in 1...5 {
            let share = Double(runs.bad.filter { $0 == Double(n) }.count) / Double(runs.bad.count)
            let theory = pow(0.75, Double(n - 1)) * 0.25
            #expect(abs(share - theory) < 4 * (theory * (1 - theory) / Double(runs.bad.count)).squareRoot())
        }
    }

    @Test func independentLossHasItsRateAndNoMemory() {
        var configuration = plainLink("loss")
        configuration.loss = 0.1
        var fates = Impairments(seed: 4, link: "loss")
        let lost = (0..<100_000).map { _ in fates.next(configuration).isLost ? 1.0 : 0.0 }
        let error = (0.09 / 100_000).squareRoot()
        #expect(abs(Theory.mean(lost) - 0.1) < 4 * error)
        #expect(abs(Theory.mean(lost) - 0.105) > 3 * error, "5 % more loss is seen")
        let pairs = zip(lost, lost.dropFirst()).map { ($0 - 0.1) * ($1 - 0.1) }
        #expect(abs(Theory.mean(pairs)) < 4 * Theory.standardError(pairs))
    }

    @Test func aChangedProbabilityLeavesOtherDrawsAlone() {
        var a = plainLink("draws")
        a.corruption = 0.3
        var b = a
        b.loss = 0.5
        b.duplication = 0.5
        var (first, second) = (Impairments(seed: 5, link: "draws"), Impairments(seed: 5, link: "draws"))
        for _ in 0..<1000 { #expect(first.next(a).isCorrupted == second.next(b).isCorrupted) }
    }
}
