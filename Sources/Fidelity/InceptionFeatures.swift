import Imaging
import Neural

/// The Inception-v3 of the Fréchet Inception distance, in pytorch-fid's parameter names, up to its 2,048 pooled features.
///
/// ```
/// picture ─ 299×299 ─ 1a 2a 2b ─ pool ─ 3b 4a ─ pool ─ 5b 5c 5d ─ 6a ─ 6b…6e ─ 7a ─ 7b 7c ─ mean ─► features
/// ```
/// It is TensorFlow's network: its average pools leave the padding out of the mean, and its last block pools by the maximum.
/// Widths are read off the shapes; the classification head and auxiliary branch are not needed.
public struct InceptionFeatures: Sendable {
    let layers: [String: Convolution]
    /// The length of a feature vector.
    public let count: Int

    /// - Throws: `SafeTensors.Failure` naming the tensor that is missing or has another shape.
    public init(_ file: SafeTensors) throws {
        var layers: [String: Convolution] = [:]
        @discardableResult func add(
            _ name: String, _ inputs: Int, stride: Int = 1, kernel: (Int, Int) = (1, 1)
        ) throws -> Int {
            guard let shape = file.shape(of: name + ".conv.weight") else {
                throw SafeTensors.Failure.missing(path: file.path, name: name + ".conv.weight")
            }
            guard shape.count == 4, shape[1] == inputs, shape[2] == kernel.0, shape[3] == kernel.1 else {
                throw SafeTensors.Failure.wrongShape(
                    path: file.path, name: name + ".conv.weight",
                    expected: [shape.first ?? 1, inputs, kernel.0, kernel.1], found: shape)
            }
            layers[name] = Convolution(weight: try file.tensor(name + ".conv.weight"), stride: stride)
                .folding(try BatchNorm(file, prefix: name + ".bn", channels: shape[0], epsilon: 1e-3))
                .activated(.relu)
            return shape[0]
        }
        /// A chain of layers; the width at its end.
        func chain(
            _ prefix: String, _ inputs: Int, _ steps: [(name: String, kernel: (Int, Int), stride: Int)]
        ) throws -> Int {
            try steps.reduce(inputs) { try add(prefix + $1.name, $0, stride: $1.stride, kernel: $1.kernel) }
        }
        var width = try chain(
            "Conv2d_", 3,
            [
                ("1a_3x3", (3, 3), 2), ("2a_3x3", (3, 3), 1), ("2b_3x3", (3, 3), 1), ("3b_1x1", (1, 1), 1),
                ("4a_3x3", (3, 3), 1),
            ])
        for block in ["5b", "5c", "5d"] {
            let p = "Mixed_\(block).branch"
            let a = try add(p + "1x1", width)
            let b = try chain(p, width, [("5x5_1", (1, 1), 1), ("5x5_2", (5, 5), 1)])
            let c = try chain(p, width, [("3x3dbl_1", (1, 1), 1), ("3x3dbl_2", (3, 3), 1), ("3x3dbl_3", (3, 3), 1)])
            width = try a + b + c + add(p + "_pool", width)
        }
        let sixth = try chain("Mixed_6a.branch", width, [("3x3", (3, 3), 2)])
        width +=
            try sixth
            + chain(
                "Mixed_6a.branch", width, [("3x3dbl_1", (1, 1), 1), ("3x3dbl_2", (3, 3), 1), ("3x3dbl_3", (3, 3), 2)])
        for block in ["6b", "6c", "6d", "6e"] {
            let p = "Mixed_\(block).branch"
            let a = try add(p + "1x1", width)
            let b = try chain(p, width, [("7x7_1", (1, 1), 1), ("7x7_2", (1, 7), 1), ("7x7_3", (7, 1), 1)])
            let c = try chain(
                p, width,
                [
                    ("7x7dbl_1", (1, 1), 1), ("7x7dbl_2", (7, 1), 1), ("7x7dbl_3", (1, 7), 1), ("7x7dbl_4", (7, 1), 1),
                    ("7x7dbl_5", (1, 7), 1),
                ])
            width = try a + b + c + add(p + "_pool", width)
        }
        let seventh = try chain("Mixed_7a.branch", width, [("3x3_1", (1, 1), 1), ("3x3_2", (3, 3), 2)])
        width +=
            try seventh
            + chain(
                "Mixed_7a.branch", width,
                [("7x7x3_1", (1, 1), 1), ("7x7x3_2", (1, 7), 1), ("7x7x3_3", (7, 1), 1), ("7x7x3_4", (3, 3), 2)])
        for block in ["7b", "7c"] {
            let p = "Mixed_\(block).branch"
            let a = try add(p + "1x1", width)
            let b = try add(p + "3x3_1", width)
            let c = try chain(p, width, [("3x3dbl_1", (1, 1), 1), ("3x3dbl_2", (3, 3), 1)])
            let wide = try add(p + "3x3_2a", b, kernel: (1, 3)) + add(p + "3x3_2b", b, kernel: (3, 1))
            let wider = try add(p + "3x3dbl_3a", c, kernel: (1, 3)) + add(p + "3x3dbl_3b", c, kernel: (3, 1))
            width = try a + wide + wider + add(p + "_pool", width)
        }
        self.layers = layers
        count = width
    }

