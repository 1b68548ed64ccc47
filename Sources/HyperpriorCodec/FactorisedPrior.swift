import EntropyCoding
import Neural

/// The fully factorised prior of ẑ (CompressAI's entropy bottleneck): per channel a small monotone network gives
/// the cumulative distribution, and the median is the centre of quantisation.
struct FactorisedPrior: Sendable {
    let channels: Int
    let medians: [Float]
    private let quantiles: [Float]
    private let layers: [Layer]

    private struct Layer: Sendable {
        let outputs: Int
        let inputs: Int
        /// softplus of the matrices, (channels, outputs, inputs).
        let matrix: [Float]
        let bias: [Float]
        /// tanh of the factors; empty in the last layer.
        let factor: [Float]
    }

    /// - Throws: ``SafeTensors/Failure``. Both spellings of the parameters are read: `matrices.0` and `_matrix0`.
    init(_ file: SafeTensors, prefix: String, channels: Int) throws {
        self.channels = channels
        let quantiles = try file.tensor(prefix + ".quantiles", shape: [channels, 1, 3]).values
        self.quantiles = quantiles
        medians = (0..<channels).map { quantiles[3 * $0 + 1] }
        func tensor(_ plural: String, _ singular: String, _ i: Int) throws -> Tensor {
            let old = "\(prefix)._\(singular)\(i)"
            return try file.tensor(file.shape(of: old) == nil ? "\(prefix).\(plural).\(i)" : old)
        }
        var layers: [Layer] = []
        var inputs = 1
        for i in 0..<5 {
            let matrix = try tensor("matrices", "matrix", i)
            let outputs = i == 4 ? 1 : matrix.shape.count == 3 ? matrix.shape[1] : 0
            guard matrix.shape == [channels, outputs, inputs], outputs > 0, outputs < 64 else {
                throw SafeTensors.Failure.wrongShape(
                    path: file.path, name: "\(prefix).matrices.\(i)", expected: [channels, max(1, outputs), inputs],
                    found: matrix.shape)
            }
            let bias = try tensor("biases", "bias", i)
            let factor = i < 4 ? try tensor("factors", "factor", i) : nil
            for (name, t) in [("biases", bias), ("factors", factor ?? bias)] where t.shape != [channels, outputs, 1] {
                throw SafeTensors.Failure.wrongShape(
                    path: file.path, name: "\(prefix).\(name).\(i)", expected: [channels, outputs, 1], found: t.shape)
            }
            layers.append(
                Layer(
                    outputs: outputs, inputs: inputs, matrix: matrix.values.map(Self.softplus), bias: bias.values,
                    factor: factor?.values.map { Float(ReproducibleMath.tanh(Double($0))) } ?? []))
            inputs = outputs
        }
        self.layers = layers
    }

    /// The logit of the cumulative distribution of one channel at x, in single precision step by step.
    func logit(_ x: Float, channel: Int) -> Float {
        var values: [Float] = [x]
        for layer in layers {
            var next = [Float](repeating: 0, count: layer.outputs)
            for o in 0..<layer.outputs {
                let row = (channel * layer.outputs + o) * layer.inputs
                // Products and sums each rounded, in order, as PyTorch's product of small matrices has it.
                var sum = layer.matrix[row] * values[0]
                for i in 1..<max(1, layer.inputs) { sum += layer.matrix[row + i] * values[i] }
                sum += layer.bias[channel * layer.outputs + o]
                if !layer.factor.isEmpty {
                    sum += layer.factor[channel * layer.outputs + o] * Float(ReproducibleMath.tanh(Double(sum)))
                }
                next[o] = sum
            }
            values = next
        }
        return values[0]
    }

    // As PyTorch's kernels go, every step in single precision: rounding only at the end would be nearer to the truth,
    // and further from the tables of CompressAI.
    private static func sigmoid(_ x: Float) -> Float { 1 / (1 + exp(-x)) }
    private static func softplus(_ x: Float) -> Float { x > 20 ? x : Float(ReproducibleMath.log1p(Double(exp(x)))) }
    private static func exp(_ x: Float) -> Float { Float(ReproducibleMath.exp(Double(x))) }

    /// The integer tables for quantisation steps of size `step` around the medians: CompressAI's `update()`, with every
    /// single-precision operation rounded correctly, so that they are the same on every machine.
    ///
    /// CompressAI's own are not: PyTorch's tanh, exp and log depend on the processor's vector unit and miss the right
    /// rounding of every fourth logit by a unit in the last place. Where a probability lies at the edge of two
    /// multiples of 2⁻¹⁶, it goes either way (and one that does moves all cumulative entries after it in its table).
    /// Probabilities that differ, by 2⁻¹⁶ or twice that, in random networks of N channels, "step" with a quantisation
    /// step other than 1:
    ///
    /// | | N = 128 | N = 192 | N = 128, step ½ | N = 192, step 0.69 |
    /// |---|---|---|---|---|
    /// | of | 2,902 | 4,420 | 5,548 | 6,159 |
    /// | these tables and CompressAI's (AVX2) | 4 | 0 | 13 | 10 |
    /// | CompressAI's, AVX2 and scalar kernels | 4 | 6 | 18 | 6 |
    /// | CompressAI's, single and double precision | 4 | 14 | 26 | 18 |
    ///
    /// Tables stored with a model are used as stored.
    func update(step: Float = 1) -> CumulativeTables {
        // A hostile file may claim any quantiles; real ones reach a few dozen steps.
        func steps(_ x: Float) -> Float { x > 0 ? min(4096, (x / step).rounded(.up)) : 0 }
        let minima = (0..<channels).map { steps(medians[$0] - quantiles[3 * $0]) }
        let maxima = (0..<channels).map { steps(quantiles[3 * $0 + 2] - medians[$0]) }
        let longest = zip(minima, maxima).map { Int($0 + $1) + 1 }.max() ?? 1
        var tables = CumulativeTables()
        for channel in 0..<channels {
            let start = medians[channel] - minima[channel] * step
            let length = Int(minima[channel] + maxima[channel]) + 1
            func logits(_ k: Int) -> (lower: Float, upper: Float) {
                let x = Float(k) * step + start
                return (logit(x - 0.5 * step, channel: channel), logit(x + 0.5 * step, channel: channel))
            }
            var mass = [Float](repeating: 0, count: length + 1)
            for k in 0..<length {
                let (lower, upper) = logits(k)
                mass[k] = Self.sigmoid(upper) - Self.sigmoid(lower)
            }
            // As the reference has it: the upper tail counts from where the longest channel's table ends.
            mass[length] = Self.sigmoid(logits(0).lower) + Self.sigmoid(-logits(longest - 1).upper)
            tables.append(mass: mass, offset: -Int32(minima[channel]))
        }
        return tables
    }
}
