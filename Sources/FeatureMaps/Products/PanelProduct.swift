import CKernels
import Neural

/// A product of pixels' channels with a matrix, with a bias: what pointwise layers and projections of squares compute.
struct PanelProduct: Sendable {
    let inputs: Int
    let outputs: Int
    private let bias: [Float]
    private let weights: [Float]

    /// Pixels handed over at a time, a whole number of the product's groups of rows.
    static let run = 48

    private var pitchOut: Int { FeatureMap.padded(outputs) }

    /// - Parameters:
    ///   - weight: (outputs, inputs).
    ///   - bias: of each output.
    init(weight: Tensor, bias: [Float]) {
        precondition(
            weight.shape.count == 2 && bias.count == weight.shape[0],
            "a product of \(weight.shape) with \(bias.count) biases")
        (outputs, inputs) = (weight.shape[0], weight.shape[1])
        let (inputs, outputs) = (inputs, outputs)
        self.bias = bias + [Float](repeating: 0, count: FeatureMap.padded(outputs) - outputs)
        weights = weight.values.withUnsafeBufferPointer { values in
            PanelWeights.pack(inner: inputs, columns: outputs) { values[$1 * inputs + $0] }
        }
    }

    /// `count` pixels, `step` apart, become `count` pixels of ``outputs``, padded with zeros. Unsafe since it is the
    /// inner loop of layers that hand over pieces of maps and scratch memory.
    func callAsFunction(_ count: Int, from x: UnsafePointer<Float>, step: Int, to y: UnsafeMutablePointer<Float>) {
        weights.withUnsafeBufferPointer { weights in
            bias.withUnsafeBufferPointer { bias in
                ckernels_row_product(
                    count, pitchOut / PanelWeights.lanes, 1, inputs, x, step, 0, weights.baseAddress!,
                    bias.baseAddress!, nil, 0, nil, y, pitchOut)
            }
        }
    }

    /// The same, added to `addend`'s pixels, which lie as the results do.
    func callAsFunction(
        _ count: Int, from x: UnsafePointer<Float>, step: Int, adding addend: UnsafePointer<Float>,
        to y: UnsafeMutablePointer<Float>
    ) {
        let pitch = pitchOut
        weights.withUnsafeBufferPointer { weights in
            bias.withUnsafeBufferPointer { bias in
                ckernels_row_product(
                    count, pitch / PanelWeights.lanes, 1, inputs, x, step, 0, weights.baseAddress!,
                    bias.baseAddress!, addend, pitch, nil, y, pitch)
            }
        }
    }
}

/// Pixels side by side in one row of a map.
struct PixelRun: Sendable {
    let row: Int
    let column: Int
    let count: Int

    /// All pixels of a map, or those that hold some of the given ones, in runs of at most `length`.
    static func covering(rows: Int, columns: Int, pixels: Region?, length: Int = PanelProduct.run) -> [PixelRun] {
        precondition(
            pixels.map { $0.height == rows && $0.width == columns } ?? true, "a region of another size than the map")
        // Pieces of about equal length, a whole number of six where it can be.
        let pieces = (columns + length - 1) / length
        let step = ((columns + pieces - 1) / pieces + 5) / 6 * 6
        var result: [PixelRun] = []
        for row in 0..<rows {
            for column in stride(from: 0, to: columns, by: step) {
                let count = min(step, columns - column)
                guard let pixels else {
                    result.append(PixelRun(row: row, column: column, count: count))
                    continue
                }
                let wanted = pixels.values[row * columns + column..<row * columns + column + count]
                guard let first = wanted.firstIndex(of: true), let last = wanted.lastIndex(of: true) else { continue }
                result.append(PixelRun(row: row, column: first - row * columns, count: last - first + 1))
            }
        }
        return result
    }
}
