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
        _ x: consuming Tensor, activation: Activation? = nil, scale: ArraySlice<Float>? = nil, shift: ArraySlice<Float>? = nil
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
                        if activation == .silu {
                            mapVectors(row, count: area) { Activation.silu($0 * gain + offset) }
                        } else {
                            mapVectors(row, count: area) { $0 * gain + offset }
                            activation?.apply(row, count: area)
                        }
                    }
                }
            }
        }
        return x
    }
}

/// Mean and (biased) variance; block sums in single precision, their sum in double.
func momentsOf(_ values: UnsafePointer<Float>, count: Int) -> (mean: Float, variance: Float) {
    let raw = UnsafeRawPointer(values)
    func total(_ term: (SIMD8<Float>) -> SIMD8<Float>) -> Double {
        var sum: Double = 0
        var i = 0
        while i < count {
            let end = min(i + 4096, count)
            var (a, b) = (SIMD8<Float>(), SIMD8<Float>())
            while i + 16 <= end {
                a += term(raw.loadUnaligned(fromByteOffset: 4 * i, as: SIMD8<Float>.self))
                b += term(raw.loadUnaligned(fromByteOffset: 4 * i + 32, as: SIMD8<Float>.self))
                i += 16
            }
            while i < end {
                var single = SIMD8<Float>()
                single = term(SIMD8(repeating: values[i]))
                sum += Double(single[0])
                i += 1
            }
            sum += Double((a + b).sum())
        }
        return sum
    }
    let mean = Float(total { $0 } / Double(count))
    let variance = Float(total { ($0 - mean) * ($0 - mean) } / Double(count))
    return (mean, variance)
}
