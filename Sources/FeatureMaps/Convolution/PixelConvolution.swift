import CKernels
import Neural

/// A convolution of feature maps by its definition, its activation fused: 1×1 kernels, and larger ones with a stride,
/// where ``WinogradConvolution`` has nothing to save.
///
/// For each tap of the kernel the pixels it meets are the rows of a product's left side: where they lie, or gathered
/// where they do not follow each other, so that pieces reach over lines of the map and weights are read as seldom as
/// can be. A sum's order of addition depends neither on the piece it falls into nor on the thread.
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
    /// Results that one thread computes at a time, a whole number of a product's groups of rows.
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
        precondition(activation.bounds != nil, "only clamps are fused here")
        return FeatureMap(rows: rows, columns: columns, channels: outputs) { values in
            let (pixels, groups) = (rows * columns, (pitchOut + Self.group - 1) / Self.group)
            // Each piece reads a group's weights once: as few as threads can share evenly.
            let threads = ComputeThreads.count
            var pieces = (pixels + Self.run - 1) / Self.run
            while pieces * groups < 8 * threads, pieces * groups % threads > 0 { pieces += 1 }
            let step = (pixels + pieces - 1) / pieces
            let memory = (0..<min(threads, pieces * groups)).map { _ in Scratch(count: isFlat ? 0 : step * pitchIn) }
            nonisolated(unsafe) let values = values  // every piece writes pixels and channels of its own
            parallelFor(pieces * groups) { worker, index in
                let (group, first) = (index % groups * Self.group, index / groups * step)
                guard first < pixels else { return }
                compute(
                    first..<min(first + step, pixels), group: group, width: min(Self.group, pitchOut - group),
                    columns: columns, from: x.window, adding: addend?.window.values, to: values,
                    gathered: memory[worker].floats)
            }
        }
    }

    /// Without kernel and stride the map is one long row.
    private var isFlat: Bool { kernel == 1 && stride == 1 }

    /// `width` channels of some pixels of the result.
    private func compute(
        _ pixels: Range<Int>, group: Int, width: Int, columns: Int, from x: MapWindow,
        adding addend: UnsafePointer<Float>?, to values: UnsafeMutablePointer<Float>,
        gathered: UnsafeMutablePointer<Float>
    ) {
        let taps = kernel * kernel
        let place = pixels.lowerBound * pitchOut + group
        let (lower, upper) = activation.bounds ?? (-.infinity, .infinity)
        let isBounded = lower > -.infinity
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 2) { bounds in
            (bounds[0], bounds[1]) = (lower, upper)
            bias.withUnsafeBufferPointer { bias in
                weights.withUnsafeBufferPointer { weights in
                    for tap in 0..<taps {
                        if !isFlat { gather(tap, of: pixels, columns: columns, from: x, into: gathered) }
                        ckernels_row_product(
                            pixels.count, width / PanelWeights.lanes, 1, pitchIn,
                            isFlat ? x.values + pixels.lowerBound * pitchIn : gathered, pitchIn, 0,
                            weights.baseAddress! + (group * taps + tap * width) * pitchIn,
                            tap == 0 ? bias.baseAddress! + group : nil,
                            tap == 0 ? addend.map { $0 + place } : nil, pitchOut,
                            tap == taps - 1 && isBounded ? bounds.baseAddress! : nil, values + place, pitchOut)
                    }
                }
            }
        }
    }

    /// The pixels that one tap of the kernel meets, side by side; zeros beyond the edges.
    private func gather(
        _ tap: Int, of pixels: Range<Int>, columns: Int, from x: MapWindow, into target: UnsafeMutablePointer<Float>
    ) {
        var next = target
        for pixel in pixels {
            let row = pixel / columns * stride + tap / kernel - kernel / 2
            let column = pixel % columns * stride + tap % kernel - kernel / 2
            if row >= 0, row < x.rows, column >= 0, column < x.columns {
                next.update(from: x.pixel(row, column), count: pitchIn)
            } else {
                next.update(repeating: 0, count: pitchIn)
            }
            next += pitchIn
        }
    }
}
