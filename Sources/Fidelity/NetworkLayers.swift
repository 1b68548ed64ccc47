import Imaging
import Neural

extension SafeTensors {
    /// A convolution by its name; its widths and kernel are the file's.
    ///
    /// - Throws: `SafeTensors.Failure` where it is missing or does not fit what comes before.
    func convolution(
        _ name: String, inputs: Int, stride: Int = 1, padding: Int = 0, bias: Bool = true,
        activation: FusedActivation = .none
    ) throws -> Convolution {
        guard let shape = shape(of: name + ".weight") else {
            throw SafeTensors.Failure.missing(path: path, name: name + ".weight")
        }
        guard shape.count == 4, shape[1] == inputs else {
            throw SafeTensors.Failure.wrongShape(
                path: path, name: name + ".weight", expected: [shape.first ?? 1, inputs] + shape.dropFirst(2),
                found: shape)
        }
        return Convolution(
            weight: try tensor(name + ".weight"),
            bias: bias ? try tensor(name + ".bias", shape: [shape[0]]).values : nil, stride: stride,
            padding: padding, activation: activation)
    }
}

extension Tensor {
    /// Zeros around each channel.
    func zeroPadded(rows: Int, columns: Int) -> Tensor {
        guard rows > 0 || columns > 0 else { return self }
        let (channels, height, width) = (shape[0], shape[1], shape[2])
        let (newHeight, newWidth) = (height + 2 * rows, width + 2 * columns)
        var result = Tensor(shape: [channels, newHeight, newWidth])
        for channel in 0..<channels {
            for y in 0..<height {
                let from = (channel * height + y) * width
                let to = (channel * newHeight + y + rows) * newWidth + columns
                result.values.replaceSubrange(to..<to + width, with: values[from..<from + width])
            }
        }
        return result
    }

    /// Means over three by three neighbours, of those within the picture only (`count_include_pad=False`).
    func neighbourMeans() -> Tensor {
        let (channels, height, width) = (shape[0], shape[1], shape[2])
        var result = averagePooled(size: 3, stride: 1, padding: 1)
        // The zeros beyond the edge were counted; a row or column at the edge has two neighbours of three,
        // or one of three.
        func factors(_ extent: Int) -> [Float] {
            (0..<extent).map { 3 / Float(min($0 + 1, extent - 1) - max($0 - 1, 0) + 1) }
        }
        let (vertical, horizontal) = (factors(height), factors(width))
        result.values.withUnsafeMutableBufferPointer { values in
            for channel in 0..<channels {
                for y in 0..<height {
                    for x in 0..<width where vertical[y] * horizontal[x] != 1 {
                        values[(channel * height + y) * width + x] *= vertical[y] * horizontal[x]
                    }
                }
            }
        }
        return result
    }

    /// Several tensors of one height and width, channel after channel.
    static func concatenated(_ parts: [Tensor]) -> Tensor {
        Tensor(
            shape: [parts.reduce(0) { $0 + $1.shape[0] }, parts[0].shape[1], parts[0].shape[2]],
            values: parts.flatMap(\.values))
    }

    /// A picture's samples, each mapped by channel: shape (3, H, W).
    init(_ image: Image, _ map: (_ sample: Float, _ channel: Int) -> Float) {
        let plane = image.width * image.height
        var values = [Float](repeating: 0, count: 3 * plane)
        for c in 0..<3 {
            for i in 0..<plane { values[c * plane + i] = map(Float(image.pixels[3 * i + c]), c) }
        }
        self.init(shape: [3, image.height, image.width], values: values)
    }
}
