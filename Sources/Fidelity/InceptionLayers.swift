import Neural

/// Reads the layers of ``InceptionFeatures`` block by block; each takes as many channels as the one before leaves.
struct InceptionLayers {
    private let file: SafeTensors
    private(set) var named: [String: Convolution] = [:]

    init(_ file: SafeTensors) { self.file = file }

    private struct Step {
        let name: String
        let rows, columns: Int
        let stride: Int

        init(_ name: String, _ rows: Int, _ columns: Int, stride: Int = 1) {
            self.name = name
            self.rows = rows
            self.columns = columns
            self.stride = stride
        }
    }

    /// - Returns: the width of the features.
    /// - Throws: `SafeTensors.Failure` naming the tensor that is missing or has another shape.
    mutating func readAll() throws -> Int {
        var width = try chain(
            "Conv2d_", 3,
            .init("1a_3x3", 3, 3, stride: 2), .init("2a_3x3", 3, 3), .init("2b_3x3", 3, 3), .init("3b_1x1", 1, 1),
            .init("4a_3x3", 3, 3))
        for block in ["5b", "5c", "5d"] { width = try squares("Mixed_\(block).branch", width) }
        width += try firstReduction("Mixed_6a.branch", width)
        for block in ["6b", "6c", "6d", "6e"] { width = try strips("Mixed_\(block).branch", width) }
        width += try secondReduction("Mixed_7a.branch", width)
        for block in ["7b", "7c"] { width = try fan("Mixed_\(block).branch", width) }
        return width
    }

    /// 35 × 35: square kernels side by side.
    private mutating func squares(_ p: String, _ width: Int) throws -> Int {
        let a = try add(.init("1x1", 1, 1), p, width)
        let b = try chain(p, width, .init("5x5_1", 1, 1), .init("5x5_2", 5, 5))
        let c = try chain(p, width, .init("3x3dbl_1", 1, 1), .init("3x3dbl_2", 3, 3), .init("3x3dbl_3", 3, 3))
        return try a + b + c + add(.init("_pool", 1, 1), p, width)
    }

    /// From 35 × 35 to 17 × 17; the input's own channels are pooled beside.
    private mutating func firstReduction(_ p: String, _ width: Int) throws -> Int {
        let a = try chain(p, width, .init("3x3", 3, 3, stride: 2))
        return try a
            + chain(
                p, width, .init("3x3dbl_1", 1, 1), .init("3x3dbl_2", 3, 3), .init("3x3dbl_3", 3, 3, stride: 2))
    }

    /// 17 × 17: kernels of 7 × 7 as strips, one along each side.
    private mutating func strips(_ p: String, _ width: Int) throws -> Int {
        let a = try add(.init("1x1", 1, 1), p, width)
        let b = try chain(p, width, .init("7x7_1", 1, 1), .init("7x7_2", 1, 7), .init("7x7_3", 7, 1))
        let c = try chain(
            p, width,
            .init("7x7dbl_1", 1, 1), .init("7x7dbl_2", 7, 1), .init("7x7dbl_3", 1, 7), .init("7x7dbl_4", 7, 1),
            .init("7x7dbl_5", 1, 7))
        return try a + b + c + add(.init("_pool", 1, 1), p, width)
    }

    /// From 17 × 17 to 8 × 8; the input's own channels are pooled beside.
    private mutating func secondReduction(_ p: String, _ width: Int) throws -> Int {
        let a = try chain(p, width, .init("3x3_1", 1, 1), .init("3x3_2", 3, 3, stride: 2))
        return try a
            + chain(
                p, width,
                .init("7x7x3_1", 1, 1), .init("7x7x3_2", 1, 7), .init("7x7x3_3", 7, 1),
                .init("7x7x3_4", 3, 3, stride: 2))
    }

    /// 8 × 8: two branches end in a strip along each side, both of the same input.
    private mutating func fan(_ p: String, _ width: Int) throws -> Int {
        let a = try add(.init("1x1", 1, 1), p, width)
        let b = try add(.init("3x3_1", 1, 1), p, width)
        let c = try chain(p, width, .init("3x3dbl_1", 1, 1), .init("3x3dbl_2", 3, 3))
        let wide = try add(.init("3x3_2a", 1, 3), p, b) + add(.init("3x3_2b", 3, 1), p, b)
        let wider = try add(.init("3x3dbl_3a", 1, 3), p, c) + add(.init("3x3dbl_3b", 3, 1), p, c)
        return try a + wide + wider + add(.init("_pool", 1, 1), p, width)
    }

    /// A chain of layers; the width at its end.
    private mutating func chain(_ prefix: String, _ inputs: Int, _ steps: Step...) throws -> Int {
        var width = inputs
        for step in steps { width = try add(step, prefix, width) }
        return width
    }

    private mutating func add(_ step: Step, _ prefix: String, _ inputs: Int) throws -> Int {
        let name = prefix + step.name
        guard let shape = file.shape(of: name + ".conv.weight") else {
            throw SafeTensors.Failure.missing(path: file.path, name: name + ".conv.weight")
        }
        guard shape.count == 4, shape[1] == inputs, shape[2] == step.rows, shape[3] == step.columns else {
            throw SafeTensors.Failure.wrongShape(
                path: file.path, name: name + ".conv.weight",
                expected: [shape.first ?? 1, inputs, step.rows, step.columns], found: shape)
        }
        named[name] = Convolution(weight: try file.tensor(name + ".conv.weight"), stride: step.stride)
            .folding(try BatchNorm(file, prefix: name + ".bn", channels: shape[0], epsilon: 1e-3))
            .activated(.relu)
        return shape[0]
    }
}
