/// y = x·Wᵀ + b on tokens, as `torch.nn.Linear`.
public struct Linear: Sendable {
    /// Shape (outputs, inputs).
    public let weight: Tensor
    public let bias: [Float]?

    /// - Parameter weight: shape (outputs, inputs), or (outputs, inputs, 1, 1) of an equivalent convolution.
    public init(weight: Tensor, bias: [Float]? = nil) {
        precondition(
            weight.shape.count == 2 || weight.shape.dropFirst(2) == [1, 1], "a linear layer's weight is a matrix")
        let (outputs, inputs) = (weight.shape[0], weight.shape[1])
        precondition(bias == nil || bias!.count == outputs)
        self.weight = weight.reshaped([outputs, inputs])
        self.bias = bias
    }

    public var inputs: Int { weight.shape[1] }
    public var outputs: Int { weight.shape[0] }

    /// - Parameters:
    ///   - x: shape (…, inputs); every row, a token, is mapped.
    ///   - residual: added to the result; shape (…, outputs).
    /// - Returns: shape (…, outputs).
    public func callAsFunction(_ x: Tensor, residual: consuming Tensor? = nil) -> Tensor {
        let tokens = x.count / max(1, inputs)
        let shape = Array(x.shape.dropLast()) + [outputs]
        precondition(x.shape.last == inputs, "linear layer of \(weight.shape) applied to \(x.shape)")
        let outputs = outputs
        var result: Tensor
        if let residual {
            precondition(residual.shape == shape)
            result = residual
        } else {
            result = Tensor(shape: shape)
        }
        result.values.withUnsafeMutableBufferPointer { output in
            if let bias {
                let shared = Shared(output.baseAddress!)
                inParallel(tokens, grain: max(1, (1 << 15) / outputs)) { range in
                    bias.withUnsafeBufferPointer { bias in
                        for token in range {
                            let row = shared.pointer + token * outputs
                            for i in 0..<outputs { row[i] += bias[i] }
                        }
                    }
                }
            }
            x.values.withUnsafeBufferPointer { input in
                weight.values.withUnsafeBufferPointer { matrix in
                    multiply(
                        rows: tokens, columns: outputs, inner: inputs, input.baseAddress!, matrix.baseAddress!,
                        output.baseAddress!,
                        accumulate: true, transposeB: true)
                }
            }
        }
        return result
    }

    /// The same for a single vector.
    public func callAsFunction(_ x: [Float]) -> [Float] { self(Tensor(shape: [1, x.count], values: x)).values }
}
