import Determinism
import Foundation

@testable import Channels

/// Samples of models, right and wrong ones, and how far they lie from a theory.
extension Statistic {
    /// |h|² of successive blocks.
    static func powers(_ model: FadingModel, count: Int, shadowing: Shadowing? = nil) -> [Double] {
        var configuration = plainLink("wrong")
        configuration.fading = model
        configuration.coherence = .milliseconds(1)
        configuration.shadowing = shadowing
        var process = ChannelProcess(configuration, seed: 17, origin: origin)
        return (0..<UInt64(count)).map { process.block($0).gain }
    }

    /// Distance of a mean of independent samples from its theory.
    static func off(_ samples: [Double], _ theory: Double) -> Double {
        abs(Theory.mean(samples) - theory) / Theory.standardError(samples)
    }

    /// The same where neighbours are correlated: over batches, whose means are as good as independent.
    static func offInBatches(_ samples: [Double], _ theory: Double, of size: Int = 1000) -> Double {
        off(
            stride(from: 0, to: samples.count - size + 1, by: size).map { Theory.mean(Array(samples[$0..<$0 + size])) },
            theory)
    }

    static func share(_ count: Int, of total: Int, _ theory: Double) -> Double {
        abs(Double(count) / Double(total) - theory) / (theory * (1 - theory) / Double(total)).squareRoot()
    }

    static func distance(_ samples: [Double], _ law: (Double) -> Double) -> Double {
        4 * Theory.distance(samples, law) / Theory.critical(samples.count)
    }

    /// How often each fate befell, of so many packets.
    static func fates(_ count: Int, _ change: (inout LinkConfiguration) -> Void) -> [Impairments.PacketFate] {
        var configuration = plainLink("wrong")
        change(&configuration)
        var fates = Impairments(seed: 23, link: "wrong")
        return (0..<count).map { _ in fates.next(configuration) }
    }

    /// Lengths of runs of lost and of kept packets.
    static func runs(_ bursts: GilbertElliott) -> (lost: [Double], kept: [Double]) {
        var lengths = (lost: [Double](), kept: [Double]())
        var (length, last) = (0.0, Bool?.none)
        for fate in fates(1_000_000, { $0.bursts = bursts }) {
            if let last, last != fate.isLost {
                if last { lengths.lost.append(length) } else { lengths.kept.append(length) }
                length = 0
            }
            last = fate.isLost
            length += 1
        }
        return lengths
    }

    /// Products Re h(t)·h*(t+τ) of one realisation each.
    static func clarkeProducts(doppler: Double, lag: Double, realisations: Int) -> [Double] {
        (0..<realisations).map { seed in
            let process = ClarkeProcess(seed: UInt64(seed), name: "wrong", doppler: doppler, factor: 0)
            let pairs = (0..<4).map { step in
                let (a, b) = process.coefficient(at: Double(step) * 0.37)
                let (c, d) = process.coefficient(at: Double(step) * 0.37 + lag)
                return a * c + b * d
            }
            return Theory.mean(pairs)
        }
    }

    /// Upward crossings of the root mean square level within 0.3 s, and seconds spent below it; one pair a realisation.
    static func fades(doppler: Double, realisations: Int) -> [(crossings: Double, below: Double)] {
        (0..<realisations).map { seed in
            let process = ClarkeProcess(seed: UInt64(seed), name: "wrong", doppler: doppler, factor: 0)
            var (crossings, below, last) = (0.0, 0.0, false)
            // 25 samples per Doppler period miss the fades below 0.8 ms: 0.3 % of those whose mean is 13.7 ms.
            for step in 0..<375 {
                let (a, b) = process.coefficient(at: Double(step) * 8e-4)
                let isBelow = a * a + b * b < 1
                if isBelow { below += 8e-4 }
                if last && !isBelow { crossings += 1 }
                last = isBelow
            }
            return (crossings, below)
        }
    }

    /// Drawn once for both statistics of fades.
    static let fadesByFactor = Dictionary(
        uniqueKeysWithValues: [0.95, 1, 1.05].map { ($0, fades(doppler: 50 * $0, realisations: 1500)) })
}
