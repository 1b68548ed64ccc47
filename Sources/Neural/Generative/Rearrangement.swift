extension Tensor {
    /// Rows to columns: shape (a, b) becomes (b, a). Turns a picture (channels, pixels) into tokens and back.
    public func transposed() -> Tensor {
        precondition(shape.count == 2)
        let (rows, columns) = (shape[0], shape[1])
        let source = values
        var result = [Float](repeating: 0, count: rows * columns)
        result.withUnsafeMutableBufferPointer { target in
            source.withUnsafeBufferPointer { source in
                let (out, input) = (Shared(target.baseAddress!), Shared(source.baseAddress!))
                let blocks = (rows + 15) / 16
                inParallel(blocks, grain: max(1, (1 << 11) / columns)) { range in
                    for block in range {
                        let (top, bottom) = (block * 16, min(rows, block * 16 + 16))
                        for column in 0..<columns {
                            for row in top..<bottom {
                                out.pointer[column * rows + row] = input.pointer[row * columns + column]
                            }
                        }
                    }
                }
            }
        }
        return Tensor(shape: [columns, rows], values: result)
    }

    /// One after the other along the first dimension.
    public static func concatenated(_ parts: [Tensor]) -> Tensor {
        var values: [Float] = []
        values.reserveCapacity(parts.reduce(0) { $0 + $1.count })
        for part in parts {
            precondition(
                part.shape.dropFirst() == parts[0].shape.dropFirst(), "cannot join \(part.shape) to \(parts[0].shape)")
            values += part.values
        }
        return Tensor(shape: [parts.reduce(0) { $0 + $1.shape[0] }] + parts[0].shape.dropFirst(), values: values)
    }

    /// The nearest source pixel for each of height × width target pixels, as `interpolate(mode="nearest")`.
    ///
    /// - Precondition: shape (C, H, W).
    public func nearest(height: Int, width: Int) -> Tensor {
        precondition(shape.count == 3)
        let (channels, rows, columns) = (shape[0], shape[1], shape[2])
        let source = (0..<width).map { min(columns - 1, $0 * columns / width) }
        let input = values
        var result = [Float](repeating: 0, count: channels * height * width)
        result.withUnsafeMutableBufferPointer { target in
            input.withUnsafeBufferPointer { input in
                let (out, from) = (Shared(target.baseAddress!), Shared(input.baseAddress!))
                inParallel(channels, grain: max(1, (1 << 15) / (height * width))) { range in
                    source.withUnsafeBufferPointer { source in
                        for channel in range {
                            for row in 0..<height {
                                let line =
                                    from.pointer + (channel * rows + min(rows - 1, row * rows / height)) * columns
                                let target = out.pointer + (channel * height + row) * width
                                for column in 0..<width { target[column] = line[source[column]] }
                            }
                        }
                    }
                }
            }
        }
        return Tensor(shape: [channels, height, width], values: result)
    }

    /// Zeros on the right and below. - Precondition: shape (C, H, W).
    public func padded(bottom: Int, right: Int) -> Tensor {
        let (channels, rows, columns) = (shape[0], shape[1], shape[2])
        let (height, width) = (rows + bottom, columns + right)
        var result = [Float](repeating: 0, count: channels * height * width)
        for line in 0..<channels * rows {
            let target = ((line / rows) * height + line % rows) * width
            result.replaceSubrange(target..<target + columns, with: values[line * columns..<(line + 1) * columns])
        }
        return Tensor(shape: [channels, height, width], values: result)
    }

    /// Adds one number a channel. - Precondition: shape (C, …).
    public mutating func add(channels: ArraySlice<Float>) {
        precondition(channels.count == shape[0])
        let area = count / shape[0]
        values.withUnsafeMutableBufferPointer { values in
            for (channel, offset) in channels.enumerated() {
                for i in channel * area..<(channel + 1) * area { values[i] += offset }
            }
        }
    }

    /// Adds another tensor of the same shape, then divides all by `divisor`.
    public mutating func add(_ other: Tensor, dividing divisor: Float = 1) {
        precondition(shape == other.shape, "cannot add \(other.shape) to \(shape)")
        let factor = 1 / divisor
        values.withUnsafeMutableBufferPointer { values in
            other.values.withUnsafeBufferPointer { other in
                if divisor == 1 {
                    for i in 0..<values.count { values[i] += other[i] }
                } else {
                    for i in 0..<values.count { values[i] = (values[i] + other[i]) * factor }
                }
            }
        }
    }
}
