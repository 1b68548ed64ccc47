import CKernels

/// Group normalisation of a picture-like tensor, as `torch.nn.GroupNorm`, with the activation that usually follows.
public struct GroupNorm: Sendable {
    public let groups: Int
    public let weight: [Float]
    public let bias: [Float]
    public let epsilon: Float

    /// - Precondition: `groups` divides the number of channels.
    public init(groups: Int, weight: [Float], bias: [Float], epsilon: Float) {
        precondition(groups > 0 && weight.count % groups == 0 && weight.count == bias.count)
        self.groups = groups
        self.weight = weight
        self.bias = bias
        self.epsilon = epsilon
    }

    /// - Parameters:
    ///   - x: shape (C, …).
    ///   - activation: applied afterwards, in the same pass.
    ///   - scale, shift: one number a channel: y·(1 + scale) + shift before the activation (`scale_shift` time
    ///     embeddings).
    public func callAsFunction(
        _ x: consuming Tensor, activation: Activation? = nil, scale: ArraySlice<Float>? = nil,
        shift: ArraySlice<Float>? = nil
    ) -> Tensor {
        let channels = x.shape[0]
        precondition(channels == weight.count, "group norm of \(weight.count) channels applied to \(x.shape)")
        let area = x.count / channels
        let size = channels / groups
        x.values.withUnsafeMutableBufferPointer { buffer in
            let shared = Shared(buffer.baseAddress!)
            inParallel(groups, grain: max(1, (1 << 14) / (size * area))) { range in
                for group in range {
                    let start = shared.pointer + group * size * area
                    let (mean, variance) = momentsOf(start, count: size * area)
                    let inverse = 1 / (variance + epsilon).squareRoot()
                    for channel in group * size..<(group + 1) * size {
                        var gain = weight[channel] * inverse
                        var offset = bias[channel] - mean * gain
                        if let scale, let shift {
                            let factor = 1 + scale[scale.startIndex + channel]
                            gain *= factor
                            offset = offset * factor + shift[shift.startIndex + channel]
                        }
                        let row = shared.pointer + channel * area
                        ckernels_activate(
                            activation?.function ?? Int32(CKERNELS_IDENTITY), area, gain, offset, row, row)
                    }
                }
            }
        }
        return x
    }
}

/// Mean and (biased) variance; block sums in single precision, their sum in double.
func momentsOf(_ values: UnsafePointer<Float>, count: Int) -> (mean: Float, variance: Float) {
    var (mean, variance) = (Float(0), Float(0))
    ckernels_moments(count, values, &mean, &variance)
    return (mean, variance)
}
