extension Tensor {
    /// The greatest value of every window, as `torch.nn.MaxPool2d`: what lies beyond the edge never wins.
    ///
    /// - Returns: shape (channels, ⌊(height + 2·padding − size)/stride⌋ + 1, likewise width).
    public func maxPooled(size: Int, stride: Int, padding: Int = 0) -> Tensor {
        pooled(
            size: size, stride: stride, padding: padding, initial: -.infinity, combine: { max($0, $1) }, finish: { $0 })
    }

    /// The mean of every window, as `torch.nn.AvgPool2d` (zeros beyond the edge count).
    public func averagePooled(size: Int, stride: Int, padding: Int = 0) -> Tensor {
        let area = Float(size * size)
        return pooled(
            size: size, stride: stride, padding: padding, initial: 0, combine: { $0 + $1 }, finish: { $0 / area })
    }

    /// The mean of every channel's plane: shape (channels).
    public func globalAverage() -> Tensor {
        precondition(shape.count == 3, "global average of \(shape)")
        let plane = shape[1] * shape[2]
        let means = (0..<shape[0]).map { channel in
            Float(
                values[channel * plane..<(channel + 1) * plane].reduce(into: 0.0) { $0 += Double($1) } / Double(plane))
        }
        return Tensor(shape: [shape[0]], values: means)
    }

    @inline(__always)
    private func pooled(
        size: Int, stride: Int, padding: Int, initial: Float, combine: (Float, Float) -> Float, finish: (Float) -> Float
    ) -> Tensor {
        precondition(shape.count == 3, "pooling of \(shape)")
        let (channels, height, width) = (shape[0], shape[1], shape[2])
        let outHeight = (height + 2 * padding - size) / stride + 1
        let outWidth = (width + 2 * padding - size) / stride + 1
        let result = [Float](unsafeUninitializedCapacity: channels * outHeight * outWidth) { buffer, count in
            values.withUnsafeBufferPointer { input in
                for channel in 0..<channels {
                    for row in 0..<outHeight {
                        let rows = max(0, row * stride - padding)..<min(height, row * stride - padding + size)
                        for column in 0..<outWidth {
                            let left = max(0, column * stride - padding)
                            let right = min(width, column * stride - padding + size)
                            var value = initial
                            for y in rows {
                                let line = (channel * height + y) * width
                                for x in left..<right { value = combine(value, input[line + x]) }
                            }
                            buffer[(channel * outHeight + row) * outWidth + column] = finish(value)
                        }
                    }
                }
            }
            count = channels * outHeight * outWidth
        }
        return Tensor(shape: [channels, outHeight, outWidth], values: result)
    }
}
