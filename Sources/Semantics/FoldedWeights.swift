import Neural

/// Convolutions of a weights file with their normalisations folded in; shapes are checked on the way.
struct FoldedWeights {
    let file: SafeTensors
    /// Batch norm's ε.
    let epsilon: Float
    let padding: ConvolutionPadding

    typealias Layer = (weight: Tensor, bias: [Float])

    func has(_ name: String) -> Bool { file.shape(of: name + ".weight") != nil }

    /// (outputs, inputs, 1, 1).
    func pointwise(_ name: String, norm: String, inputs: Int) throws -> Layer {
        try folded(name, norm: norm) { [$0.first ?? inputs, inputs, 1, 1] }
    }

    /// (channels, 1, k, k), k odd up to 7.
    func depthwise(_ name: String, norm: String, channels: Int) throws -> Layer {
        try folded(name, norm: norm) { [channels, 1] + Self.square($0, upTo: 7) }
    }

    /// (outputs, 3, k, k), k odd up to 9.
    func stem(_ name: String, norm: String) throws -> Layer {
        try folded(name, norm: norm) { [$0.first ?? 32, 3] + Self.square($0, upTo: 9) }
    }

    private static func square(_ shape: [Int], upTo most: Int) -> [Int] {
        let side = shape.count == 4 && shape[2] % 2 == 1 && shape[2] <= most ? shape[2] : 3
        return [side, side]
    }

    private func folded(_ name: String, norm: String, expected: (_ found: [Int]) -> [Int]) throws -> Layer {
        guard let shape = file.shape(of: name + ".weight") else {
            throw SafeTensors.Failure.missing(path: file.path, name: name + ".weight")
        }
        let wanted = expected(shape)
        guard shape == wanted, shape[0] > 0 else {
            throw SafeTensors.Failure.wrongShape(
                path: file.path, name: name + ".weight", expected: wanted, found: shape)
        }
        let norm = try BatchNorm(file, prefix: norm, channels: shape[0], epsilon: epsilon)
        return try norm.folded(into: file.tensor(name + ".weight"))
    }
}
