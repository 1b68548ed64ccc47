import FeatureMaps
import Neural

/// EfficientNet-Lite up to its last feature map (Tan and Le 2019, and its "lite" variants of 2020: ReLU6, no
/// squeeze-and-excitation, a stem and a head whose widths do not scale).
///
/// ```
/// picture (H, W, 3) ─ stem·bn·relu6 ─ seven stages of inverted residuals
///                   ─ 1×1 head·bn·relu6 ─► f (⌈H/32⌉, ⌈W/32⌉, C_f)
/// ```
/// Widths, depths and kernel sizes are read off the tensors, so that Lite0 to Lite4 load alike; the strides of the
/// stages are the architecture's.
struct EfficientNetwork: Sendable {
    private let stem: PictureConvolution
    private let blocks: [InvertedResidual]
    private let head: PixelConvolution
    /// C_f.
    var channels: Int { head.outputs }

    private static let strides = [1, 2, 2, 2, 1, 2, 1]

    /// - Throws: `SafeTensors.Failure` where a tensor is missing or of the wrong shape;
    ///   ``SemanticsFailure/unknownArchitecture(path:reason:)`` where the network is an EfficientNet,
    ///   but not a lite one.
    init(_ weights: FoldedWeights, names: EfficientNetworkNames) throws {
        let file = weights.file
        if let other = file.names.first(where: { $0.contains("._se_") || $0.contains(".se.") }) {
            throw SemanticsFailure.unknownArchitecture(
                path: file.path,
                reason: "tensor '\(other)': squeeze-and-excitation, which EfficientNet-Lite does not have")
        }
        let first = try weights.stem(names.stem.convolution, norm: names.stem.norm)
        stem = PictureConvolution(weight: first.weight, bias: first.bias, padding: weights.padding, activation: .relu6)
        let stages = try names.stages(file)
        guard stages.count == Self.strides.count else {
            throw SemanticsFailure.unknownArchitecture(
                path: file.path,
                reason: "its blocks form \(stages.count) stages; EfficientNet-Lite has \(Self.strides.count)")
        }
        var channels = first.bias.count
        var blocks: [InvertedResidual] = []
        for (stage, stride) in zip(stages, Self.strides) {
            for (index, prefix) in stage.enumerated() {
                let block = try InvertedResidual(
                    weights, names: names.block(prefix, file), inputs: channels, stride: index == 0 ? stride : 1)
                channels = block.channels
                blocks.append(block)
            }
        }
        self.blocks = blocks
        let last = try weights.pointwise(names.head.convolution, norm: names.head.norm, inputs: channels)
        head = PixelConvolution(weight: last.weight, bias: last.bias, activation: .relu6)
    }

    /// - Parameter x: a normalised picture, three channels, dense.
    /// - Returns: f, of C_f channels.
    func callAsFunction(_ x: FeatureMap) -> FeatureMap {
        reusingMemory { head(blocks.reduce(stem(x)) { $1($0) }) }
    }
}
