import CKernels
import Neural

/// The first layer of an analysis or a classifier: k×k, stride 2, on pictures of three channels, its activation fused.
///
/// With so few inputs no tile's transformation would pay. A row of the kernel reads 3k numbers that lie together; the
/// product's left side is the picture itself, k such rows for each result.
public struct PictureConvolution: Sendable {
    public let outputs: Int
    /// k, odd.
    public let kernel: Int
    public let padding: ConvolutionPadding
    public let activation: PixelActivation
    private let bias: [Float]
    /// (k·3k × outputs).
    private let weights: [Float]

    /// Results of a row that one thread computes at a time.
    private static let run = 72

    /// Whether a kernel's rows fit the product's inner loop.
    public static func takes(kernel: Int) -> Bool { kernel % 2 == 1 && 3 * kernel * kernel <= PanelWeights.depth }

    /// - Parameter weight: (outputs, 3, k, k).
    public init(
        weight: Tensor, bias: [Float], padding: ConvolutionPadding = .centred, activation: PixelActivation = .none
    ) {
        precondition(
            weight.shape.count == 4 && weight.shape[1] == 3 && weight.shape[2] == weight.shape[3]
                && Self.takes(kernel: weight.shape[2]), "the weights of a picture's convolution are \(weight.shape)")
        precondition(bias.count == weight.shape[0], "a convolution has one bias for each output channel")
        outputs = bias.count
        let kernel = weight.shape[2]
        self.kernel = kernel
        self.padding = padding
        self.activation = activation
        self.bias = bias + [Float](repeating: 0, count: FeatureMap.padded(outputs) - outputs)
        weights = PanelWeights.pack(inner: 3 * kernel * kernel, columns: outputs) { k, output in
            weight.values[(output * 3 + k % 3) * kernel * kernel + k / 3]
        }
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
        let top = padding.before(extent: x.rows, kernel: kernel, stride: 2)
        let reach = padding.before(extent: x.columns, kernel: kernel, stride: 2)
        let width = 3 * (2 * step + kernel - 2)
        let size = kernel * width + FeatureMap.lanes
        let memory = (0..<ComputeThreads.count).map { _ in Scratch(count: size + activation.scratch(pitch: y.pitch)) }
        let source = x.window
        parallelFor(rows.count * pieces) { worker, index in
            let row = rows.lowerBound + index / pieces
            let left = index % pieces * step
            let count = min(step, y.columns - left)
            guard count > 0 else { return }
            let patch = memory[worker].floats
            for ky in 0..<kernel {
                let line = patch + ky * width
                let from = 2 * row - top + ky
                let first = max(0, 2 * left - reach)
                let last = min(x.columns, 2 * (left + count) - reach + kernel - 2)
                guard from >= 0, from < x.rows, last > first else {
                    line.update(repeating: 0, count: width)
                    continue
                }
                let before = 3 * (first - (2 * left - reach))
                let inside = 3 * (last - first)
                line.update(repeating: 0, count: before)
                (line + before).update(from: source.pixel(from, first), count: inside)
                (line + before + inside).update(repeating: 0, count: width - before - inside)
            }
            let target = y.pixel(row, left)
            ckernels_row_product(
                count, y.pitch / PanelWeights.lanes, kernel, 3 * kernel, patch, 6, width, weights, bias, nil, 0, nil,
                target, y.pitch
            )
            activation.apply(target, pixels: count, pitch: y.pitch, scratch: patch + size)
        }
    }
}
