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
