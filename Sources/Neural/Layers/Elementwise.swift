import Foundation

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

    /// eˣ/Σeˣ along the last dimension; the row's greatest value is taken off first, so nothing overflows.
    public func softmax() -> Tensor {
        var result = self
        let length = shape.last ?? 1
        guard length > 0 else { return result }
        result.values.withUnsafeMutableBufferPointer { values in
            for row in stride(from: 0, to: values.count, by: length) {
                var greatest = -Float.infinity
                for i in row..<row + length { greatest = max(greatest, values[i]) }
                var sum: Float = 0
                for i in row..<row + length {
                    values[i] = exp(values[i] - greatest)
                    sum += values[i]
                }
                for i in row..<row + length { values[i] /= sum }
            }
        }
        return result
    }
}
