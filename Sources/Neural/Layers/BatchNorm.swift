/// The statistics of an inference-time batch normalisation, as `torch.nn.BatchNorm2d`.
public struct BatchNorm: Sendable {
    public let scale: [Float]
    public let shift: [Float]
    public let mean: [Float]
    public let variance: [Float]
    public let epsilon: Float

    /// From `weight`, `bias`, `running_mean` and `running_var` under a prefix.
    ///
    /// - Throws: ``SafeTensors/Failure`` where one is missing or of the wrong shape.
    public init(_ file: SafeTensors, prefix: String, channels: Int, epsilon: Float = 1e-5) throws {
        scale = try file.tensor(prefix + ".weight", shape: [channels]).values
        shift = try file.tensor(prefix + ".bias", shape: [channels]).values
        mean = try file.tensor(prefix + ".running_mean", shape: [channels]).values
        variance = try file.tensor(prefix + ".running_var", shape: [channels]).values
        self.epsilon = epsilon
    }

    public init(scale: [Float], shift: [Float], mean: [Float], variance: [Float], epsilon: Float = 1e-5) {
        self.scale = scale
        self.shift = shift
        self.mean = mean
        self.variance = variance
        self.epsilon = epsilon
    }
}

extension BatchNorm {
    /// The weight and bias of a convolution without bias and this normalisation after it, as one: w ↦ w·s, b = shift −
    /// μ·s with s = scale/√(σ² + ε).
    ///
    /// - Parameter weight: (outputs, …).
    public func folded(into weight: Tensor) -> (weight: Tensor, bias: [Float]) {
        let (outputs, count) = (weight.shape[0], weight.values.count / weight.shape[0])
        precondition(scale.count == outputs, "normalisation of \(scale.count) channels folded into \(outputs)")
        let factors = (0..<outputs).map { scale[$0] / (variance[$0] + epsilon).squareRoot() }
        var values = weight.values
        values.withUnsafeMutableBufferPointer { values in
            for output in 0..<outputs {
                for i in output * count..<(output + 1) * count { values[i] *= factors[output] }
            }
        }
        return (Tensor(shape: weight.shape, values: values), (0..<outputs).map { shift[$0] - mean[$0] * factors[$0] })
    }
}

extension Convolution {
    /// The convolution followed by the normalisation, as one convolution: w ↦ w·s, b ↦ (b − μ)·s + shift with s =
    /// scale/√(σ² + ε).
    public func folding(_ norm: BatchNorm) -> Convolution {
        let outputs = shape[0]
        precondition(
            norm.scale.count == outputs, "normalisation of \(norm.scale.count) channels folded into \(outputs)")
        let factors = (0..<outputs).map { norm.scale[$0] / (norm.variance[$0] + norm.epsilon).squareRoot() }
        return scalingOutputs(
            by: factors, bias: (0..<outputs).map { (bias[$0] - norm.mean[$0]) * factors[$0] + norm.shift[$0] })
    }
}
