/// GEGLU: the first half of a linear layer's output times the GELU of the second.
public struct GatedLinear: Sendable {
    /// `outputs` are twice the gated width.
    public let linear: Linear

    public init(_ linear: Linear) {
        precondition(linear.outputs % 2 == 0)
        self.linear = linear
    }

    /// - Parameter x: shape (tokens, inputs).
    /// - Returns: shape (tokens, outputs/2).
    public func callAsFunction(_ x: Tensor) -> Tensor {
        let both = linear(x)
        let (tokens, width) = (x.shape[0], linear.outputs / 2)
        var result = [Float](repeating: 0, count: tokens * width)
        result.withUnsafeMutableBufferPointer { target in
            both.values.withUnsafeBufferPointer { source in
                let (out, from) = (Shared(target.baseAddress!), Shared(source.baseAddress!))
                inParallel(tokens, grain: max(1, (1 << 13) / width)) { range in
                    for token in range {
                        let value = from.pointer + token * 2 * width
                        let line = out.pointer + token * width
                        line.update(from: value + width, count: width)
                        Activation.gelu.apply(line, count: width)
                        for i in 0..<width { line[i] *= value[i] }
                    }
                }
            }
        }
        return Tensor(shape: [tokens, width], values: result)
    }
}
