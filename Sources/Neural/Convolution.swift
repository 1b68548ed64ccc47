/// A two-dimensional convolution with zero padding, as `torch.nn.Conv2d`.
public struct Convolution: Sendable {
    /// Shape (output channels, input channels, kernel height, kernel width).
    public let weight: Tensor
    public let bias: [Float]
    public let stride: Int
    public let padding: Int

    public init(weight: Tensor, bias: [Float]? = nil, stride: Int = 1, padding: Int = 0) {
        precondition(weight.shape.count == 4, "a convolution's weight has four dimensions")
        self.weight = weight
        self.bias = bias ?? .init(repeating: 0, count: weight.shape[0])
        self.stride = stride
        self.padding = padding
    }

    public func outputExtent(_ extent: Int, kernel: Int) -> Int { (extent + 2 * padding - kernel) / stride + 1 }

    /// - Parameter x: shape (input channels, height, width).
    /// - Returns: shape (output channels, ⌊(height + 2·padding − kernel)/stride⌋ + 1, likewise width).
    public func callAsFunction(_ x: Tensor) -> Tensor {
        let (channels, height, width) = (x.shape[0], x.shape[1], x.shape[2])
        let (outputs, kernelHeight, kernelWidth) = (weight.shape[0], weight.shape[2], weight.shape[3])
        precondition(channels == weight.shape[1], "convolution of \(weight.shape) applied to \(x.shape)")
        let outHeight = outputExtent(height, kernel: kernelHeight)
        let outWidth = outputExtent(width, kernel: kernelWidth)
        let depth = channels * kernelHeight * kernelWidth
        let rowsPerBand = max(1, (1 << 17) / (depth * outWidth))
        var result = [Float](repeating: 0, count: outputs * outHeight * outWidth)
        var patches = [Float](repeating: 0, count: depth * min(rowsPerBand, outHeight) * outWidth)
        x.values.withUnsafeBufferPointer { input in
            weight.values.withUnsafeBufferPointer { kernel in
                patches.withUnsafeMutableBufferPointer { patches in
                    result.withUnsafeMutableBufferPointer { output in
                        for channel in 0..<outputs {
                            let plane = channel * outHeight * outWidth
                            for i in 0..<outHeight * outWidth { output[plane + i] = bias[channel] }
                        }
                        var top = 0
                        while top < outHeight {
                            let rows = min(rowsPerBand, outHeight - top)
                            let columns = rows * outWidth
                            var line = 0
                            for channel in 0..<channels {
                                for ky in 0..<kernelHeight {
                                    for kx in 0..<kernelWidth {
                                        for row in 0..<rows {
                                            let y = (top + row) * stride + ky - padding
                                            let target = line * columns + row * outWidth
                                            for column in 0..<outWidth {
                                                let xx = column * stride + kx - padding
                                                patches[target + column] =
                                                    y >= 0 && y < height && xx >= 0 && xx < width
                                                    ? input[(channel * height + y) * width + xx] : 0
                                            }
                                        }
                                        line += 1
                                    }
                                }
                            }
                            multiply(
                                rows: outputs, columns: columns, inner: depth, kernel.baseAddress!, patches.baseAddress!,
                                output.baseAddress! + top * outWidth, accumulate: true, leadingC: outHeight * outWidth)
                            top += rows
                        }
                    }
                }
            }
        }
        return Tensor(shape: [outputs, outHeight, outWidth], values: result)
    }
}
