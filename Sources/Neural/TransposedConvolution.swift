/// A two-dimensional transposed convolution, as `torch.nn.ConvTranspose2d` (no dilation, one group), its activation fused.
///
/// Of an output of stride s, the pixels (s·q + φ) of one phase φ are an ordinary convolution of the input with every
/// s-th kernel tap. All s² phases are computed together: for each shift of the input tile one matrix product, whose
/// rows are the phases that have a tap there. Layers of few outputs multiply once by all taps and add shifted planes.
public struct TransposedConvolution: Sendable {
    /// Shape (input channels, output channels, kernel height, kernel width).
    public let weight: Tensor
    public let bias: [Float]
    public let stride: Int
    public let padding: Int
    public let outputPadding: Int
    public let activation: FusedActivation
    let products: [TapProduct]
    let taps: TapPlanes?

    /// One product: weights (phases·outputs × inputs) against the tile shifted by (rowShift, columnShift).
    struct TapProduct: Sendable {
        let rowShift: Int
        let columnShift: Int
        let firstPhase: Int
        let phases: Int
        let weights: [Float]
    }

    /// All taps stacked: weights (outputs·kernel² × inputs), and where each tap's plane is added.
    struct TapPlanes: Sendable {
        struct Tap: Sendable {
            let phase: Int
            let rowShift: Int
            let columnShift: Int
        }
        let weights: [Float]
        let taps: [Tap]
    }

    public init(
        weight: Tensor, bias: [Float]? = nil, stride: Int = 1, padding: Int = 0, outputPadding: Int = 0, activation: FusedActivation = .none
    ) {
        precondition(weight.shape.count == 4, "a transposed convolution's weight has four dimensions")
        precondition(bias == nil || bias!.count == weight.shape[1], "a transposed convolution has one bias for each output channel")
        self.weight = weight
        self.bias = bias ?? .init(repeating: 0, count: weight.shape[1])
        self.stride = stride
        self.padding = padding
        self.outputPadding = outputPadding
        self.activation = activation
        let few = weight.shape[1] * weight.shape[2] * weight.shape[3] <= 128
        taps = few ? Self.planes(of: weight, stride: stride, padding: padding) : nil
        products = few ? [] : Self.products(of: weight, stride: stride, padding: padding)
    }

    /// For the pixels of phase φ, the input row of tap ky is q + shift.
    private static func shift(phase: Int, tap: Int, stride: Int, padding: Int) -> Int? {
        let distance = phase + padding - tap
        return distance % stride == 0 ? distance / stride : nil
    }

    /// The least and greatest shift any tap has.
    static func reach(kernel: Int, stride: Int, padding: Int) -> ClosedRange<Int> {
        let shifts = (0..<stride).flatMap { phase in (0..<kernel).compactMap { shift(phase: phase, tap: $0, stride: stride, padding: padding) } }
        return shifts.min()!...shifts.max()!
    }

    static func products(of weight: Tensor, stride: Int, padding: Int) -> [TapProduct] {
        let (inputs, outputs, height, width) = (weight.shape[0], weight.shape[1], weight.shape[2], weight.shape[3])
        let rows = reach(kernel: height, stride: stride, padding: padding)
        let columns = reach(kernel: width, stride: stride, padding: padding)
        var result: [TapProduct] = []
        for rowShift in rows {
            for columnShift in columns {
                func tap(_ phase: Int) -> Int? {
                    guard phase < stride * stride else { return nil }
                    let ky = phase / stride + padding - rowShift * stride
                    let kx = phase % stride + padding - columnShift * stride
                    return ky >= 0 && ky < height && kx >= 0 && kx < width ? ky * width + kx : nil
                }
                var phase = 0
                while phase < stride * stride {
                    guard tap(phase) != nil else { phase += 1; continue }
                    let first = phase
                    while tap(phase) != nil { phase += 1 }
                    var packed: [Float] = []
                    packed.reserveCapacity((phase - first) * outputs * inputs)
                    for p in first..<phase {
                        for output in 0..<outputs {
                            for input in 0..<inputs {
                                packed.append(weight.values[(input * outputs + output) * height * width + tap(p)!])
                            }
                        }
                    }
                    result.append(
                        TapProduct(
                            rowShift: rowShift - rows.lowerBound, columnShift: columnShift - columns.lowerBound, firstPhase: first,
                            phases: phase - first, weights: packed))
                }
            }
        }
        return result
    }

    static func planes(of weight: Tensor, stride: Int, padding: Int) -> TapPlanes {
        let (inputs, outputs, height, width) = (weight.shape[0], weight.shape[1], weight.shape[2], weight.shape[3])
        let rows = reach(kernel: height, stride: stride, padding: padding)
        let columns = reach(kernel: width, stride: stride, padding: padding)
        var packed: [Float] = []
        var taps: [TapPlanes.Tap] = []
        for ky in 0..<height {
            for kx in 0..<width {
                let phaseY = ((ky - padding) % stride + stride) % stride
                let phaseX = ((kx - padding) % stride + stride) % stride
                taps.append(
                    .init(
                        phase: phaseY * stride + phaseX,
                        rowShift: shift(phase: phaseY, tap: ky, stride: stride, padding: padding)! - rows.lowerBound,
                        columnShift: shift(phase: phaseX, tap: kx, stride: stride, padding: padding)! - columns.lowerBound))
                for output in 0..<outputs {
                    for input in 0..<inputs { packed.append(weight.values[(input * outputs + output) * height * width + ky * width + kx]) }
                }
            }
        }
        return TapPlanes(weights: packed, taps: taps)
    }

