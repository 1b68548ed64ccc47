import FeatureMaps
import Neural

/// torchvision's `ResNet` up to its last feature map: a stem, then stages of basic or bottleneck blocks.
///
/// ```
/// picture (H, W, 3) ─ conv1·bn1·relu ─ max pool ─ layer1 … layer4 ─► features f (⌈H/32⌉, ⌈W/32⌉, C_f)
/// ```
/// Widths, depths, block kinds and kernel sizes are read off the tensors' names and shapes, so that `resnet18` to
/// `resnet152`, and narrower ones, load alike. Normalisations are folded into their convolutions.
struct ResidualNetwork: Sendable {
    let stem: PictureConvolution
    let stages: [[ResidualBlock]]
    /// C_f.
    let channels: Int

    /// - Throws: `SafeTensors.Failure` where a tensor is missing or of the wrong shape;
    ///   ``SemanticsFailure/notAResidualNetwork(path:reason:)`` where the names are another architecture's.
    init(_ file: SafeTensors) throws {
        guard let first = file.shape(of: "conv1.weight") else {
            throw SafeTensors.Failure.missing(path: file.path, name: "conv1.weight")
        }
        guard first.count == 4, first[1] == 3, first[2] == first[3], PictureConvolution.takes(kernel: first[2]) else {
            throw SafeTensors.Failure.wrongShape(
                path: file.path, name: "conv1.weight", expected: [first.first ?? 64, 3, 7, 7], found: first)
        }
        let folded = try Self.folded(file, "conv1", norm: "bn1", inputs: 3)
        stem = PictureConvolution(weight: folded.weight, bias: folded.bias, activation: .relu)
        var channels = first[0]
        var stages: [[ResidualBlock]] = []
        // By any tensor of a block, so that one that is missing is named and does not pass for a shallower network.
        let names = file.names
        while names.contains(where: { $0.hasPrefix("layer\(stages.count + 1).") }) {
            let stage = "layer\(stages.count + 1)"
            var blocks: [ResidualBlock] = []
            while names.contains(where: { $0.hasPrefix("\(stage).\(blocks.count).") }) {
                let block = try ResidualBlock(
                    file, prefix: "\(stage).\(blocks.count)", inputs: channels,
                    stride: stages.isEmpty || !blocks.isEmpty ? 1 : 2)
                channels = block.channels
                blocks.append(block)
            }
            guard !blocks.isEmpty else {
                throw SafeTensors.Failure.missing(path: file.path, name: "\(stage).0.conv1.weight")
            }
            stages.append(blocks)
        }
        guard !stages.isEmpty else {
            throw SemanticsFailure.notAResidualNetwork(
                path: file.path, reason: "tensor 'layer1.0.conv1.weight' is missing")
        }
        self.stages = stages
        self.channels = channels
    }

    /// The weight (outputs, inputs, k, k) and bias of a convolution without bias and its normalisation; k is odd.
    static func folded(
        _ file: SafeTensors, _ name: String, norm: String, inputs: Int
    ) throws -> (weight: Tensor, bias: [Float]) {
        guard let shape = file.shape(of: name + ".weight") else {
            throw SafeTensors.Failure.missing(path: file.path, name: name + ".weight")
        }
        guard shape.count == 4, shape[0] > 0, shape[1] == inputs, shape[2] == shape[3], shape[2] % 2 == 1 else {
            let kernel = shape.count == 4 ? shape[2] : 3
            throw SafeTensors.Failure.wrongShape(
                path: file.path, name: name + ".weight", expected: [shape.first ?? inputs, inputs, kernel, kernel],
                found: shape)
        }
        return try BatchNorm(file, prefix: norm, channels: shape[0]).folded(into: file.tensor(name + ".weight"))
    }

    /// - Parameter x: a normalised picture, three channels, dense.
    /// - Returns: f, of C_f channels.
    func callAsFunction(_ x: FeatureMap) -> FeatureMap {
        reusingMemory { stages.joined().reduce(stem(x).maxPooled()) { $1($0) } }
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
    private let layers: [Layer]
    private let shortcut: PixelConvolution?
    let channels: Int

    private enum Layer: Sendable {
        /// 3×3 of stride 1: fewer products than the definition has.
        case minimal(WinogradConvolution)
        case plain(PixelConvolution)

        init(weight: Tensor, bias: [Float], stride: Int, activation: PixelActivation) {
            self =
                weight.shape[2] == 3 && stride == 1
                ? .minimal(
                    WinogradConvolution(
                        weight.shape[1] <= 128 ? .levelByFours : .level, weight: weight, bias: bias,
                        activation: activation))
                : .plain(PixelConvolution(weight: weight, bias: bias, stride: stride, activation: activation))
        }

        func callAsFunction(_ x: FeatureMap) -> FeatureMap {
            switch self {
            case .minimal(let layer): layer(x)
            case .plain(let layer): layer(x)
            }
        }
    }

    init(_ file: SafeTensors, prefix: String, inputs: Int, stride: Int) throws {
        let depth = file.shape(of: prefix + ".conv3.weight") == nil ? 2 : 3
        var width = inputs
        layers = try (1...depth).map { index in
            let folded = try ResidualNetwork.folded(
                file, "\(prefix).conv\(index)", norm: "\(prefix).bn\(index)", inputs: width)
            width = folded.weight.shape[0]
            // A last layer of the definition adds the shortcut before its activation.
            let isLast = index == depth
            let adds = isLast && folded.weight.shape[2] != 3
            return Layer(
                weight: folded.weight, bias: folded.bias, stride: index == depth - 1 ? stride : 1,
                activation: !isLast || adds ? .relu : .none)
        }
        channels = width
        if file.shape(of: prefix + ".downsample.0.weight") != nil {
            let folded = try ResidualNetwork.folded(
                file, prefix + ".downsample.0", norm: prefix + ".downsample.1", inputs: inputs)
            guard folded.weight.shape == [width, inputs, 1, 1] else {
                throw SafeTensors.Failure.wrongShape(
                    path: file.path, name: prefix + ".downsample.0.weight", expected: [width, inputs, 1, 1],
                    found: folded.weight.shape)
            }
            shortcut = PixelConvolution(weight: folded.weight, bias: folded.bias, stride: stride)
        } else {
            guard width == inputs, stride == 1 else {
                throw SafeTensors.Failure.missing(path: file.path, name: prefix + ".downsample.0.weight")
            }
            shortcut = nil
        }
    }

    func callAsFunction(_ x: FeatureMap) -> FeatureMap {
        let inner = layers.dropLast().reduce(x) { $1($0) }
        let other = shortcut.map { $0(x) } ?? x
        switch layers[layers.count - 1] {
        case .minimal(let layer): return layer(inner).rectifiedSum(other)
        case .plain(let layer): return layer(inner, adding: other)
        }
    }
}
