import CKernels
import Neural

/// A convolution of feature maps by its definition, its activation fused: 1×1 kernels, and larger ones with a stride, where
/// ``MinimalFilter`` has nothing to save.
///
/// For each tap of the kernel the pixels it meets are the rows of a product's left side where they lie; nothing is copied
/// but, for larger kernels, the map with its border of zeros. A sum's order of addition depends neither on the piece it
/// falls into nor on the thread.
public struct PixelConvolution: Sendable {
    public let inputs: Int
    public let outputs: Int
    public let kernel: Int
    public let stride: Int
    public let activation: PixelActivation
    private let bias: [Float]
    /// Groups of columns; within a group the taps, each (inputs × the group's columns) in panels.
    private let weights: [Float]

    /// Columns whose weights one thread runs through together: of a block of inputs they stay in the second cache.
    private static let group = 256
    /// Results of a row that one thread computes at a time, a whole number of a product's groups of rows.
    private static let run = 96

    private var pitchIn: Int { FeatureMap.padded(inputs) }
    private var pitchOut: Int { FeatureMap.padded(outputs) }

    /// - Parameter weight: (outputs, inputs, k, k), k odd; the padding is ⌊k/2⌋.
    public init(weight: Tensor, bias: [Float], stride: Int = 1, activation: PixelActivation = .none) {
        precondition(
            weight.shape.count == 4 && weight.shape[2] == weight.shape[3] && weight.shape[2] % 2 == 1,
            "weights \(weight.shape)")
        precondition(bias.count == weight.shape[0], "a convolution has one bias for each output channel")
        (outputs, inputs, kernel) = (weight.shape[0], weight.shape[1], weight.shape[2])
        self.stride = stride
        self.activation = activation
        let (inputs, outputs, taps) = (inputs, outputs, kernel * kernel)
        let (pitchIn, pitchOut) = (FeatureMap.padded(inputs), FeatureMap.padded(outputs))
        self.bias = bias + [Float](repeating: 0, count: pitchOut - outputs)
        var packed = [Float](repeating: 0, count: taps * pitchIn * pitchOut)
        packed.withUnsafeMutableBufferPointer { packed in
            weight.values.withUnsafeBufferPointer { values in
                for output in 0..<outputs {
                    let first = output / Self.group * Self.group
                    let columns = min(Self.group, pitchOut - first)
                    for input in 0..<inputs {
                        let place = PanelWeights.index(input, output - first, inner: pitchIn, columns: columns)
                        for tap in 0..<taps {
                            packed[(first * taps + tap * columns) * pitchIn + place] =
                                values[(output * inputs + input) * taps + tap]
                        }
                    }
                }
            }
        }
        weights = packed
    }

    public func outputExtent(_ extent: Int) -> Int { (extent + stride - 1) / stride }

    /// - Parameters:
    ///   - x: of ``inputs`` channels.
    ///   - addend: a map of the result's shape, added before the activation.
    public func callAsFunction(_ x: FeatureMap, adding addend: FeatureMap? = nil) -> FeatureMap {
        precondition(x.channels == inputs, "a convolution of \(inputs) channels applied to \(x.channels)")
        let (rows, columns) = (outputExtent(x.rows), outputExtent(x.columns))
        precondition(
            addend.map { $0.rows == rows && $0.columns == columns && $0.channels == outputs } ?? true,
            "what is added is not of the result's shape")
        let border = kernel > 1 ? x.bordered(by: kernel / 2) : x
        return FeatureMap(rows: rows, columns: columns, channels: outputs) { values in
            // Without kernel and stride the map is one long row.
            let isFlat = kernel == 1 && stride == 1
            let (lines, length) = isFlat ? (1, rows * columns) : (rows, columns)
            let pieces = (length + Self.run - 1) / Self.run
            let groups = (pitchOut + Self.group - 1) / Self.group
            precondition(activation.bounds != nil, "only clamps are fused here")
            nonisolated(unsafe) let values = values  // every piece writes pixels and channels of its own
            parallelFor(lines * pieces * groups) { _, index in
                let (group, piece) = (index % groups, index / groups)
                let (line, first) = (piece / pieces, piece % pieces * Self.run)
                let count = min(Self.run, length - first)
                let from = group * Self.group
                let width = min(Self.group, pitchOut - from)
                let target = values + (line * length + first) * pitchOut + from
                compute(
                    count, group: from, width: width,
                    from: border.window.values + (line * stride * border.columns + first * stride) * pitchIn,
                    rowStep: border.columns * pitchIn,
                    addend: addend.map { UnsafePointer($0.window.values) + (line * length + first) * pitchOut + from },
                    to: target)
            }
        }
    }

    /// `count` results in a row, `width` channels of each.
    private func compute(
        _ count: Int, group: Int, width: Int, from source: UnsafePointer<Float>, rowStep: Int,
        addend: UnsafePointer<Float>?,
        to target: UnsafeMutablePointer<Float>
    ) {
        let taps = kernel * kernel
        bias.withUnsafeBufferPointer { bias in
            if let addend {
                for i in 0..<count {
                    let (sum, other) = (target + i * pitchOut, addend + i * pitchOut)
                    for j in 0..<width { sum[j] = other[j] + bias[group + j] }
                }
            }
            weights.withUnsafeBufferPointer { weights in
                for tap in 0..<taps {
                    ckernels_row_product(
                        count, width / PanelWeights.lanes, 1, pitchIn,
                        source + tap / kernel * rowStep + tap % kernel * pitchIn, stride * pitchIn, 0,
                        weights.baseAddress! + (group * taps + tap * width) * pitchIn,
                        tap == 0 && addend == nil ? bias.baseAddress! + group : nil, target, pitchOut)
                }
            }
        }
        guard let (lower, upper) = activation.bounds, lower > -.infinity else { return }
        ckernels_clamp(count, width, lower, upper, target, pitchOut)
    }
}
