import FeatureMaps
import Neural

/// What a hyperprior network's analysis or synthesis has learnt: four 5×5 kernels and the normalisations between them.
struct TransformParameters: Sendable {
    enum Direction: Sendable {
        /// Kernels (outputs, inputs, 5, 5).
        case analysis
        /// Transposed kernels (inputs, outputs, 5, 5), inverse normalisations.
        case synthesis
    }

    let direction: Direction
    private(set) var kernels: [Tensor]
    private(set) var biases: [[Float]]
    private(set) var normalisations: [DivisiveNormalisation.Parameters]

    /// - Parameters:
    ///   - kernels: of four layers, each taking the channels that the one before gives.
    ///   - biases: of the same layers.
    ///   - normalisations: after the first three.
    init(
        _ direction: Direction, kernels: [Tensor], biases: [[Float]], normalisations: [DivisiveNormalisation.Parameters]
    ) {
        precondition(
            kernels.count == 4 && biases.count == 4 && normalisations.count == 3, "a transform has four layers")
        (self.direction, self.kernels, self.biases, self.normalisations) = (direction, kernels, biases, normalisations)
    }

    /// From `g_a` or `g_s` of a state dict with N hidden channels and M of the latent.
    ///
    /// - Throws: ``SafeTensors/Failure`` where a tensor is missing or of the wrong shape.
    init(_ file: SafeTensors, _ direction: Direction, n: Int, m: Int) throws {
        let prefix = direction == .analysis ? "g_a" : "g_s"
        let channels = direction == .analysis ? [3, n, n, n, m] : [m, n, n, n, 3]
        let (layers, hidden) = (Array(0..<4), Array(0..<3))
        try self.init(
            direction,
            kernels: layers.map {
                let (inputs, outputs) = (channels[$0], channels[$0 + 1])
                return try file.tensor(
                    "\(prefix).\(2 * $0).weight",
                    shape: direction == .analysis ? [outputs, inputs, 5, 5] : [inputs, outputs, 5, 5])
            },
            biases: layers.map { try file.tensor("\(prefix).\(2 * $0).bias", shape: [channels[$0 + 1]]).values },
            normalisations: hidden.map { try .init(file, prefix: "\(prefix).\(2 * $0 + 1)", channels: n) })
    }

    func normalisation(after layer: Int) -> DivisiveNormalisation {
        DivisiveNormalisation(normalisations[layer], inverse: direction == .synthesis)
    }

    /// The same transform without the hidden channels that nothing hears, and their arithmetic.
    ///
    /// A network that learnt with few hidden channels is stored with all N, for CompressAI's sake: the kernels behind
    /// the others are zero, and no γ brings them into another channel's norm.
    func withoutDeadChannels() -> Self {
        var result = self
        for layer in (0..<3).reversed() {
            let gamma = normalisations[layer].gamma
            let channels = normalisations[layer].beta.count
            let next = result.kernels[layer + 1]
            var heard = (0..<channels).map { channel in !result.isZero(next, input: channel) }
            var waiting = heard.indices.filter { heard[$0] }
            while let channel = waiting.popLast() {
                for other in 0..<channels where !heard[other] && gamma.values[channel * channels + other] != 0 {
                    heard[other] = true
                    waiting.append(other)
                }
            }
            let kept = heard.indices.filter { heard[$0] }
            if kept.count < channels { result.keep(kept.isEmpty ? [0] : kept, after: layer) }
        }
        return result
    }

    private func isZero(_ kernel: Tensor, input: Int) -> Bool {
        let (first, second) = (kernel.shape[0], kernel.shape[1])
        switch direction {
        case .synthesis: return kernel.values[input * second * 25..<(input + 1) * second * 25].allSatisfy { $0 == 0 }
        case .analysis:
            return (0..<first).allSatisfy { row in
                kernel.values[(row * second + input) * 25..<(row * second + input + 1) * 25].allSatisfy { $0 == 0 }
            }
        }
    }

    private mutating func keep(_ channels: [Int], after layer: Int) {
        let (outputs, inputs) = direction == .analysis ? (0, 1) : (1, 0)
        kernels[layer] = kernels[layer].selecting(channels, along: outputs)
        kernels[layer + 1] = kernels[layer + 1].selecting(channels, along: inputs)
        biases[layer] = channels.map { biases[layer][$0] }
        normalisations[layer] = normalisations[layer].selecting(channels)
    }
}
