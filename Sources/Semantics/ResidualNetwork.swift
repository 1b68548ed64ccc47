import Neural

/// torchvision's `ResNet` up to its last feature map: a stem, then stages of basic or bottleneck blocks.
///
/// ```
/// picture (3, H, W) ─ conv1·bn1·relu ─ max pool ─ layer1 … layer4 ─► features f (C_f, ⌈H/32⌉, ⌈W/32⌉)
/// ```
/// Widths, depths, block kinds and kernel sizes are read off the tensors' names and shapes, so that `resnet18` to
/// `resnet152`, and narrower ones, load alike. Normalisations are folded into their convolutions.
struct ResidualNetwork: Sendable {
    let stem: Convolution
    let stages: [[ResidualBlock]]
    /// C_f.
    let channels: Int

    /// - Throws: `SafeTensors.Failure` where a tensor is missing or of the wrong shape;
    ///   ``SemanticsFailure/notAResidualNetwork(path:reason:)`` where the names are another architecture's.
    init(_ file: SafeTensors) throws {
        guard let first = file.shape(of: "conv1.weight") else { throw SafeTensors.Failure.missing(path: file.path, name: "conv1.weight") }
        guard first.count == 4, first[1] == 3 else {
            throw SafeTensors.Failure.wrongShape(path: file.path, name: "conv1.weight", expected: [64, 3, 7, 7], found: first)
        }
        stem = try Self.convolution(file, "conv1", norm: "bn1", inputs: 3, stride: 2, activation: .relu)
        var channels = first[0]
        var stages: [[ResidualBlock]] = []
        // By any tensor of a block, so that one that is missing is named and does not pass for a shallower network.
        let names = file.names
        while names.contains(where: { $0.hasPrefix("layer\(stages.count + 1).") }) {
            let stage = "layer\(stages.count + 1)"
            var blocks: [ResidualBlock] = []
            while names.contains(where: { $0.hasPrefix("\(stage).\(blocks.count).") }) {
                let block = try ResidualBlock(
                    file, prefix: "\(stage).\(blocks.count)", inputs: channels, stride: stages.isEmpty || !blocks.isEmpty ? 1 : 2)
                channels = block.channels
                blocks.append(block)
            }
            guard !blocks.isEmpty else { throw SafeTensors.Failure.missing(path: file.path, name: "\(stage).0.conv1.weight") }
            stages.append(blocks)
        }
        guard !stages.isEmpty else { throw SemanticsFailure.notAResidualNetwork(path: file.path, reason: "tensor 'layer1.0.conv1.weight' is missing") }
        self.stages = stages
        self.channels = channels
    }

    /// A convolution without bias and its normalisation, folded; padding keeps the size (half the kernel).
    static func convolution(
        _ file: SafeTensors, _ name: String, norm: String, inputs: Int, stride: Int = 1, activation: FusedActivation = .none
    ) throws -> Convolution {
        guard let shape = file.shape(of: name + ".weight") else { throw SafeTensors.Failure.missing(path: file.path, name: name + ".weight") }
        guard shape.count == 4, shape[1] == inputs, shape[2] == shape[3], shape[2] % 2 == 1 else {
            let kernel = shape.count == 4 ? shape[2] : 3
            throw SafeTensors.Failure.wrongShape(
                path: file.path, name: name + ".weight", expected: [shape.first ?? inputs, inputs, kernel, kernel], found: shape)
        }
        return Convolution(weight: try file.tensor(name + ".weight"), stride: stride, padding: shape[2] / 2)
            .folding(try BatchNorm(file, prefix: norm, channels: shape[0]))
            .activated(activation)
    }

    /// - Parameter x: a normalised picture, shape (3, H, W).
    /// - Returns: f, shape (C_f, H_f, W_f).
    func callAsFunction(_ x: Tensor) -> Tensor {
        var x = stem(x).maxPooled(size: 3, stride: 2, padding: 1)
        for block in stages.joined() { x = block(x) }
        return x
    }
}

/// A basic block (two 3×3 convolutions) or a bottleneck (1×1, 3×3, 1×1) with its shortcut.
///
/// ```
/// x ─┬─ conv1·bn1·relu ─ conv2·bn2 (·relu ─ conv3·bn3) ─ + ─ relu ─►
///    └─ identity, or downsample (1×1 convolution · bn) ──┘
/// ```
/// A stage's stride lies on conv1 of a basic block and on conv2 of a bottleneck, as in torchvision.
struct ResidualBlock: Sendable {
    let convolutions: [Convolution]
    let shortcut: Convolution?
    let shortcutStride: Int
    let channels: Int

    init(_ file: SafeTensors, prefix: String, inputs: Int, stride: Int) throws {
        let depth = file.shape(of: prefix + ".conv3.weight") == nil ? 2 : 3
        var width = inputs
        convolutions = try (1...depth).map { index in
            let strided = index == depth - 1
            let layer = try ResidualNetwork.convolution(
                file, "\(prefix).conv\(index)", norm: "\(prefix).bn\(index)", inputs: width, stride: strided ? stride : 1,
                activation: index < depth ? .relu : .none)
            width = layer.shape[0]
            return layer
        }
        channels = width
        if file.shape(of: prefix + ".downsample.0.weight") != nil {
            let layer = try ResidualNetwork.convolution(file, prefix + ".downsample.0", norm: prefix + ".downsample.1", inputs: inputs)
            guard layer.shape == [width, inputs, 1, 1] else {
                throw SafeTensors.Failure.wrongShape(
                    path: file.path, name: prefix + ".downsample.0.weight", expected: [width, inputs, 1, 1], found: layer.shape)
            }
            shortcut = layer
        } else {
            guard width == inputs, stride == 1 else { throw SafeTensors.Failure.missing(path: file.path, name: prefix + ".downsample.0.weight") }
            shortcut = nil
        }
        shortcutStride = stride
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        var sum = convolutions.dropFirst().reduce(convolutions[0](x)) { $1($0) }
        let other = shortcut.map { $0(shortcutStride == 1 ? x : x.decimated(by: shortcutStride)) } ?? x
        sum.values.withUnsafeMutableBufferPointer { sum in
            other.values.withUnsafeBufferPointer { other in
                for i in sum.indices { sum[i] = max(0, sum[i] + other[i]) }
            }
        }
        return sum
    }
}

extension Tensor {
    /// Every `step`-th row and column of each channel, beginning with the first: what a strided 1×1 convolution sees.
    func decimated(by step: Int) -> Tensor {
        let (channels, height, width) = (shape[0], shape[1], shape[2])
        let (rows, columns) = ((height + step - 1) / step, (width + step - 1) / step)
        var result = [Float](repeating: 0, count: channels * rows * columns)
        values.withUnsafeBufferPointer { input in
            result.withUnsafeMutableBufferPointer { output in
                for channel in 0..<channels {
                    for row in 0..<rows {
                        let from = (channel * height + row * step) * width
                        let to = (channel * rows + row) * columns
                        for column in 0..<columns { output[to + column] = input[from + column * step] }
                    }
                }
            }
        }
        return Tensor(shape: [channels, rows, columns], values: result)
    }
}
