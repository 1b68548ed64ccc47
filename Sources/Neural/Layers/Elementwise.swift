extension Tensor {
    /// max(x, 0).
    public func relu() -> Tensor {
        var result = self
        result.values.withUnsafeMutableBufferPointer { for i in $0.indices { $0[i] = max($0[i], 0) } }
        return result
    }

    /// The sum, element by element, of two tensors of one shape.
    public static func + (a: Tensor, b: Tensor) -> Tensor {
        precondition(a.shape == b.shape, "\(a.shape) + \(b.shape)")
        var result = a
        result.values.withUnsafeMutableBufferPointer { sum in
            b.values.withUnsafeBufferPointer { for i in sum.indices { sum[i] += $0[i] } }
        }
        return result
    }
}
