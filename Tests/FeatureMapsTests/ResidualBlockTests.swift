import Foundation
import Testing

@testable import FeatureMaps
@testable import Neural

/// Layers of transforms made for processors, against their definitions in double precision.
struct ResidualBlockTests {
    private static func random(_ shape: [Int], _ seed: UInt32, by factor: Float = 1) -> Tensor {
        var noise = seed
        return Tensor(
            shape: shape,
            values: (0..<shape.reduce(1, *)).map { _ in
                noise = noise &* 1_664_525 &+ 1_013_904_223
                return factor * (Float(noise >> 8) / 8_388_608 - 1)
            })
    }

    @Test func blockByItsDefinition() {
        let (channels, hidden, rows, columns) = (19, 21, 7, 53)
        let spatial = Self.random([channels, 1, 5, 5], 1)
        let (widen, narrow) = (Self.random([hidden, channels], 2), Self.random([channels, hidden], 3, by: 0.3))
        let (a, b, c) = (Self.random([channels], 4), Self.random([hidden], 5), Self.random([channels], 6))
        let block = DepthwiseResidualBlock(
            spatial: (spatial, a.values), widen: (widen, b.values), narrow: (narrow, c.values))
        let x = Self.random([channels, rows, columns], 7)
        let y = block(FeatureMap(x)).tensor
        var worst = 0.0
        for row in 0..<rows {
            for column in 0..<columns {
                let filtered = (0..<channels).map { channel -> Double in
                    var sum = Double(a.values[channel])
                    for i in 0..<5 {
                        for j in 0..<5 {
                            let (r, s) = (row + i - 2, column + j - 2)
                            guard (0..<rows).contains(r), (0..<columns).contains(s) else { continue }
                            sum +=
                                Double(spatial.values[25 * channel + 5 * i + j])
                                * Double(x.values[(channel * rows + r) * columns + s])
                        }
                    }
                    return sum
                }
                let wide = (0..<hidden).map { h -> Double in
                    let sum = filtered.indices.reduce(Double(b.values[h])) {
                        $0 + Double(widen.values[h * channels + $1]) * filtered[$1]
                    }
                    return sum / 2 * (1 + erf(sum / 2.0.squareRoot()))
                }
                for channel in 0..<channels {
                    let place = (channel * rows + row) * columns + column
                    let sum = wide.indices.reduce(Double(c.values[channel]) + Double(x.values[place])) {
                        $0 + Double(narrow.values[channel * hidden + $1]) * wide[$1]
                    }
                    worst = max(worst, abs(sum - Double(y.values[place])))
                }
            }
        }
        #expect(worst < 1e-5, "off by \(worst)")
        // Some pixels alone: the same numbers.
        let values = (0..<rows * columns).map { $0 % 17 == 3 || $0 > 330 }
        let part = block(FeatureMap(x), pixels: Region(height: rows, width: columns, values: values)).tensor
        let different = values.indices.filter { pixel in
            values[pixel]
                && (0..<channels).contains {
                    part.values[$0 * values.count + pixel] != y.values[$0 * values.count + pixel]
                }
        }
        #expect(different.isEmpty)
    }

    /// Kernels of several reaches, bands of any height and of changing ones, results one by one and in pairs.
    @Test(arguments: [[1], [2], [3, 1, 5], [22], [1, 1, 20]], [1, 2])
    func bandsOneAfterTheOther(heights: [Int], multiple: Int) {
        let (channels, rows, columns) = (19, 22, 13)
        let blocks = [5, 3, 7].map { (kernel: Int) in
            let seed = UInt32(kernel)
            return DepthwiseResidualBlock(
                spatial: (Self.random([channels, 1, kernel, kernel], seed), Self.random([channels], seed + 1).values),
                widen: (Self.random([30, channels], seed + 2), Self.random([30], seed + 3).values),
                narrow: (Self.random([channels, 30], seed + 4, by: 0.3), Self.random([channels], seed + 5).values))
        }
        let x = FeatureMap(Self.random([channels, rows, columns], 7))
        let whole = blocks.reduce(x) { $1($0) }.pixelMajor
        let rolling = RollingBlocks(blocks, rows: rows, multiple: multiple)
        var (found, row, turn) = ([Float](), 0, 0)
        while row < rows {
            let height = min(heights[turn % heights.count], rows - row)
            let band = FeatureMap(rows: height, columns: columns, channels: channels) { values in
                x.withValues { values.update(from: $0 + row * columns * x.pitch, count: height * columns * x.pitch) }
            }
            if let part = rolling(band) {
                #expect(part.rows % multiple == 0)
                found += part.pixelMajor
            }
            (row, turn) = (row + height, turn + 1)
        }
        #expect(found == whole)
        #expect(rolling(nil).map { _ in } == nil)
    }

    @Test func memoryOfGoneMapsIsTakenOver() {
        let memory = KeptMemory()
        let bytes = 2 * KeptMemory.least
        let (first, small) = (memory.piece(bytes: bytes), memory.piece(bytes: 100))
        // Nobody reuses: given back is gone.
        memory.giveBack(small)
        memory.reusing {
            memory.giveBack(first)
            let again = memory.piece(bytes: bytes - 4)
            #expect(again.address == first.address && again.bytes == bytes)
            memory.giveBack(again)
            // Another size: what was kept is gone first.
            let other = memory.piece(bytes: 2 * bytes)
            #expect(other.bytes == 2 * bytes)
            memory.giveBack(other)
        }
    }

    @Test func squaresGoApartAndTogetherAgain() {
        let (side, channels) = (2, 5)
        let numbers = side * side * channels
        var unit = Tensor(shape: [numbers, numbers])
        for i in 0..<numbers { unit.values[i * numbers + i] = 1 }
        let zeros = [Float](repeating: 0, count: numbers)
        let x = Self.random([channels, 6, 10], 9)
        let apart = SquareProjection(.apart, side: side, weight: unit, bias: zeros)(FeatureMap(x))
        #expect((apart.rows, apart.columns, apart.channels) == (3, 5, numbers))
        // Row by row of the square, channels side by side.
        #expect(apart.pixelMajor[numbers * 5 + 13] == x.values[(3 * 6 + 3) * 10 + 0])
        let joined = SquareProjection(.joining, side: side, weight: unit, bias: zeros)(apart)
        #expect(joined.tensor == x)
        #expect(
            SquareProjection(.joining, side: side, weight: unit, bias: zeros)(apart, dense: true).pixelMajor
                == joined.pixelMajor)
    }
}
