import Foundation
import Testing

@testable import Determinism

@Suite struct RandomStreamTests {
    /// Known answers of the Random123 distribution for Philox 4×32-10.
    @Test func philoxGivesTheKnownAnswers() {
        let zero = RandomStream.philox(counter: (0, 0, 0, 0), key: (0, 0))
        #expect(zero == (0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
        let ones = RandomStream.philox(counter: (.max, .max, .max, .max), key: (.max, .max))
        #expect(ones == (0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
        let pi = RandomStream.philox(
            counter: (0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), key: (0xa409_3822, 0x299f_31d0))
        #expect(pi == (0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
    }

    @Test func aStreamIsAFunctionOfSeedNameAndIndex() {
        func words(_ seed: UInt64, _ name: String, _ index: UInt64) -> [UInt64] {
            var stream = RandomStream(seed: seed, name: name, index: index)
            return (0..<8).map { _ in stream.next() }
        }
        #expect(words(1, "a", 2) == words(1, "a", 2))
        let all = [words(1, "a", 2), words(2, "a", 2), words(1, "b", 2), words(1, "a", 3), words(1, "a", 1 << 32 | 2)]
        #expect(Set(all.flatMap { $0 }).count == 40)
    }

    @Test func uniformNumbersPassKolmogorovAndSmirnov() {
        var stream = RandomStream(seed: 3, name: "uniform")
        let count = 100_000
        let sorted = (0..<count).map { _ in stream.uniform() }.sorted()
        let distance = sorted.enumerated().map {
            max(abs($1 - Double($0) / Double(count)), abs(Double($0 + 1) / Double(count) - $1))
        }.max()!
        #expect(distance < 1.95 / Double(count).squareRoot(), "significance 0.1 %")
    }

    @Test func normalNumbersHaveTheirMoments() {
        var stream = RandomStream(seed: 4, name: "normal")
        let count = 200_000.0
        var (mean, variance, fourth, product) = (0.0, 0.0, 0.0, 0.0)
        for _ in 0..<Int(count) {
            let (x, y) = stream.normalPair()
            mean += x
            variance += x * x
            fourth += x * x * x * x
            product += x * y
        }
        // Four standard errors each.
        #expect(abs(mean / count) < 4 / count.squareRoot())
        #expect(abs(variance / count - 1) < 4 * (2 / count).squareRoot())
        #expect(abs(fourth / count - 3) < 4 * (96 / count).squareRoot())
        #expect(abs(product / count) < 4 / count.squareRoot())
    }

    @Test func streamsOfNeighbouringIndicesAreIndependent() {
        let count = 100_000
        var sum = 0.0
        for index in 0..<count {
            var a = RandomStream(seed: 5, name: "x", index: UInt64(index))
            var b = RandomStream(seed: 5, name: "x", index: UInt64(index + 1))
            sum += (a.uniform() - 0.5) * (b.uniform() - 0.5) * 12
        }
        #expect(abs(sum / Double(count)) < 4 / Double(count).squareRoot())
    }
}
