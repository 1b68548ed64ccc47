/// Which tiles or pixels of a layer's output somebody needs. The others need not be computed.
public struct Region: Equatable, Sendable {
    public let height: Int
    public let width: Int
    public private(set) var values: [Bool]

    public init(height: Int, width: Int, values: [Bool]) {
        precondition(values.count == height * width, "a region holds height·width truth values")
        self.height = height
        self.width = width
        self.values = values
    }

    /// Every pixel becomes factor × factor pixels.
    public func enlarged(by factor: Int) -> Region {
        var result = [Bool](repeating: false, count: values.count * factor * factor)
        for row in 0..<height {
            for column in 0..<width where values[row * width + column] {
                for y in 0..<factor {
                    let start = ((row * factor + y) * width + column) * factor
                    for x in 0..<factor { result[start + x] = true }
                }
            }
        }
        return Region(height: height * factor, width: width * factor, values: result)
    }

    /// Every 2 × 2 pixels become one, needed if any of them is.
    public func halved() -> Region {
        let (rows, columns) = ((height + 1) / 2, (width + 1) / 2)
        var result = [Bool](repeating: false, count: rows * columns)
        for row in 0..<height {
            for column in 0..<width where values[row * width + column] { result[row / 2 * columns + column / 2] = true }
        }
        return Region(height: rows, width: columns, values: result)
    }

    /// The pixels and their eight neighbours.
    public func dilated() -> Region {
        var wide = values
        for row in 0..<height {
            for column in 0..<width where values[row * width + column] {
                if column > 0 { wide[row * width + column - 1] = true }
                if column + 1 < width { wide[row * width + column + 1] = true }
            }
        }
        var result = wide
        for row in 0..<height {
            for column in 0..<width where wide[row * width + column] {
                if row > 0 { result[(row - 1) * width + column] = true }
                if row + 1 < height { result[(row + 1) * width + column] = true }
            }
        }
        return Region(height: height, width: width, values: result)
    }
}
