import CKernels
import Neural

/// A convolution of each channel by itself, its activation fused: k×k taps, k odd, stride 1 or 2.
///
/// ```
/// (H, W, C) ─ k×k a channel ─► (⌈H/s⌉, ⌈W/s⌉, C)
/// ```
/// Taps that reach beyond the map are left out of the sum, so nothing is copied into a border of zeros. A sum's order
/// of addition depends neither on the piece a pixel falls into nor on the thread.
public struct DepthwiseConvolution: Sendable {
    public let channels: Int
    public let kernel: Int
    public let stride: Int
    public let padding: ConvolutionPadding
    public let activation: PixelActivation
    private let bias: [Float]
    /// (k·k × pitch): what one tap has for all channels lies together.
    private let weights: [Float]

    /// Channels that one thread runs through at a time: of a few rows they stay in the nearest cache.
    private static let group = 128

    /// - Parameters:
    ///   - weight: (channels, 1, k, k), k odd and at most 7.
    ///   - activation: a clamp.
    public init(
        weight: Tensor, bias: [Float], stride: Int = 1, padding: ConvolutionPadding = .centred,
        activation: PixelActivation = .none
    ) {
        let shape = weight.shape
        precondition(shape.count == 4 && shape[1] == 1 && shape[2] == shape[3] && shape[2] % 2 == 1, "weights \(shape)")
        precondition(shape[2] * shape[3] <= Int(CKERNELS_DEPTHWISE_TAPS), "a kernel of \(shape[2])×\(shape[3])")
        precondition(bias.count == shape[0], "a convolution has one bias for each channel")
        precondition(activation.bounds != nil, "only clamps are fused here")
        (channels, kernel, self.stride, self.padding, self.activation) = (
            shape[0], shape[2], stride, padding, activation
        )
        let pitch = FeatureMap.padded(channels)
        self.bias = bias + [Float](repeating: 0, count: pitch - channels)
        let taps = kernel * kernel
        var packed = [Float](repeating: 0, count: taps * pitch)
        for channel in 0..<channels {
            for tap in 0..<taps { packed[tap * pitch + channel] = weight.values[channel * taps + tap] }
        }
        weights = packed
    }

    public func outputExtent(_ extent: Int) -> Int { (extent + stride - 1) / stride }

    /// - Parameter x: of ``channels`` channels.
    public func callAsFunction(_ x: FeatureMap) -> FeatureMap {
        precondition(x.channels == channels, "a convolution of \(channels) channels applied to \(x.channels)")
        let (rows, columns) = (outputExtent(x.rows), outputExtent(x.columns))
        return FeatureMap(rows: rows, columns: columns, channels: channels) { values in
            run(
                0..<rows, from: x.window,
                to: MapWindow(values: values, firstRow: 0, rows: rows, columns: columns, pitch: x.pitch))
        }
    }

    /// Computes some rows of `y`; `x` holds the rows that these reach.
    func run(_ rows: Range<Int>, from x: MapWindow, to y: MapWindow) {
        let top = padding.before(extent: x.rows, kernel: kernel, stride: stride)
        let left = padding.before(extent: x.columns, kernel: kernel, stride: stride)
        let groups = (x.pitch + Self.group - 1) / Self.group
        parallelFor(rows.count * groups) { _, index in
            let row = rows.lowerBound + index / groups
            let first = index % groups * Self.group
            let count = min(Self.group, x.pitch - first)
            let taps = max(0, top - row * stride)..<max(0, min(kernel, x.rows + top - row * stride))
            compute(
                row, columns: 0..<y.columns, channels: first..<first + count, verticalTaps: taps, top: top, left: left,
                from: x, to: y)
        }
    }

    /// Some results of one row in all channels, one pixel after the other from `y` on.
    func compute(_ run: PixelRun, from x: MapWindow, to y: UnsafeMutablePointer<Float>) {
        let top = padding.before(extent: x.rows, kernel: kernel, stride: stride)
        let left = padding.before(extent: x.columns, kernel: kernel, stride: stride)
        let taps = max(0, top - run.row * stride)..<max(0, min(kernel, x.rows + top - run.row * stride))
        // As if the map began with this run: results are addressed by its row and columns.
        let window = MapWindow(
            values: y - run.column * x.pitch, firstRow: run.row, rows: run.row + 1, columns: run.column + run.count,
            pitch: x.pitch)
        compute(
            run.row, columns: run.column..<run.column + run.count, channels: 0..<x.pitch, verticalTaps: taps, top: top,
            left: left, from: x, to: window)
    }

    /// One row of results of some channels: the columns whose taps all lie inside together,
    /// those at the edges one by one.
    private func compute(
        _ row: Int, columns: Range<Int>, channels: Range<Int>, verticalTaps: Range<Int>, top: Int, left: Int,
        from x: MapWindow, to y: MapWindow
    ) {
        // The first column all of whose taps lie inside, and the first after it for which that no longer holds.
        let inner = max(columns.lowerBound, min(columns.upperBound, (left + stride - 1) / stride))
        let room = x.columns + left - kernel
        let outer = room < 0 ? inner : max(inner, min(columns.upperBound, room / stride + 1))
        for column in columns.lowerBound..<inner {
            compute(row, column..<column + 1, channels, verticalTaps, top: top, left: left, from: x, to: y)
        }
        if outer > inner { compute(row, inner..<outer, channels, verticalTaps, top: top, left: left, from: x, to: y) }
        for column in outer..<columns.upperBound {
            compute(row, column..<column + 1, channels, verticalTaps, top: top, left: left, from: x, to: y)
        }
    }

    /// Neighbouring results, which meet the same taps.
    private func compute(
        _ row: Int, _ columns: Range<Int>, _ channels: Range<Int>, _ verticalTaps: Range<Int>, top: Int, left: Int,
        from x: MapWindow, to y: MapWindow
    ) {
        let (firstRow, firstColumn) = (row * stride - top, columns.lowerBound * stride - left)
        let horizontalTaps = max(0, -firstColumn)..<max(0, min(kernel, x.columns - firstColumn))
        let (lower, upper) = activation.bounds!
        withUnsafeTemporaryAllocation(of: UnsafePointer<Float>?.self, capacity: 2 * kernel * kernel) { pointers in
            weights.withUnsafeBufferPointer { weights in
                let (pixels, factors) = (pointers.baseAddress!, pointers.baseAddress! + kernel * kernel)
                var met = 0
                for tapRow in verticalTaps {
                    for tapColumn in horizontalTaps {
                        pixels[met] =
                            UnsafePointer(x.pixel(firstRow + tapRow, firstColumn + tapColumn)) + channels.lowerBound
                        factors[met] =
                            weights.baseAddress! + (tapRow * kernel + tapColumn) * x.pitch + channels.lowerBound
                        met += 1
                    }
                }
                bias.withUnsafeBufferPointer { bias in
                    ckernels_depthwise(
                        columns.count, channels.count, met, horizontalTaps.count == kernel ? kernel : 1, pixels,
                        x.pitch, stride, factors,
                        bias.baseAddress! + channels.lowerBound, lower, upper,
                        y.pixel(row, columns.lowerBound) + channels.lowerBound, y.pitch)
                }
            }
        }
    }
}
