/// Normalisation of each token over its channels, as `torch.nn.LayerNorm`.
public struct LayerNorm: Sendable {
    public let weight: [Float]
    public let bias: [Float]
    public let epsilon: Float

    public init(weight: [Float], bias: [Float], epsilon: Float = 1e-5) {
        precondition(weight.count == bias.count)
        self.weight = weight
        self.bias = bias
        self.epsilon = epsilon
    }

    /// - Parameter x: shape (tokens, channels).
    public func callAsFunction(_ x: consuming Tensor) -> Tensor {
        let (tokens, channels) = (x.shape[0], x.shape[1])
        precondition(channels == weight.count, "layer norm of \(weight.count) channels applied to \(x.shape)")
        x.values.withUnsafeMutableBufferPointer { buffer in
            let shared = Shared(buffer.baseAddress!)
            inParallel(tokens, grain: max(1, (1 << 14) / channels)) { range in
                weight.withUnsafeBufferPointer { weight in
                    bias.withUnsafeBufferPointer { bias in
                        for token in range {
                            let row = shared.pointer + token * channels
                            let (mean, variance) = momentsOf(row, count: channels)
                            let inverse = 1 / (variance + epsilon).squareRoot()
                            for i in 0..<channels { row[i] = (row[i] - mean) * inverse * weight[i] + bias[i] }
                        }
                    }
                }
            }
        }
        return x
    }
}
