import Determinism
import Foundation
import Testing

@testable import Report

@Suite struct StatisticsTests {
    @Test func independentValuesHaveTheTextbookInterval() throws {
        let sample = try #require(Sample([1, 2, 3, 4, 5]))
        #expect(sample.mean == 3 && sample.clusters == 5 && sample.deviation == 2.5.squareRoot())
        #expect(abs(sample.halfWidth! - 2.776 * 0.5.squareRoot()) < 1e-9)
    }

    @Test func underFiveClustersThereIsNoInterval() throws {
        #expect(Sample([1, 2, 3, 4])?.halfWidth == nil)
        let few = try #require(Sample((0..<40).map { (value: Double($0), cluster: $0 % 4) }))
        #expect(few.clusters == 4 && few.halfWidth == nil && few.mean == 19.5)
        let enough = try #require(Sample((0..<40).map { (value: Double($0), cluster: $0 % 5) }))
        #expect(enough.clusters == 5 && enough.halfWidth != nil)
        #expect(Sample([(value: Double.nan, cluster: 0)]) == nil && Sample([]) == nil)
    }

    /// The PSNR of what has no error is infinite: it stands in no mean, and every table says how often.
    @Test func infiniteValuesAreCountedAndNotAveraged() throws {
        let values = [30.0, .infinity, 32, .infinity, .nan].enumerated().map { (value: $1, cluster: $0) }
        let sample = try #require(Sample(values))
        #expect(sample.mean == 31 && sample.count == 2 && sample.leftOut == 2)
        #expect(Sample.cell(values, 1) == "31.0, 2 × ∞")
        #expect(Sample.cell([(value: Double.infinity, cluster: 0)], 1) == "1 × ∞")
        #expect(
            Sample.cell([(value: 7.0, cluster: 0)], 1) == "7.0" && Sample.cell([(value: .nan, cluster: 0)], 1) == "–")
        let many = (1...5).map { (value: Double($0), cluster: $0) }
        #expect(Sample.cell(many, 1) == "3.0 ± 2.0" && Sample.cell(many + [(.infinity, 9)], 1) == "3.0 ± 2.0, 1 × ∞")
    }

    /// The same image counted twice says nothing new.
    @Test func repeatedValuesDoNotNarrowTheInterval() throws {
        let once = try #require(Sample([1.0, 4, 2, 8, 5, 7]))
        let twice = try #require(
            Sample(
                [1.0, 4, 2, 8, 5, 7].enumerated().flatMap { at, value in
                    Array(repeating: (value: value, cluster: at), count: 2)
                }))
        #expect(twice.count == 12 && twice.clusters == 6 && abs(twice.halfWidth! - once.halfWidth!) < 1e-12)
    }

    /// E log₂(1 + ρ|h|²) under Rayleigh fading: e^{1/ρ}E₁(1/ρ)/ln 2, integrated here over the quantiles of |h|².
    private static func meanRate(_ snr: Double) -> Double {
        let steps = 1_000_000
        return (0..<steps).reduce(0.0) { sum, step in
            sum + log2(1 - snr * log((Double(step) + 0.5) / Double(steps)))
        } / Double(steps)
    }

    /// Share of 2000 samples of Rayleigh blocks whose interval holds the truth.
    ///
    /// - Parameters:
    ///   - images: how many a block carries; zero: 1 to 6, by chance.
    ///   - clustered: otherwise images count as independent.
    private static func coverage(blocks: Int, images: Int, clustered: Bool = true) -> Double {
        var random = RandomStream(seed: 11, name: "coverage \(blocks) \(images)")
        let (snr, repetitions) = (10.0, 2000)
        let truth = meanRate(snr)
        var holds = 0
        for _ in 0..<repetitions {
            var values: [(value: Double, cluster: Int)] = []
            for block in 0..<blocks {
                let rate = log2(1 + snr * random.exponential())
                let count = images == 0 ? 1 + Int(random.uniform() * 6) : images
                // A photo's own part, of variance 1/12.
                for _ in 0..<count { values.append((rate + random.uniform() - 0.5, block)) }
            }
            let sample = clustered ? Sample(values) : Sample(values.map(\.value))
            if let sample, let half = sample.halfWidth, abs(sample.mean - truth) <= half { holds += 1 }
        }
        return Double(holds) / Double(repetitions)
    }

    @Test(arguments: [(5, 4), (8, 3), (20, 4), (50, 2), (12, 0), (40, 0)])
    func underRayleighFadingTheIntervalHoldsTheTruth(_ blocks: Int, _ images: Int) {
        let share = Self.coverage(blocks: blocks, images: images)
        #expect(share >= 0.92 && share <= 0.98, "\(blocks) blocks: \(share)")
    }

    /// What the clusters are for: images counted as independent promise far too much.
    @Test func withoutClustersItDoesNot() {
        #expect(Self.coverage(blocks: 20, images: 4, clustered: false) < 0.75)
    }
}
