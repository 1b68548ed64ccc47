import EntropyCoding
import Neural

/// Where within its quantisation interval a non-zero symbol is put back (CompressAI's `QuantABCD`): a small network
/// of (g·θ, g) gives how far towards zero.
struct ReconstructionOffsets: Sendable {
    private let weights: [[Float]]
    private let biases: [[Float]]
    private let hidden: Int

    init(_ file: SafeTensors) throws {
        hidden = file.shape(of: "QuantABCD.0.weight")?.first ?? 12
        let shapes = [[hidden, 2], [hidden, hidden], [1, hidden]]
        weights = try (0..<3).map { try file.tensor("QuantABCD.\(2 * $0).weight", shape: shapes[$0]).values }
        biases = try (0..<3).map { try file.tensor("QuantABCD.\(2 * $0).bias", shape: [shapes[$0][0]]).values }
    }

    /// The network's output for each of `deviations` (g·θ, at least 0.11), all at one gain.
    func callAsFunction(deviations: [Float], gain: Float) -> [Float] {
        // Sixty-four at a time, so that every loop below runs over neighbours.
        let batch = 64
        var result = [Float](repeating: 0, count: deviations.count)
        var first = [Float](repeating: 0, count: hidden * batch)
        var second = [Float](repeating: 0, count: batch)
        let constants = (0..<hidden).map { weights[0][2 * $0 + 1] * gain + biases[0][$0] }
        deviations.withUnsafeBufferPointer { x in
            result.withUnsafeMutableBufferPointer { result in
                first.withUnsafeMutableBufferPointer { first in
                    second.withUnsafeMutableBufferPointer { second in
                        for start in stride(from: 0, to: x.count, by: batch) {
                            let count = min(batch, x.count - start)
                            for h in 0..<hidden {
                                let (w, b) = (weights[0][2 * h], constants[h])
                                for i in 0..<count { first[h * batch + i] = max(0, w * x[start + i] + b) }
                            }
                            for i in 0..<count { result[start + i] = biases[2][0] }
                            for o in 0..<hidden {
                                let b = biases[1][o]
                                for i in 0..<count { second[i] = b }
                                for h in 0..<hidden {
                                    let w = weights[1][o * hidden + h]
                                    for i in 0..<count { second[i] += w * first[h * batch + i] }
                                }
                                let w = weights[2][o]
                                for i in 0..<count { result[start + i] += w * max(0, second[i]) }
                            }
                        }
                    }
                }
            }
        }
        return result
    }
}

/// The quantisation step of ẑ at a gain (CompressAI's `gayn2zqstep`), at least ½. Both ends need the same number.
struct HyperStep: Sendable {
    private let weights: [[Float]]
    private let biases: [[Float]]

    init(_ file: SafeTensors) throws {
        let hidden = file.shape(of: "gayn2zqstep.0.weight")?.first ?? 10
        let shapes = [[hidden, 1], [hidden, hidden], [1, hidden]]
        weights = try (0..<3).map { try file.tensor("gayn2zqstep.\(2 * $0).weight", shape: shapes[$0]).values }
        biases = try (0..<3).map { try file.tensor("gayn2zqstep.\(2 * $0).bias", shape: [shapes[$0][0]]).values }
    }

    func callAsFunction(gain: Float) -> Float {
        var x = [Double(1 / gain)]
        for layer in 0..<3 {
            x = biases[layer].indices.map { o in
                var sum = Double(biases[layer][o])
                for i in x.indices { sum += Double(weights[layer][o * x.count + i]) * x[i] }
                return layer < 2 ? max(0, sum) : ReproducibleMath.softplus(sum)
            }
        }
        return max(0.5, Float(x[0]))
    }
}
