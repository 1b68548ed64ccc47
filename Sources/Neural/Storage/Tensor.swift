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

    /// Some indices of one dimension, in the order given.
    public func selecting(_ indices: [Int], along dimension: Int) -> Tensor {
        let run = shape[(dimension + 1)...].reduce(1, *)
        let block = run * shape[dimension]
        var selected: [Float] = []
        selected.reserveCapacity(count / shape[dimension] * indices.count)
        for start in stride(from: 0, to: count, by: block) {
            for index in indices { selected += values[start + index * run..<start + (index + 1) * run] }
        }
        return Tensor(shape: shape[..<dimension] + [indices.count] + shape[(dimension + 1)...], values: selected)
    }
}
