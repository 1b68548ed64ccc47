/// A two-dimensional transposed convolution, as `torch.nn.ConvTranspose2d` (no dilation, one group), its activation fused.
///
/// Of an output of stride s, the pixels (s·q + φ) of one phase φ are an ordinary convolution of the input with every
/// s-th kernel tap: s² products with shifted views of one tile (see ``Convolution``), interleaved when written. Layers
/// of few outputs make one product of all phases instead, with zero weights where a phase has no tap, since copying
/// the tile's columns for three rows at a time would cost more than the multiplications.
public struct TransposedConvolution: Sendable {
    /// (input channels, output channels, kernel height, kernel width).
    public let shape: [Int]
    public let bias: [Float]
    public let stride: Int
    public let padding: Int
    public let outputPadding: Int
    public let activation: FusedActivation
    private let products: [Product]
    private let rowReach: ClosedRange<Int>
    private let columnReach: ClosedRange<Int>

    /// Some phases' rows, (phases·outputs × taps·inputs), and by how much each tap shifts the tile.
    struct Product: Sendable {
        let firstPhase: Int
        let shifts: [(row: Int, column: Int)]
        let weights: PackedWeights
    }

    public init(
        weight: Tensor, bias: [Float]? = nil, stride: Int = 1, padding: Int = 0, outputPadding: Int = 0,
        activation: FusedActivation = .none
    ) {
        precondition(weight.shape.count == 4, "a transposed convolution's weight has four dimensions")
        precondition(
            bias == nil || bias!.count == weight.shape[1],
            "a transposed convolution has one bias for each output channel")
        shape = weight.shape
        self.bias = bias ?? .init(repeating: 0, count: weight.shape[1])
        self.stride = stride
        self.padding = padding
        self.outputPadding = outputPadding
        self.activation = activation
        let (inputs, outputs, height, width) = (shape[0], shape[1], shape[2], shape[3])
        let rowReach = Self.reach(kernel: height, stride: stride, padding: padding)
        let columnReach = Self.reach(kernel: width, stride: stride, padding: padding)
        (self.rowReach, self.columnReach) = (rowReach, columnReach)
        // The kernel tap by which phase φ sees the input at (row, column) + shift, if any.
        func tap(_ phase: Int, _ row: Int, _ column: Int) -> Int? {
            let ky = phase / stride + padding - row * stride
            let kx = phase % stride + padding - column * stride
            return ky >= 0 && ky < height && kx >= 0 && kx < width ? ky * width + kx : nil
        }
        let stacked = outputs < 16
        products = (0..<(stacked ? 1 : stride * stride)).map { first in
            let phases = stacked ? 0..<stride * stride : first..<first + 1
            var shifts: [(row: Int, column: Int)] = []
            for row in rowReach {
                for column in columnReach where phases.contains(where: { tap($0, row, column) != nil }) {
                    shifts.append((row, column))
                }
            }
            let taps = phases.map { phase in shifts.map { tap(phase, $0.row, $0.column) } }
            let weights = weight.values.withUnsafeBufferPointer { values in
                PackedWeights(rows: phases.count * outputs, inner: shifts.count * inputs) { row, k in
                    guard let tap = taps[row / outputs][k / inputs] else { return 0 }
                    return values[(k % inputs * outputs + row % outputs) * height * width + tap]
                }
            }
            return Product(
                firstPhase: first,
                shifts: shifts.map { ($0.row - rowReach.lowerBound, $0.column - columnReach.lowerBound) },
                weights: weights)
        }
    }

    /// The least and greatest distance from q to an input row that the pixels of q depend on.
    private static func reach(kernel: Int, stride: Int, padding: Int) -> ClosedRange<Int> {
        var shifts: [Int] = []
        for phase in 0..<stride {
            for tap in 0..<kernel {
                let distance: Int = phase + padding - tap
                if distance % stride == 0 { shifts.append(distance / stride) }
            }
        }
        return shifts.min()!...shifts.max()!
    }

    public func outputExtent(_ extent: Int, kernel: Int) -> Int {
        (extent - 1) * stride - 2 * padding + kernel + outputPadding
    }

    /// - Parameter x: shape (input channels, height, width).
    /// - Returns: shape (output channels, (height − 1)·stride − 2·padding + kernel + outputPadding, likewise width).
    public func callAsFunction(_ x: Tensor) -> Tensor {
        let (channels, height, width) = (x.shape[0], x.shape[1], x.shape[2])
        precondition(channels == shape[0], "transposed convolution of \(shape) applied to \(x.shape)")
        let outHeight = outputExtent(height, kernel: shape[2])
        let outWidth = outputExtent(width, kernel: shape[3])
        let pieces = blocks(
            height: (outHeight + stride - 1) / stride, width: (outWidth + stride - 1) / stride, area: 512)
        let values = [Float](unsafeUninitializedCapacity: shape[1] * outHeight * outWidth) { buffer, count in
            x.values.withUnsafeBufferPointer { input in
                run(
                    pieces, from: input.baseAddress!, height: height, width: width, to: buffer.baseAddress!,
                    outHeight: outHeight, outWidth: outWidth)
            }
            count = shape[1] * outHeight * outWidth
        }
        return Tensor(shape: [shape[1], outHeight, outWidth], values: values)
    }

