import EntropyCoding
import Neural

/// The transform from ẑ to the standard deviations θ of y (CompressAI's `h_s`), in integers.
///
///     ẑ ─► deconv 5×5 ─► ReLU ─► deconv 5×5 ─► ReLU ─► conv 3×3 ─► ReLU ─► θ
///     ẑ ─► the same with leaky ReLUs                   ─► conv 3×3 ─► exp  ─► θ     (block transforms)
///
/// Both ends must choose the same probability tables, so no rounding may depend on the machine: see
/// ``IntegerConvolution``. θ has ``outputFractionBits`` fractional bits and reaches 4,096.
struct HyperSynthesis: Sendable {
    static let fractionBits = 16
    static let outputFractionBits = 14
    /// Of the leaky ReLUs in block transforms.
    static let leakySlope: Float = 0.1
    private let layers: [IntegerConvolution]
    private let exponential: FixedPointExponential?

    /// - Throws: ``SafeTensors/Failure``.
    init(_ file: SafeTensors, _ architecture: Architecture, n: Int, m: Int) throws {
        let shapes = [[n, n, 5, 5], [n, n, 5, 5], [m, n, 3, 3]]
        let isLogarithmic = architecture == .blockTransform
        layers = try shapes.enumerated().map { i, shape in
            let name = isLogarithmic ? "hyper_synthesis.\(i)" : "h_s.\(2 * i)"
            var weight = try file.tensor(name + ".weight", shape: shape)
            var bias = try file.tensor(name + ".bias", shape: [i == 2 ? m : n]).values
            if isLogarithmic, i == 2 {
                // Logarithms to base 2, so that whole numbers are shifts.
                let factor: Float = 1.4426950408889634
                for k in weight.values.indices { weight.values[k] *= factor }
                for k in bias.indices { bias[k] *= factor }
            }
            return IntegerConvolution(
                weight: weight, bias: bias, direction: i == 2 ? .convolution : .transposed,
                negativeSlope: !isLogarithmic ? 0 : i == 2 ? 1 : Double(Self.leakySlope),
                inputFraction: Self.fractionBits,
                outputFraction: i == 2 ? Self.outputFractionBits : Self.fractionBits)
        }
        exponential = isLogarithmic ? FixedPointExponential(fractionBits: Self.outputFractionBits) : nil
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
        let result = layers[2](x, height: 4 * rows, width: 4 * columns)
        return exponential.map { $0(result) } ?? result
    }
}
