/// A two-dimensional convolution with zero padding, as `torch.nn.Conv2d`, its activation fused.
///
/// No im2col matrix is built. A block of the output needs a tile of the input; the tile is copied once, zero-padded
/// and split into stride² phases, so that every kernel tap sees a *shifted view* of it:
/// sums[o][p] = Σ_(tap, channel) w[o][tap, channel] · tile[offset(tap, channel) + p]. That is a matrix product whose
/// right side is addressed through offsets (``PackedWeights``). The few columns between a row's end and the next row's
/// start are computed and dropped. A sum's order of addition depends neither on the block it falls into nor on the
/// thread, so blocks, bands and masks change no bit of the result.
public struct Convolution: Sendable {
    /// (output channels, input channels, kernel height, kernel width).
    public let shape: [Int]
    public private(set) var bias: [Float]
    public let stride: Int
    public let padding: Int
    public private(set) var activation: FusedActivation
    /// (outputs × taps·inputs), taps in the order of ``taps``; nothing where ``filter`` computes the layer.
    private var weights: PackedWeights
    private let filter: PlaneFilter?

    /// - Parameter filtered: whether a small 3×3 layer goes by minimal filtering, which takes a quarter of the
    ///   products; what it computes can then be neither scaled nor activated otherwise.
    public init(
        weight: Tensor, bias: [Float]? = nil, stride: Int = 1, padding: Int = 0, activation: FusedActivation = .none,
        filtered: Bool = false
    ) {
        precondition(weight.shape.count == 4, "a convolution's weight has four dimensions")
        precondition(
            bias == nil || bias!.count == weight.shape[0], "a convolution has one bias for each output channel")
        shape = weight.shape
        self.bias = bias ?? .init(repeating: 0, count: weight.shape[0])
        self.stride = stride
        self.padding = padding
        self.activation = activation
        let (inputs, kernel) = (weight.shape[1], weight.shape[2] * weight.shape[3])
        filter =
            filtered
            ? PlaneFilter(weight: weight, bias: self.bias, stride: stride, padding: padding, activation: activation)
            : nil
        guard filter == nil else {
            weights = PackedWeights(rows: 0, inner: 0) { _, _ in 0 }
            return
        }
        weights = weight.values.withUnsafeBufferPointer { values in
            PackedWeights(rows: weight.shape[0], inner: inputs * kernel) { row, k in
                values[(row * inputs + k % inputs) * kernel + k / inputs]
            }
        }
    }

    /// The same layer with another activation.
    public func activated(_ activation: FusedActivation) -> Convolution {
        precondition(filter == nil, "a filtered layer stays as it is")
        var copy = self
        copy.activation = activation
        return copy
    }

    /// The same layer with each output channel's weights multiplied and its bias replaced.
    func scalingOutputs(by factors: [Float], bias: [Float]) -> Convolution {
        precondition(filter == nil, "a filtered layer stays as it is")
        var copy = self
        copy.bias = bias
        copy.weights = weights.scaled(by: factors)
        return copy
    }

    public func outputExtent(_ extent: Int, kernel: Int) -> Int { (extent + 2 * padding - kernel) / stride + 1 }

    /// - Parameter x: shape (input channels, height, width).
    /// - Returns: shape (output channels, ⌊(height + 2·padding − kernel)/stride⌋ + 1, likewise width).
    public func callAsFunction(_ x: Tensor) -> Tensor {
        let (channels, height, width) = (x.shape[0], x.shape[1], x.shape[2])
        precondition(channels == shape[1], "convolution of \(shape) applied to \(x.shape)")
        if let filter { return filter(x) }
        let outHeight = outputExtent(height, kernel: shape[2])
        let outWidth = outputExtent(width, kernel: shape[3])
        let pieces = blocks(height: outHeight, width: outWidth, area: 512)
        let values = [Float](unsafeUninitializedCapacity: shape[0] * outHeight * outWidth) { buffer, count in
            x.values.withUnsafeBufferPointer { input in
                run(
                    pieces, from: input.baseAddress!, height: height, width: width, to: buffer.baseAddress!,
                    outHeight: outHeight, outWidth: outWidth)
            }
            count = shape[0] * outHeight * outWidth
        }
        return Tensor(shape: [shape[0], outHeight, outWidth], values: values)
    }

