import Foundation

/// Which weights a pixel of the smaller or larger picture takes from its neighbourhood.
public enum ResamplingFilter: Sendable {
    /// A triangle of two pixels' width.
    case bilinear
    /// Keys' cubic with a = −1/2, four pixels wide.
    case bicubic
    /// A sinc windowed by a wider sinc, six pixels wide.
    case lanczos

    var support: Double {
        switch self {
        case .bilinear: 1
        case .bicubic: 2
        case .lanczos: 3
        }
    }

    func weight(_ x: Double) -> Double {
        switch self {
        case .bilinear: return max(0, 1 - abs(x))
        case .bicubic:
            let x = abs(x)
            if x < 1 { return (1.5 * x - 2.5) * x * x + 1 }
            return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0
        case .lanczos:
            guard x != 0 else { return 1 }
            guard abs(x) < 3 else { return 0 }
            let angle = x * .pi
            return sin(angle) / angle * sin(angle / 3) / (angle / 3)
        }
    }
}

/// For each output position, the first input position it takes from and the weights of that one and those after it.
///
/// When a picture shrinks, the filter widens with it (antialiasing). Weights are normalised in double precision, then
/// rounded to 22 fractional bits: the arithmetic that Pillow does, so that results agree to the last bit.
struct ResamplingWeights {
    static let fractionBits = 22
    var first: [Int] = []
    var weights: [[Int32]] = []

    init(from input: Int, to output: Int, filter: ResamplingFilter) {
        let scale = Double(input) / Double(output)
        let stretch = max(scale, 1)
        let support = filter.support * stretch
        for position in 0..<output {
            let centre = (Double(position) + 0.5) * scale
            let low = max(0, Int(centre - support + 0.5))
            let high = min(input, Int(centre + support + 0.5))
            let raw = (low..<high).map { filter.weight((Double($0) - centre + 0.5) * (1 / stretch)) }
            let sum = raw.reduce(0, +)
            first.append(low)
            weights.append(
                raw.map {
                    let weight = (sum == 0 ? $0 : $0 / sum) * Double(1 << Self.fractionBits)
                    return Int32(weight < 0 ? weight - 0.5 : weight + 0.5)
                })
        }
    }

    @inline(__always) static func clamped(_ sum: Int32) -> UInt8 { UInt8(max(0, min(255, sum >> Int32(fractionBits)))) }
}

extension Image {
    /// The picture at another size, antialiased when it shrinks, to the bit as Pillow's `resize`: rows first, rounded
    /// to eight bits, then columns.
    public func resized(width newWidth: Int, height newHeight: Int, filter: ResamplingFilter = .bilinear) -> Image {
        precondition(newWidth > 0 && newHeight > 0, "a picture has at least one pixel")
        var result = self
        if newWidth != width {
            result = result.resampledRows(ResamplingWeights(from: width, to: newWidth, filter: filter))
        }
        if newHeight != height {
            result = result.resampledColumns(ResamplingWeights(from: height, to: newHeight, filter: filter))
        }
        return result
    }

    /// The picture scaled so that its shorter side has `length` pixels, as torchvision's `Resize(length)`.
    public func resized(shorterSide length: Int, filter: ResamplingFilter = .bilinear) -> Image {
        let (newWidth, newHeight) =
            width <= height
            ? (length, Int(Double(length) * Double(height) / Double(width)))
            : (Int(Double(length) * Double(width) / Double(height)), length)
        return resized(width: max(1, newWidth), height: max(1, newHeight), filter: filter)
    }

    private static let half: Int32 = 1 << Int32(ResamplingWeights.fractionBits - 1)

    private func resampledRows(_ table: ResamplingWeights) -> Image {
        let newWidth = table.first.count
        var result = [UInt8](repeating: 0, count: 3 * newWidth * height)
        pixels.withUnsafeBufferPointer { source in
            result.withUnsafeMutableBufferPointer { target in
                for x in 0..<newWidth {
                    table.weights[x].withUnsafeBufferPointer { weights in
                        for y in 0..<height {
                            var from = 3 * (y * width + table.first[x])
                            var (r, g, b) = (Self.half, Self.half, Self.half)
                            for weight in weights {
                                r &+= weight &* Int32(source[from])
                                g &+= weight &* Int32(source[from + 1])
                                b &+= weight &* Int32(source[from + 2])
                                from += 3
                            }
                            let to = 3 * (y * newWidth + x)
                            target[to] = ResamplingWeights.clamped(r)
                            target[to + 1] = ResamplingWeights.clamped(g)
                            target[to + 2] = ResamplingWeights.clamped(b)
                        }
                    }
                }
            }
        }
        return Image(width: newWidth, height: height, pixels: result)
    }

    private func resampledColumns(_ table: ResamplingWeights) -> Image {
        let newHeight = table.first.count
        let stride = 3 * width
        var result = [UInt8](repeating: 0, count: stride * newHeight)
        var sums = [Int32](repeating: 0, count: stride)
        pixels.withUnsafeBufferPointer { source in
            result.withUnsafeMutableBufferPointer { target in
                sums.withUnsafeMutableBufferPointer { sums in
                    for y in 0..<newHeight {
                        sums.update(repeating: Self.half)
                        for (offset, weight) in table.weights[y].enumerated() {
                            let from = (table.first[y] + offset) * stride
                            for i in 0..<stride { sums[i] &+= weight &* Int32(source[from + i]) }
                        }
                        for i in 0..<stride { target[y * stride + i] = ResamplingWeights.clamped(sums[i]) }
                    }
                }
            }
        }
        return Image(width: width, height: newHeight, pixels: result)
    }
}

extension Plane {
    /// The matrix at another size by bilinear interpolation between cell centres, edges clamped, without antialiasing:
    /// `torch.nn.functional.interpolate(mode="bilinear", align_corners=False)`.
    public func resized(width newWidth: Int, height newHeight: Int) -> Plane {
        precondition(newWidth > 0 && newHeight > 0, "a matrix has at least one entry")
        func positions(_ input: Int, _ output: Int) -> [(low: Int, high: Int, fraction: Float)] {
            let scale = Float(input) / Float(output)
            return (0..<output).map {
                let place = max(0, scale * (Float($0) + 0.5) - 0.5)
                let low = min(Int(place), input - 1)
                return (low, min(low + 1, input - 1), place - Float(low))
            }
        }
        let rows = positions(height, newHeight)
        let columns = positions(width, newWidth)
        var result = Plane(width: newWidth, height: newHeight)
        for (y, row) in rows.enumerated() {
            for (x, column) in columns.enumerated() {
                let top =
                    self[row.low, column.low] * (1 - column.fraction) + self[row.low, column.high] * column.fraction
                let bottom =
                    self[row.high, column.low] * (1 - column.fraction) + self[row.high, column.high] * column.fraction
                result[y, x] = top * (1 - row.fraction) + bottom * row.fraction
            }
        }
        return result
    }
}

extension Plane {
    /// A matrix of cells at picture size, by bilinear interpolation between the cells' centres: cell (i, j) covers the
    /// pixels from (cell·i, cell·j) on, so that cells beyond the picture do not squeeze those within.
    public func spread(cell: Int, width newWidth: Int, height newHeight: Int) -> Plane {
        let large = resized(width: width * cell, height: height * cell)
        guard large.width != newWidth || large.height != newHeight else { return large }
        var result = Plane(width: newWidth, height: newHeight)
        for y in 0..<newHeight {
            for x in 0..<newWidth { result[y, x] = large[min(y, large.height - 1), min(x, large.width - 1)] }
        }
        return result
    }
}