    /// Computes the given blocks of the output, each by one thread; the rest of `output` is left as it is. Block
    /// (q, rows) covers the output rows s·q ..< s·(q + rows).
    private func run(
        _ pieces: [Block], from input: UnsafePointer<Float>, height: Int, width: Int,
        to output: UnsafeMutablePointer<Float>,
        outHeight: Int, outWidth: Int
    ) {
        guard !pieces.isEmpty else { return }
        let (inputs, outputs) = (shape[0], shape[1])
        let (extraRows, extraColumns) = (rowReach.count - 1, columnReach.count - 1)
        let phases = stride * stride
        let slack = PackedWeights.columnGroup
        let tileSize =
            (pieces.map { inputs * ($0.rows + extraRows) * ($0.columns + extraColumns) }.max()! + slack + 15) / 16 * 16
        let widest = pieces.map { PackedWeights.padded(columns: $0.rows * ($0.columns + extraColumns)) }.max()!
        let rows = products.reduce(0) { $0 + $1.weights.paddedRows }
        let workers = min(ComputeThreads.count, pieces.count)
        let memory = (0..<workers).map { _ in Scratch(count: PackedWeights.panelSize + tileSize + rows * widest) }
        nonisolated(unsafe) let source = input
        nonisolated(unsafe) let target = output
        parallelFor(pieces.count) { worker, index in
            let piece = pieces[index]
            let panel = memory[worker].floats
            let tile = panel + PackedWeights.panelSize
            let sums = tile + tileSize
            let tileRows = piece.rows + extraRows
            let pitch = piece.columns + extraColumns
            let columns = (piece.rows - 1) * pitch + piece.columns
            let leading = PackedWeights.padded(columns: columns)
            copyTile(
                top: piece.row + rowReach.lowerBound, left: piece.column + columnReach.lowerBound, rows: tileRows,
                columns: pitch,
                from: source, height: height, width: width, into: tile)
            (tile + inputs * tileRows * pitch).update(repeating: 0, count: slack)
            var offsets: [Int32] = []
            for product in products {
                // A product's rows begin where its first phase's do; padding rows are overwritten by the next product.
                let own = sums + product.firstPhase * outputs * leading
                for row in 0..<product.weights.paddedRows {
                    (own + row * leading).update(repeating: bias[row % outputs], count: leading)
                }
                offsets.removeAll(keepingCapacity: true)
                for shift in product.shifts {
                    for channel in 0..<inputs {
                        offsets.append(Int32((channel * tileRows + shift.row) * pitch + shift.column))
                    }
                }
                offsets.withUnsafeBufferPointer {
                    product.weights.multiply(
                        tile, offsets: $0.baseAddress!, columns: columns, into: own, leading: leading, panel: panel)
                }
            }
            for phase in 0..<phases {
                activation.apply(
                    sums + phase * outputs * leading, channels: outputs, columns: columns, leading: leading)
            }
            interleave(
                piece, sums: sums, leading: leading, pitch: pitch, into: target, outHeight: outHeight,
                outWidth: outWidth)
        }
    }

    private func copyTile(
        top: Int, left: Int, rows: Int, columns: Int, from input: UnsafePointer<Float>, height: Int, width: Int,
        into tile: UnsafeMutablePointer<Float>
    ) {
        let first = min(columns, max(0, -left))
        let last = max(first, min(columns, width - left))
        var line = tile
        for channel in 0..<shape[0] {
            for row in 0..<rows {
                let y = top + row
                if y < 0 || y >= height {
                    line.update(repeating: 0, count: columns)
                } else {
                    let from = input + (channel * height + y) * width + left
                    for column in 0..<first { line[column] = 0 }
                    (line + first).update(from: from + first, count: last - first)
                    for column in last..<columns { line[column] = 0 }
                }
                line += columns
            }
        }
    }

    /// output[channel][s·row + φ_y][s·column + φ_x] = sums[phase][channel][row][column].
    private func interleave(
        _ piece: Block, sums: UnsafeMutablePointer<Float>, leading: Int, pitch: Int,
        into output: UnsafeMutablePointer<Float>,
        outHeight: Int, outWidth: Int
    ) {
        let outputs = shape[1]
        for channel in 0..<outputs {
            for row in 0..<piece.rows {
                for phaseY in 0..<stride {
                    let y = (piece.row + row) * stride + phaseY
                    guard y < outHeight else { continue }
                    let line = output + (channel * outHeight + y) * outWidth + piece.column * stride
                    let room = outWidth - piece.column * stride
                    for phaseX in 0..<stride {
                        let from = sums + ((phaseY * stride + phaseX) * outputs + channel) * leading + row * pitch
                        let count = min(piece.columns, (room - phaseX + stride - 1) / stride)
                        if count <= 0 { continue }
                        if stride == 2 {
                            for column in 0..<count { line[2 * column + phaseX] = from[column] }
                        } else {
                            for column in 0..<count { line[stride * column + phaseX] = from[column] }
                        }
                    }
                }
            }
        }
    }
}
