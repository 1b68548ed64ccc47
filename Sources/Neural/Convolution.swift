/// A two-dimensional convolution with zero padding, as `torch.nn.Conv2d`, its activation fused.
///
/// No im2col matrix is built. A block of the output needs a tile of the input; the tile is copied once, zero-padded
/// and split into stride² phases, so that every kernel tap becomes a plain matrix product with a *shifted view* of
/// the tile: Σ_taps W_tap (outputs × inputs) · tile[shift]. Phases that share a shift are stacked, a 5×5 kernel of
/// stride 2 costing ten products of 128…512 inner rows. The few columns between a row's end and the next row's start
/// are computed and dropped. Layers of few input channels gather their patches per block instead.
public struct Convolution: Sendable {
    /// (output channels, input channels, kernel height, kernel width).
    public let shape: [Int]
    public private(set) var bias: [Float]
    public let stride: Int
    public let padding: Int
    public private(set) var activation: FusedActivation
    /// The weights by kernel tap; the weights as they came only for layers that gather. Never both: large models
    /// would stand in memory twice.
    private(set) var products: [TapProduct]
    private(set) var gathered: [Float]

    /// One matrix product: weights (outputs × phases·inputs) against the tile shifted by (rowShift, columnShift).
    struct TapProduct: Sendable {
        let rowShift: Int
        let columnShift: Int
        let firstPhase: Int
        let phases: Int
        var weights: [Float]
    }

    public init(weight: Tensor, bias: [Float]? = nil, stride: Int = 1, padding: Int = 0, activation: FusedActivation = .none) {
        precondition(weight.shape.count == 4, "a convolution's weight has four dimensions")
        precondition(bias == nil || bias!.count == weight.shape[0], "a convolution has one bias for each output channel")
        shape = weight.shape
        self.bias = bias ?? .init(repeating: 0, count: weight.shape[0])
        self.stride = stride
        self.padding = padding
        self.activation = activation
        let gathers = Self.gathersPatches(weight, stride: stride)
        products = gathers ? [] : Self.products(of: weight, stride: stride)
        gathered = gathers ? weight.values : []
    }

    /// The same layer with another activation.
    public func activated(_ activation: FusedActivation) -> Convolution {
        var copy = self
        copy.activation = activation
        return copy
    }

    /// The same layer with each output channel's weights multiplied and its bias replaced.
    func scalingOutputs(by factors: [Float], bias: [Float]) -> Convolution {
        func scale(_ weights: inout [Float]) {
            let size = weights.count / factors.count
            for i in 0..<weights.count { weights[i] *= factors[i / size] }
        }
        var copy = self
        copy.bias = bias
        for i in copy.products.indices { scale(&copy.products[i].weights) }
        if !copy.gathered.isEmpty { scale(&copy.gathered) }
        return copy
    }

    static func gathersPatches(_ weight: Tensor, stride: Int) -> Bool {
        weight.shape[1] < 16 && weight.shape[2] * weight.shape[3] > 1
    }

    static func products(of weight: Tensor, stride: Int) -> [TapProduct] {
        let (outputs, inputs, height, width) = (weight.shape[0], weight.shape[1], weight.shape[2], weight.shape[3])
        var result: [TapProduct] = []
        for rowShift in 0...(height - 1) / stride {
            for columnShift in 0...(width - 1) / stride {
                var phase = 0
                func tap(_ phase: Int) -> Int? {
                    let ky = rowShift * stride + phase / stride
                    let kx = columnShift * stride + phase % stride
                    return phase < stride * stride && ky < height && kx < width ? ky * width + kx : nil
                }
                while phase < stride * stride {
                    guard tap(phase) != nil else { phase += 1; continue }
                    let first = phase
                    while tap(phase) != nil { phase += 1 }
                    let count = phase - first
                    var packed = [Float](repeating: 0, count: outputs * count * inputs)
                    let taps = (0..<count).map { tap(first + $0)! }
                    packed.withUnsafeMutableBufferPointer { packed in
                        weight.values.withUnsafeBufferPointer { values in
                            for output in 0..<outputs {
                                for (p, k) in taps.enumerated() {
                                    let line = (output * count + p) * inputs
                                    for input in 0..<inputs { packed[line + input] = values[(output * inputs + input) * height * width + k] }
                                }
                            }
                        }
                    }
                    result.append(TapProduct(rowShift: rowShift, columnShift: columnShift, firstPhase: first, phases: count, weights: packed))
                }
            }
        }
        return result
    }

    public func outputExtent(_ extent: Int, kernel: Int) -> Int { (extent + 2 * padding - kernel) / stride + 1 }

    /// - Parameter x: shape (input channels, height, width).
    /// - Returns: shape (output channels, ⌊(height + 2·padding − kernel)/stride⌋ + 1, likewise width).
    public func callAsFunction(_ x: Tensor) -> Tensor {
        let (channels, height, width) = (x.shape[0], x.shape[1], x.shape[2])
        precondition(channels == shape[1], "convolution of \(shape) applied to \(x.shape)")
        let outHeight = outputExtent(height, kernel: shape[2])
        let outWidth = outputExtent(width, kernel: shape[3])
        let pieces = blocks(height: outHeight, width: outWidth, area: 768)
        let values = [Float](unsafeUninitializedCapacity: shape[0] * outHeight * outWidth) { buffer, count in
            x.values.withUnsafeBufferPointer { input in
                run(pieces, from: input.baseAddress!, height: height, width: width, to: buffer.baseAddress!, outHeight: outHeight, outWidth: outWidth)
            }
            count = shape[0] * outHeight * outWidth
        }
        return Tensor(shape: [shape[0], outHeight, outWidth], values: values)
    }

