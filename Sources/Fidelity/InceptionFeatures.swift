import Imaging
import Neural

/// The Inception-v3 of the Fréchet Inception distance, in pytorch-fid's parameter names,
/// up to its 2,048 pooled features.
///
/// ```
/// picture ─ 299×299 ─ 1a 2a 2b ─ pool ─ 3b 4a ─ pool ─ 5b 5c 5d ─ 6a ─ 6b…6e ─ 7a ─ 7b 7c ─ mean ─► features
/// ```
/// It is TensorFlow's network: its average pools leave the padding out of the mean, and its last block pools by the
/// maximum. Widths are read off the shapes; the classification head and auxiliary branch are not needed.
public struct InceptionFeatures: Sendable {
    let layers: [String: Convolution]
    /// The length of a feature vector.
    public let count: Int

    /// - Throws: `SafeTensors.Failure` naming the tensor that is missing or has another shape.
    public init(_ file: SafeTensors) throws {
        var layers = InceptionLayers(file)
        count = try layers.readAll()
        self.layers = layers.named
    }

    /// The 2,048 features of a picture, of any size: it is interpolated to 299 × 299 without antialiasing, as
    /// pytorch-fid does.
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
