import Determinism
import Foundation
import Imaging

/// The squares of a picture that texture is copied between: known ones, and those with something unknown.
struct TextureSquares {
    struct Corner {
        var x: Int
        var y: Int
    }

    /// Pixels a side, and from one square to the next that is filled: cosine windows overlap by half.
    static let (side, step) = (32, 16)
    /// Pixels from one known square to the next; wider where there would be more than `mostSources`.
    private static let (sourceStep, mostSources) = (8, 4096)
    /// Squares most alike, of which one is drawn.
    private static let candidates = 4
    /// What a distance of one side weighs against squared grey levels: near squares are of the same thing.
    private static let nearness: Float = 0.6

    let (width, height): (Int, Int)
    let sources: [Corner]
    let targets: [Corner]

    /// - Returns: nil where fewer squares than `candidates` are known.
    init?(known mask: Mask) {
        (width, height) = (mask.width, mask.height)
        guard width >= Self.side, height >= Self.side else { return nil }
        let sums = Self.summed(mask)
        let stride = mask.width + 1
        func isKnown(_ x: Int, _ y: Int) -> Bool {
            let (top, bottom) = (y * stride + x, (y + Self.side) * stride + x)
            return sums[bottom + Self.side] - sums[bottom] - sums[top + Self.side] + sums[top] == Self.side * Self.side
        }
        func corners(_ step: Int, whole: Bool) -> [Corner] {
            let columns = Self.starts(mask.width, step), rows = Self.starts(mask.height, step)
            return rows.flatMap { y in columns.filter { isKnown($0, y) == whole }.map { Corner(x: $0, y: y) } }
        }
        var step = Self.sourceStep
        while (mask.width / step + 1) * (mask.height / step + 1) > 4 * Self.mostSources { step *= 2 }
        sources = corners(step, whole: true)
        targets = corners(Self.step, whole: false)
        guard sources.count >= Self.candidates else { return nil }
    }

    /// Every `step` pixels, and flush with the far edge.
    private static func starts(_ length: Int, _ step: Int) -> [Int] {
        let last = length - side
        let all = Array(Swift.stride(from: 0, through: last, by: step))
        return all.last == last ? all : all + [last]
    }

    /// Known pixels above and to the left, (height + 1) × (width + 1).
    private static func summed(_ mask: Mask) -> [Int] {
        let stride = mask.width + 1
        var sums = [Int](repeating: 0, count: stride * (mask.height + 1))
        for y in 0..<mask.height {
            var row = 0
            for x in 0..<mask.width {
                row += mask.values[y * mask.width + x] ? 1 : 0
                sums[(y + 1) * stride + x + 1] = sums[y * stride + x + 1] + row
            }
        }
        return sums
    }

    /// For each target the known square to copy from: one of those whose quarters' mean colours are most alike.
    ///
    /// - Parameter coarse: three planes, row by row.
    func matches(coarse: [[Float]], stream: RandomStream) -> [Corner] {
        let known = sources.map { appearance($0, coarse) }
        var random = stream
        let draws = targets.map { _ in Int(random.uniform() * Double(Self.candidates)) }
        return zip(targets, draws).map { target, draw in
            sources[nearest(to: target, appearance(target, coarse), known: known)[draw]]
        }
    }

    /// The sources most alike, nearest first.
    private func nearest(to target: Corner, _ wanted: SIMD16<Float>, known: [SIMD16<Float>]) -> [Int] {
        let scale = Self.nearness / Float(Self.side * Self.side)
        var best = [Int](repeating: 0, count: Self.candidates)
        var distances = [Float](repeating: .infinity, count: Self.candidates)
        for (source, corner) in sources.enumerated() {
            let (dx, dy) = (Float(corner.x - target.x), Float(corner.y - target.y))
            let difference = known[source] - wanted
            let distance = (difference * difference).sum() / 12 + scale * (dx * dx + dy * dy)
            guard distance < distances[Self.candidates - 1] else { continue }
            var place = Self.candidates - 1
            while place > 0, distances[place - 1] > distance {
                (best[place], distances[place]) = (best[place - 1], distances[place - 1])
                place -= 1
            }
            (best[place], distances[place]) = (source, distance)
        }
        return best
    }

    /// Mean colours of a square's four quarters; the last four numbers are zero.
    private func appearance(_ corner: Corner, _ coarse: [[Float]]) -> SIMD16<Float> {
        let half = Self.side / 2
        var result = SIMD16<Float>()
        for (channel, plane) in coarse.enumerated() {
            for quarter in 0..<4 {
                let (left, top) = (corner.x + quarter % 2 * half, corner.y + quarter / 2 * half)
                var sum: Float = 0
                for y in top..<top + half {
                    for x in left..<left + half { sum += plane[y * width + x] }
                }
                result[4 * channel + quarter] = sum / Float(half * half)
            }
        }
        return result
    }

    /// The sources' squares laid at the targets' places under cosine windows; where uncorrelated squares overlap, the
    /// variance stays theirs.
    func overlapped(_ detail: [Float], from sources: [Corner]) -> [Float] {
        let side = Self.side
        let window = (0..<side).map { sin(.pi * (Float($0) + 0.5) / Float(side)) }
        var sum = [Float](repeating: 0, count: width * height)
        var squares = sum
        for (target, source) in zip(targets, sources) {
            for y in 0..<side {
                let (to, from) = ((target.y + y) * width + target.x, (source.y + y) * width + source.x)
                for x in 0..<side {
                    let weight = window[y] * window[x]
                    sum[to + x] += weight * detail[from + x]
                    squares[to + x] += weight * weight
                }
            }
        }
        return sum.indices.map { squares[$0] > 0 ? sum[$0] / squares[$0].squareRoot() : 0 }
    }
}
