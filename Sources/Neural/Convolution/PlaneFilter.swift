/// A 3×3 convolution of channel planes by ``WinogradConvolution``: bands of rows become pixels with their channels side
/// by side, are filtered, and become planes again.
struct PlaneFilter: Sendable {
    private let filter: WinogradConvolution

    /// Floats of a band's inputs and results, the same for all threads.
    private let bandFloats: Int

    /// Pairs of channels up to which F(4,3)'s four times as many weights as the definition has stay few, and up to
    /// which those of F(2,3) do.
    private static let (fewest, few) = (7_000, 26_000)

    /// nil where the weights would be much more than the definition's, or the layer another.
    init?(
        weight: Tensor, bias: [Float], stride: Int, padding: Int, activation: FusedActivation, bandFloats: Int = 1 << 20
    ) {
        self.bandFloats = bandFloats
        let pairs = weight.shape[0] * weight.shape[1]
        guard weight.shape[2...] == [3, 3], stride == 1, padding == 1, pairs <= Self.few else { return nil }
        filter = WinogradConvolution(
            pairs <= Self.fewest ? .levelByFours : .level, weight: weight, bias: bias,
            activation: activation == .relu ? .relu : .none)
    }

    /// - Parameter x: shape (inputs, height, width).
    /// - Returns: shape (outputs, height, width).
    func callAsFunction(_ x: Tensor) -> Tensor {
        let (height, width, outputs) = (x.shape[1], x.shape[2], filter.outputs)
        let (pitchIn, pitchOut) = (filter.pitchIn, filter.pitchOut)
        let side = filter.side
        let band = min(height, max(side, bandFloats / (width * (pitchIn + pitchOut)) / side * side))
        let pixels = Scratch(count: (band + 2) * width * pitchIn)
        let results = Scratch(count: band * width * pitchOut)
        let grid = filter.tileExtent(width)
        let values = [Float](unsafeUninitializedCapacity: outputs * height * width) { planes, count in
            let planes = Shared(planes.baseAddress!)
            x.values.withUnsafeBufferPointer { source in
                let source = Shared(source.baseAddress!)
                for top in stride(from: 0, to: height, by: band) {
                    let end = min(top + band, height)
                    let (first, last) = (max(0, top - 1), min(height, end + 1))
                    parallelFor(last - first) { _, row in
                        Self.gather(
                            row: first + row, height: height, width: width, channels: filter.inputs, pitch: pitchIn,
                            from: source.pointer, to: pixels.floats + row * width * pitchIn)
                    }
                    filter.run(
                        filter.chosen(nil, rows: top / side..<(end + side - 1) / side, columns: grid),
                        from: MapWindow(
                            values: pixels.floats, firstRow: first, rows: height, columns: width, pitch: pitchIn),
                        to: MapWindow(
                            values: results.floats, firstRow: top, rows: height, columns: width, pitch: pitchOut))
                    parallelFor(end - top) { _, row in
                        let line = results.floats + row * width * pitchOut
                        for channel in 0..<outputs {
                            let target = planes.pointer + (channel * height + top + row) * width
                            for column in 0..<width { target[column] = line[column * pitchOut + channel] }
                        }
                    }
                }
            }
            count = outputs * height * width
        }
        return Tensor(shape: [outputs, height, width], values: values)
    }

    /// A row of all planes as pixels, zeros up to the pitch.
    private static func gather(
        row: Int, height: Int, width: Int, channels: Int, pitch: Int, from planes: UnsafePointer<Float>,
        to line: UnsafeMutablePointer<Float>
    ) {
        for channel in 0..<channels {
            let source = planes + (channel * height + row) * width
            for column in 0..<width { line[column * pitch + channel] = source[column] }
        }
        for channel in channels..<pitch {
            for column in 0..<width { line[column * pitch + channel] = 0 }
        }
    }
}