    /// Computes the given blocks of the output, each by one thread; the rest of `output` is left as it is.
    func run(
        _ pieces: [Block], from input: UnsafePointer<Float>, height: Int, width: Int, to output: UnsafeMutablePointer<Float>,
        outHeight: Int, outWidth: Int
    ) {
        guard !pieces.isEmpty else { return }
        let (outputs, inputs) = (shape[0], shape[1])
        let gathers = products.isEmpty
        let kernel = shape[2] * shape[3]
        let reachY = gathers ? 0 : (shape[2] - 1) / stride
        let reachX = gathers ? 0 : (shape[3] - 1) / stride
        let tileSize = pieces.map { piece in
            gathers ? inputs * kernel * piece.rows * piece.columns : stride * stride * inputs * (piece.rows + reachY) * (piece.columns + reachX)
        }.max()!
        let sumSize = pieces.map { outputs * $0.rows * ($0.columns + reachX) }.max()!
        let scratchSize = activation.scratch(channels: 1, columns: sumSize)
        // A thread to spare when there are few blocks: cut the output channels too, unless they must be seen together.
        let channelPieces: Int
        if case .normalisation = activation { channelPieces = 1 } else {
            channelPieces = pieces.count < ComputeThreads.count && outputs >= 64 ? ComputeThreads.count : 1
        }
        let channelStep = (outputs + channelPieces - 1) / channelPieces
        let workers = min(ComputeThreads.count, pieces.count * channelPieces)
        let memory = (0..<workers).map { _ in Scratch(count: tileSize + sumSize + scratchSize) }
        nonisolated(unsafe) let source = input
        nonisolated(unsafe) let target = output
        parallelFor(pieces.count * channelPieces) { worker, index in
            let piece = pieces[index / channelPieces]
            let firstChannel = index % channelPieces * channelStep
            let channels = min(channelStep, outputs - firstChannel)
            guard channels > 0 else { return }
            let tile = memory[worker].floats
            let sums = tile + tileSize
            let scratch = sums + sumSize
            let pitch = piece.columns + reachX
            let columns = (piece.rows - 1) * pitch + piece.columns
            let leading = piece.rows * pitch
            for channel in 0..<channels {
                (sums + channel * leading).update(repeating: bias[firstChannel + channel], count: leading)
            }
            if gathers {
                gather(piece, from: source, height: height, width: width, into: tile)
                gathered.withUnsafeBufferPointer {
                    multiplyHere(
                        rows: channels, columns: columns, inner: inputs * kernel, $0.baseAddress! + firstChannel * inputs * kernel, tile, sums,
                        accumulate: true, leadingB: leading, leadingC: leading)
                }
            } else {
                let tileRows = piece.rows + reachY
                copyTile(piece, rows: tileRows, columns: pitch, from: source, height: height, width: width, into: tile)
                for product in products {
                    let inner = product.phases * inputs
                    product.weights.withUnsafeBufferPointer {
                        multiplyHere(
                            rows: channels, columns: columns, inner: inner, $0.baseAddress! + firstChannel * inner,
                            tile + product.firstPhase * inputs * tileRows * pitch + product.rowShift * pitch + product.columnShift, sums,
                            accumulate: true, leadingB: tileRows * pitch, leadingC: leading)
                    }
                }
            }
            activation.apply(sums, channels: channels, columns: columns, leading: leading, scratch: scratch)
            for channel in 0..<channels {
                for row in 0..<piece.rows {
                    let line = target + ((firstChannel + channel) * outHeight + piece.row + row) * outWidth + piece.column
                    line.update(from: sums + channel * leading + row * pitch, count: piece.columns)
                }
            }
        }
    }

    /// tile[phase][channel][row][column] = padded input[channel][(row+r₀)·stride + phase row][(column+c₀)·stride + phase column].
    private func copyTile(
        _ piece: Block, rows: Int, columns: Int, from input: UnsafePointer<Float>, height: Int, width: Int, into tile: UnsafeMutablePointer<Float>
    ) {
        let inputs = shape[1]
        var line = tile
        for phaseY in 0..<stride {
            for phaseX in 0..<stride {
                // The input column of tile column c is (c + c₀)·stride + phaseX − padding; `first..<last` are those inside.
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

    /// patches[channel, ky, kx][row, column]: the im2col matrix of one block.
    private func gather(_ piece: Block, from input: UnsafePointer<Float>, height: Int, width: Int, into patches: UnsafeMutablePointer<Float>) {
        var line = patches
        for channel in 0..<shape[1] {
            for ky in 0..<shape[2] {
                for kx in 0..<shape[3] {
                    let offset = piece.column * stride + kx - padding
                    let first = min(piece.columns, offset >= 0 ? 0 : (-offset + stride - 1) / stride)
                    let last = max(first, min(piece.columns, offset >= width ? 0 : (width - 1 - offset) / stride + 1))
                    for row in 0..<piece.rows {
                        let y = (row + piece.row) * stride + ky - padding
                        if y < 0 || y >= height {
                            line.update(repeating: 0, count: piece.columns)
                        } else {
                            let from = input + (channel * height + y) * width + offset
                            for column in 0..<first { line[column] = 0 }
                            for column in first..<last { line[column] = from[stride * column] }
                            for column in last..<piece.columns { line[column] = 0 }
                        }
                        line += piece.columns
                    }
                }
            }
        }
    }
}