    public func outputExtent(_ extent: Int, kernel: Int) -> Int { (extent - 1) * stride - 2 * padding + kernel + outputPadding }

    /// - Parameter x: shape (input channels, height, width).
    /// - Returns: shape (output channels, (height − 1)·stride − 2·padding + kernel + outputPadding, likewise width).
    public func callAsFunction(_ x: Tensor) -> Tensor {
        let (channels, height, width) = (x.shape[0], x.shape[1], x.shape[2])
        precondition(channels == weight.shape[0], "transposed convolution of \(weight.shape) applied to \(x.shape)")
        let outHeight = outputExtent(height, kernel: weight.shape[2])
        let outWidth = outputExtent(width, kernel: weight.shape[3])
        let values = [Float](unsafeUninitializedCapacity: weight.shape[1] * outHeight * outWidth) { buffer, count in
            x.values.withUnsafeBufferPointer { input in
                run(
                    phaseBlocks(outHeight: outHeight, outWidth: outWidth), from: input.baseAddress!, height: height, width: width,
                    to: buffer.baseAddress!, outHeight: outHeight, outWidth: outWidth)
            }
            count = weight.shape[1] * outHeight * outWidth
        }
        return Tensor(shape: [weight.shape[1], outHeight, outWidth], values: values)
    }

    /// Blocks in units of q: block (q, rows) covers the output rows s·q ..< s·(q + rows).
    func phaseBlocks(outHeight: Int, outWidth: Int) -> [Block] {
        blocks(height: (outHeight + stride - 1) / stride, width: (outWidth + stride - 1) / stride, area: taps == nil ? 512 : 1024)
    }

    /// Computes the given blocks of the output, each by one thread; the rest of `output` is left as it is.
    func run(
        _ pieces: [Block], from input: UnsafePointer<Float>, height: Int, width: Int, to output: UnsafeMutablePointer<Float>,
        outHeight: Int, outWidth: Int
    ) {
        guard !pieces.isEmpty else { return }
        let (inputs, outputs) = (weight.shape[0], weight.shape[1])
        let rowReach = Self.reach(kernel: weight.shape[2], stride: stride, padding: padding)
        let columnReach = Self.reach(kernel: weight.shape[3], stride: stride, padding: padding)
        let (extraRows, extraColumns) = (rowReach.count - 1, columnReach.count - 1)
        let phases = stride * stride
        let tileSize = pieces.map { inputs * ($0.rows + extraRows) * ($0.columns + extraColumns) }.max()!
        let sumSize = pieces.map { phases * outputs * $0.rows * ($0.columns + extraColumns) }.max()!
        let planeSize = taps.map { $0.taps.count * outputs * (tileSize / max(1, inputs)) } ?? 0
        let scratchSize = max(planeSize, activation.scratch(channels: 1, columns: sumSize / phases))
        let workers = min(ComputeThreads.count, pieces.count)
        let memory = (0..<workers).map { _ in Scratch(count: tileSize + sumSize + scratchSize) }
        nonisolated(unsafe) let source = input
        nonisolated(unsafe) let target = output
        parallelFor(pieces.count) { worker, index in
            let piece = pieces[index]
            let tile = memory[worker].floats
            let sums = tile + tileSize
            let scratch = sums + sumSize
            let tileRows = piece.rows + extraRows
            let pitch = piece.columns + extraColumns
            let columns = (piece.rows - 1) * pitch + piece.columns
            let leading = piece.rows * pitch
            copyTile(
                top: piece.row + rowReach.lowerBound, left: piece.column + columnReach.lowerBound, rows: tileRows, columns: pitch,
                from: source, height: height, width: width, into: tile)
            for row in 0..<phases * outputs { (sums + row * leading).update(repeating: bias[row % outputs], count: leading) }
            if let taps {
                let tileColumns = tileRows * pitch
                taps.weights.withUnsafeBufferPointer {
                    multiplyHere(rows: taps.taps.count * outputs, columns: tileColumns, inner: inputs, $0.baseAddress!, tile, scratch)
                }
                for (index, tap) in taps.taps.enumerated() {
                    for output in 0..<outputs {
                        let from = scratch + (index * outputs + output) * tileColumns + tap.rowShift * pitch + tap.columnShift
                        let to = sums + (tap.phase * outputs + output) * leading
                        for i in 0..<columns { to[i] += from[i] }
                    }
                }
            } else {
                for product in products {
                    product.weights.withUnsafeBufferPointer {
                        multiplyHere(
                            rows: product.phases * outputs, columns: columns, inner: inputs, $0.baseAddress!,
                            tile + product.rowShift * pitch + product.columnShift, sums + product.firstPhase * outputs * leading,
                            accumulate: true, leadingB: tileRows * pitch, leadingC: leading)
                    }
                }
            }
            for phase in 0..<phases {
                activation.apply(sums + phase * outputs * leading, channels: outputs, columns: columns, leading: leading, scratch: scratch)
            }
            interleave(piece, sums: sums, leading: leading, pitch: pitch, into: target, outHeight: outHeight, outWidth: outWidth)
        }
    }

    private func copyTile(
        top: Int, left: Int, rows: Int, columns: Int, from input: UnsafePointer<Float>, height: Int, width: Int,
        into tile: UnsafeMutablePointer<Float>
    ) {
        let first = min(columns, max(0, -left))
        let last = max(first, min(columns, width - left))
        var line = tile
        for channel in 0..<weight.shape[0] {
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
        _ piece: Block, sums: UnsafeMutablePointer<Float>, leading: Int, pitch: Int, into output: UnsafeMutablePointer<Float>,
        outHeight: Int, outWidth: Int
    ) {
        let outputs = weight.shape[1]
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
