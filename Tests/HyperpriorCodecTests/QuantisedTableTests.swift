import Testing

@testable import EntropyCoding
@testable import HyperpriorCodec

/// Tables are part of what streams mean: however they are made, they stay the reference's.
struct QuantisedTableTests {
    /// CompressAI's rule as it stands: each empty interval in turn takes one from the rarest that has two or more.
    private static func asTheRuleSays(_ mass: [Float]) -> [UInt32] {
        let one: UInt64 = 1 << 16
        var table: [UInt64] = [0] + mass.map { UInt64(($0 * Float(one)).rounded(.toNearestOrAwayFromZero)) }
        let total = table.reduce(0, +)
        for i in table.indices { table[i] = table[i] * one / total }
        for i in 1..<table.count { table[i] += table[i - 1] }
        table[table.count - 1] = one
        for i in 0..<table.count - 1 where table[i] == table[i + 1] {
            var best: (frequency: UInt64, index: Int)?
            for j in 0..<table.count - 1 {
                let frequency = table[j + 1] - table[j]
                if frequency > 1, frequency < best?.frequency ?? .max { best = (frequency, j) }
            }
            guard let best else { break }
            if best.index < i {
                for j in best.index + 1...i { table[j] -= 1 }
            } else {
                for j in i + 1...best.index { table[j] += 1 }
            }
        }
        return table.map { UInt32($0) }
    }

    @Test(arguments: [3, 17, 200, 1500]) func emptyIntervalsAreFedByTheRarest(_ count: Int) {
        var state: UInt64 = 7
        for sharpness in [1, 4, 12] {
            // Masses over many magnitudes, most of them far below 2⁻¹⁶.
            let raw = (0..<count).map { _ -> Double in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return (0..<sharpness).reduce(1.0) { product, _ in product * Double(state >> 40) * 0x1p-24 }
            }
            let sum = raw.reduce(1e-9, +)
            let mass = raw.map { Float($0 / sum) }
            #expect(CumulativeTables.quantised(mass) == Self.asTheRuleSays(mass))
        }
    }

    /// The interval of k is Φ((k + ½)/σ) − Φ((k − ½)/σ), each end rounded by itself.
    @Test func gaussiansAreMadeEndByEnd() {
        for scale in [Float(0.11), 1.7, 63.25, 256] {
            let centre = Int((scale * Float(GaussianScales.reach)).rounded(.up))
            func cumulative(_ x: Float) -> Float {
                0.5 * Float(ReproducibleMath.erfc(Double(Float(-0.7071067811865476) * x)))
            }
            var mass = (-centre...centre).map { k in
                let distance = Float(abs(k))
                return cumulative((0.5 - distance) / scale) - cumulative((-0.5 - distance) / scale)
            }
            mass.append(2 * cumulative((-0.5 - Float(centre)) / scale))
            let tables = GaussianScales.update([scale])
            #expect(Array(tables.table(0)) == Self.asTheRuleSays(mass))
            #expect(tables.offsets == [-Int32(centre)])
        }
    }
}