    /// The 2,048 features of a picture, of any size: it is interpolated to 299 × 299 without antialiasing, as pytorch-fid does.
    public func callAsFunction(_ image: Image) -> [Float] {
        features(of: Self.input(image))
    }

    static func input(_ image: Image) -> Tensor {
        let whole = Tensor(image) { sample, _ in sample / 255 }
        let plane = image.width * image.height
        var values: [Float] = []
        for c in 0..<3 {
            let channel = Plane(
                width: image.width, height: image.height, values: Array(whole.values[c * plane..<(c + 1) * plane]))
            for value in channel.resized(width: 299, height: 299).values { values.append(2 * value - 1) }
        }
        return Tensor(shape: [3, 299, 299], values: values)
    }

    func features(of input: Tensor) -> [Float] {
        var x = layer("Conv2d_2a_3x3", layer("Conv2d_1a_3x3", input))
        x = layer("Conv2d_2b_3x3", x, same: true).maxPooled(size: 3, stride: 2)
        x = layer("Conv2d_4a_3x3", layer("Conv2d_3b_1x1", x)).maxPooled(size: 3, stride: 2)
        for block in ["5b", "5c", "5d"] {
            let p = "Mixed_\(block).branch"
            x = .concatenated([
                layer(p + "1x1", x), chain(p, x, ["5x5_1", "5x5_2"]),
                chain(p, x, ["3x3dbl_1", "3x3dbl_2", "3x3dbl_3"]),
                layer(p + "_pool", x.neighbourMeans()),
            ])
        }
        x = .concatenated([
            layer("Mixed_6a.branch3x3", x),
            layer("Mixed_6a.branch3x3dbl_3", chain("Mixed_6a.branch", x, ["3x3dbl_1", "3x3dbl_2"])),
            x.maxPooled(size: 3, stride: 2),
        ])
        for block in ["6b", "6c", "6d", "6e"] {
            let p = "Mixed_\(block).branch"
            x = .concatenated([
                layer(p + "1x1", x), chain(p, x, ["7x7_1", "7x7_2", "7x7_3"]),
                chain(p, x, ["7x7dbl_1", "7x7dbl_2", "7x7dbl_3", "7x7dbl_4", "7x7dbl_5"]),
                layer(p + "_pool", x.neighbourMeans()),
            ])
        }
        x = .concatenated([
            layer("Mixed_7a.branch3x3_2", layer("Mixed_7a.branch3x3_1", x)),
            layer("Mixed_7a.branch7x7x3_4", chain("Mixed_7a.branch", x, ["7x7x3_1", "7x7x3_2", "7x7x3_3"])),
            x.maxPooled(size: 3, stride: 2),
        ])
        for block in ["7b", "7c"] {
            let p = "Mixed_\(block).branch"
            let narrow = layer(p + "3x3_1", x)
            let double = chain(p, x, ["3x3dbl_1", "3x3dbl_2"])
            let pooled = block == "7b" ? x.neighbourMeans() : x.maxPooled(size: 3, stride: 1, padding: 1)
            x = .concatenated([
                layer(p + "1x1", x), layer(p + "3x3_2a", narrow, same: true), layer(p + "3x3_2b", narrow, same: true),
                layer(p + "3x3dbl_3a", double, same: true), layer(p + "3x3dbl_3b", double, same: true),
                layer(p + "_pool", pooled),
            ])
        }
        return x.globalAverage().values
    }

    /// - Parameter same: pads with zeros by half the kernel, so that the size stays.
    private func layer(_ name: String, _ x: Tensor, same: Bool = false) -> Tensor {
        let layer = layers[name]!
        return layer(same ? x.zeroPadded(rows: layer.shape[2] / 2, columns: layer.shape[3] / 2) : x)
    }

    private func chain(_ prefix: String, _ x: Tensor, _ names: [String]) -> Tensor {
        names.reduce(x) { layer(prefix + $1, $0, same: true) }
    }
}
