/// Single-precision numbers in row-major order: the last dimension runs fastest.
public struct Tensor: Equatable, Sendable {
    public private(set) var shape: [Int]
    public var values: [Float]

    public init(shape: [Int], values: [Float]) {
        precondition(shape.reduce(1, *) == values.count, "shape \(shape) does not hold \(values.count) values")
        self.shape = shape
        self.values = values
    }

    public init(shape: [Int], repeating value: Float = 0) {
        self.init(shape: shape, values: .init(repeating: value, count: shape.reduce(1, *)))
    }

    public var count: Int { values.count }

    /// The same numbers under another shape of the same count.
    public consuming func reshaped(_ shape: [Int]) -> Tensor { Tensor(shape: shape, values: values) }
}