    /// Computes the given blocks of the output, each by one thread; the rest of `output` is left as it is.
    private func run(
        _ pieces: [Block], from input: UnsafePointer<Float>, height: Int, width: Int,
        to output: UnsafeMutablePointer<Float>,
        outHeight: Int, outWidth: Int
    ) {
        guard !pieces.isEmpty else { return }
        let (outputs, inputs) = (shape[0], shape[1])
        let reachY = (shape[2] - 1) / stride
        let reachX = (shape[3] - 1) / stride
        let slack = PackedWeights.columnGroup
        let tileSize =
            pieces.map { stride * stride * inputs * ($0.rows + reachY) * ($0.columns + reachX) }.max()! + slack
        let widest = pieces.map { PackedWeights.padded(columns: $0.rows * ($0.columns + reachX)) }.max()!
        let sumSize = weights.paddedRows * widest
        let workers = min(ComputeThreads.count, pieces.count)
        let memory = (0..<workers).map { _ in
            Scratch(count: PackedWeights.panelSize + (tileSize + 15) / 16 * 16 + sumSize)
        }
        nonisolated(unsafe) let source = input
        nonisolated(unsafe) let target = output
        parallelFor(pieces.count) { worker, index in
            let piece = pieces[index]
            let panel = memory[worker].floats
            let tile = panel + PackedWeights.panelSize
            let sums = tile + (tileSize + 15) / 16 * 16
            let pitch = piece.columns + reachX
            let tileRows = piece.rows + reachY
            let columns = (piece.rows - 1) * pitch + piece.columns
            let leading = PackedWeights.padded(columns: columns)
            for channel in 0..<weights.paddedRows {
                (sums + channel * leading).update(repeating: channel < outputs ? bias[channel] : 0, count: leading)
            }
            copyTile(piece, rows: tileRows, columns: pitch, from: source, height: height, width: width, into: tile)
            // What is read beyond the tile's end only reaches columns that are dropped, but must not be a trap.
            (tile + stride * stride * inputs * tileRows * pitch).update(repeating: 0, count: slack)
            let offsets = offsets(plane: tileRows * pitch, pitch: pitch)
            offsets.withUnsafeBufferPointer {
                weights.multiply(
                    tile, offsets: $0.baseAddress!, columns: columns, into: sums, leading: leading, panel: panel)
            }
            activation.apply(sums, channels: outputs, columns: columns, leading: leading)
            for channel in 0..<outputs {
                for row in 0..<piece.rows {
                    let line = target + (channel * outHeight + piece.row + row) * outWidth + piece.column
                    line.update(from: sums + channel * leading + row * pitch, count: piece.columns)
                }
            }
        }
    }

    /// Where in a tile the first output pixel finds its input, tap by tap, channel by channel.
    private func offsets(plane: Int, pitch: Int) -> [Int32] {
        let inputs = shape[1]
        var result: [Int32] = []
        result.reserveCapacity(inputs * shape[2] * shape[3])
        for ky in 0..<shape[2] {
            for kx in 0..<shape[3] {
                let phase = ky % stride * stride + kx % stride
                let start = phase * inputs * plane + ky / stride * pitch + kx / stride
                for channel in 0..<inputs { result.append(Int32(start + channel * plane)) }
            }
        }
        return result
    }

    /// tile[phase][channel][row][column] = padded input[channel][(row+r₀)·stride + phase row][(column+c₀)·stride +
    /// phase column].
    private func copyTile(
        _ piece: Block, rows: Int, columns: Int, from input: UnsafePointer<Float>, height: Int, width: Int,
        into tile: UnsafeMutablePointer<Float>
    ) {
        let inputs = shape[1]
        var line = tile
        for phaseY in 0..<stride {
            for phaseX in 0..<stride {
                // The input column of tile column c is (c + c₀)·stride + phaseX − padding;
                // `first..<last` are those inside.
                let offset = piece.column * stride + phaseX - padding
                let first = min(columns, offset >= 0 ? 0 : (-offset + stride - 1) / stride)
                let last = max(first, min(columns, offset >= width ? 0 : (width - 1 - offset) / stride + 1))
                for channel in 0..<inputs {
                    for row in 0..<rows {
                        let y = (row + piece.row) * stride + phaseY - padding
                        if y < 0 || y >= height {
                            line.update(repeating: 0, count: columns)
                        } else {
                            let from = input + (channel * height + y) * width + offset
                            if first > 0 { line.update(repeating: 0, count: first) }
                            if stride == 1 {
                                (line + first).update(from: from + first, count: last - first)
                            } else if stride == 2 {
                                for column in first..<last { line[column] = from[2 * column] }
                            } else {
                                for column in first..<last { line[column] = from[stride * column] }
                            }
                            if last < columns { (line + last).update(repeating: 0, count: columns - last) }
                        }
                        line += columns
                    }
                }
            }
        }
    }
}
