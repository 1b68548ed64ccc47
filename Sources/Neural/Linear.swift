/// An affine map, as `torch.nn.Linear`: y = W·x + b.
public struct Linear: Sendable {
    /// Shape (outputs, inputs).
    public let weight: Tensor
    public let bias: [Float]

    public init(weight: Tensor, bias: [Float]? = nil) {
        precondition(weight.shape.count == 2, "a linear layer's weight has two dimensions")
        precondition(bias == nil || bias!.count == weight.shape[0], "a linear layer has one bias for each output")
        self.weight = weight
        self.bias = bias ?? .init(repeating: 0, count: weight.shape[0])
    }

    /// - Parameter x: shape (…, inputs); every row is mapped.
    /// - Returns: shape (…, outputs).
    public func callAsFunction(_ x: Tensor) -> Tensor {
        let (outputs, inputs) = (weight.shape[0], weight.shape[1])
        precondition(x.shape.last == inputs, "linear layer of \(weight.shape) applied to \(x.shape)")
        let rows = x.count / max(1, inputs)
        let values = [Float](unsafeUninitializedCapacity: rows * outputs) { buffer, count in
            for row in 0..<rows {
                for output in 0..<outputs { buffer[row * outputs + output] = bias[output] }
            }
            x.values.withUnsafeBufferPointer { x in
                weight.values.withUnsafeBufferPointer { weight in
                    multiply(
                        rows: rows, columns: outputs, inner: inputs, x.baseAddress!, weight.baseAddress!, buffer.baseAddress!, accumulate: true,
                        transposeB: true)
                }
            }
            count = rows * outputs
        }
        return Tensor(shape: Array(x.shape.dropLast()) + [outputs], values: values)
    }
}
