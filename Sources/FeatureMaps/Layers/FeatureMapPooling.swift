import Neural

extension FeatureMap {
    /// The greatest value of every 3×3 window of stride 2, padding 1, as `torch.nn.MaxPool2d(3, 2, 1)`: what lies
    /// beyond the edge never wins.
    public func maxPooled() -> FeatureMap {
        let (source, outRows, outColumns) = (window, (rows + 1) / 2, (columns + 1) / 2)
        return FeatureMap(rows: outRows, columns: outColumns, channels: channels) { values in
            let pitch = pitch
            nonisolated(unsafe) let values = values  // every row is one thread's
            parallelFor(outRows) { _, row in
                for column in 0..<outColumns {
                    let target = values + (row * outColumns + column) * pitch
                    target.update(from: source.pixel(2 * row, 2 * column), count: pitch)
                    for y in max(0, 2 * row - 1)...min(rows - 1, 2 * row + 1) {
                        for x in max(0, 2 * column - 1)...min(columns - 1, 2 * column + 1) {
                            let other = source.pixel(y, x)
                            for channel in 0..<pitch { target[channel] = max(target[channel], other[channel]) }
                        }
                    }
                }
            }
        }
    }

    /// max(0, self + other), number by number.
    public func rectifiedSum(_ other: FeatureMap) -> FeatureMap {
        precondition(
            rows == other.rows && columns == other.columns && pitch == other.pitch, "a sum of different shapes")
        return FeatureMap(rows: rows, columns: columns, channels: channels, dense: pitch == channels) { values in
            let (left, right) = (window.values, other.window.values)
            for i in 0..<rows * columns * pitch { values[i] = max(0, left[i] + right[i]) }
        }
    }
}
