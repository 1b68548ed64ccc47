import Neural

/// The transform from ẑ to the standard deviations θ of y (CompressAI's `h_s`), in integers.
///
///     ẑ ─► deconv 5×5 ─► ReLU ─► deconv 5×5 ─► ReLU ─► conv 3×3 ─► ReLU ─► θ
///
/// Both ends must choose the same probability tables, so no rounding may depend on the machine: see
/// ``IntegerConvolution``. θ has ``outputFractionBits`` fractional bits and reaches 4,096.
struct HyperSynthesis: Sendable {
    static let fractionBits = 16
    static let outputFractionBits = 14
    private let layers: [IntegerConvolution]

    init(_ file: SafeTensors, n: Int, m: Int) throws {
        let shapes = [[n, n, 5, 5], [n, n, 5, 5], [m, n, 3, 3]]
        layers = try shapes.enumerated().map { i, shape in
            IntegerConvolution(
                weight: try file.tensor("h_s.\(2 * i).weight", shape: shape),
                bias: try file.tensor("h_s.\(2 * i).bias", shape: [i == 2 ? m : n]).values,
                direction: i == 2 ? .convolution : .transposed, rectified: true, inputFraction: Self.fractionBits,
                outputFraction: i == 2 ? Self.outputFractionBits : Self.fractionBits)
        }
    }

    /// - Parameter symbols: (n, rows, columns), the quantised offsets from the medians.
    /// - Returns: θ in fixed point, (m, 4·rows, 4·columns).
    func callAsFunction(symbols: [Int32], medians: [Float], step: Double, rows: Int, columns: Int) -> [Double] {
        let unit = Double(1 << Self.fractionBits)
        let plane = rows * columns
        var x = [Double](repeating: 0, count: symbols.count)
        for (channel, median) in medians.enumerated() {
            let centre = Double(median) * unit
            for i in channel * plane..<(channel + 1) * plane {
                let value = (Double(symbols[i]) * step * unit + centre).rounded(.toNearestOrEven)
                x[i] = max(-IntegerConvolution.greatest, min(IntegerConvolution.greatest, value))
            }
        }
        x = layers[0](x, height: rows, width: columns)
        x = layers[1](x, height: 2 * rows, width: 2 * columns)
        return layers[2](x, height: 4 * rows, width: 4 * columns)
    }
}
