/// A binary matrix, row by row: the selected cells of a latent (m_P), or the known pixels of a picture (m̄).
public struct Mask: Equatable, Sendable {
    public let width: Int
    public let height: Int
    public var values: [Bool]

    public init(width: Int, height: Int, values: [Bool]) {
        precondition(
            width > 0 && height > 0 && values.count == width * height, "values must hold width·height truth values")
        self.width = width
        self.height = height
        self.values = values
    }

    public init(width: Int, height: Int, repeating value: Bool) {
        self.init(width: width, height: height, values: .init(repeating: value, count: width * height))
    }

    @inlinable public subscript(row: Int, column: Int) -> Bool {
        get { values[row * width + column] }
        set { values[row * width + column] = newValue }
    }

    /// How many entries are true.
    public var count: Int { values.reduce(0) { $0 + ($1 ? 1 : 0) } }
}
