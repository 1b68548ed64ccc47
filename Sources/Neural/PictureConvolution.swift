import CKernels

/// The first layer of an analysis: 5×5, stride 2, padding 2, on pictures of three channels, its activation fused.
///
/// With so few inputs no tile's transformation would pay. A row of the kernel reads 15 numbers that lie together; the
/// product's left side is the picture itself, five such rows for each result.
public struct PictureConvolution: Sendable {
    public let outputs: Int
    public let activation: PixelActivation
    private let bias: [Float]
    /// (5·15 × outputs).
    private let weights: [Float]

    /// Results of a row that one thread computes at a time.
    private static let run = 72

    /// - Parameter weight: (outputs, 3, 5, 5).
    public init(weight: Tensor, bias: [Float], activation: PixelActivation = .none) {
        precondition(weight.shape.count == 4 && Array(weight.shape[1...]) == [3, 5, 5], "the weights of a picture's convolution are \(weight.shape)")
        precondition(bias.count == weight.shape[0], "a convolution has one bias for each output channel")
        outputs = bias.count
        self.activation = activation
        self.bias = bias + [Float](repeating: 0, count: FeatureMap.padded(outputs) - outputs)
        weights = PanelWeights.pack(inner: 75, columns: outputs) { k, output in weight.values[(output * 3 + k % 3) * 25 + k / 3] }
    }

    /// - Parameter x: three channels, dense.
    public func callAsFunction(_ x: FeatureMap) -> FeatureMap {
        let (rows, columns) = ((x.rows + 1) / 2, (x.columns + 1) / 2)
        return FeatureMap(rows: rows, columns: columns, channels: outputs) { values in
            let pitch = FeatureMap.padded(outputs)
            run(0..<rows, of: x, to: MapWindow(values: values, firstRow: 0, rows: rows, columns: columns, pitch: pitch))
        }
    }

    /// Computes some rows of `y`.
    func run(_ rows: Range<Int>, of x: FeatureMap, to y: MapWindow) {
        precondition(x.channels == 3 && x.pitch == 3, "a picture has three channels")
        let pieces = (y.columns + Self.run - 1) / Self.run
        let step = (y.columns + pieces - 1) / pieces
        let width = 3 * (2 * step + 3)
        let size = 5 * width + FeatureMap.lanes
        let memory = (0..<ComputeThreads.count).map { _ in Scratch(count: size + activation.scratch(pitch: y.pitch)) }
        let source = x.window
        parallelFor(rows.count * pieces) { worker, index in
            let row = rows.lowerBound + index / pieces
            let left = index % pieces * step
            let count = min(step, y.columns - left)
            guard count > 0 else { return }
            let patch = memory[worker].floats
            for ky in 0..<5 {
                let line = patch + ky * width
                let from = 2 * row - 2 + ky
                let first = max(0, 2 * left - 2)
                let last = min(x.columns, 2 * (left + count) + 1)
                guard from >= 0, from < x.rows, last > first else { line.update(repeating: 0, count: width); continue }
                let before = 3 * (first - (2 * left - 2))
                let inside = 3 * (last - first)
                line.update(repeating: 0, count: before)
                (line + before).update(from: source.pixel(from, first), count: inside)
                (line + before + inside).update(repeating: 0, count: width - before - inside)
            }
            let target = y.pixel(row, left)
            ckernels_row_product(count, y.pitch / PanelWeights.lanes, 5, 15, patch, 6, width, weights, bias, target, y.pitch)
            activation.apply(target, pixels: count, pitch: y.pitch, scratch: patch + size)
        }
    }
}
