import FeatureMaps
import Neural

/// A block of EfficientNet-Lite (MobileNetV2's inverted residual, without squeeze-and-excitation).
///
/// ```
/// x ─┬─ (1×1 expand · bn · relu6) ─ k×k depthwise · bn · relu6 ─ 1×1 project · bn ─ + ─►
///    └─ identity, where stride is 1 and the channels stay ──────────────────────────┘
/// ```
struct InvertedResidual: Sendable {
    private let expand: PixelConvolution?
    private let depthwise: DepthwiseConvolution
    private let project: PixelConvolution
    private let addsInput: Bool

    var channels: Int { project.outputs }

    /// - Parameters:
    ///   - names: where the block's tensors lie.
    ///   - inputs: channels that come in.
    ///   - stride: of the depthwise convolution; shapes do not tell it.
    init(_ file: FoldedWeights, names: EfficientNetworkNames.Block, inputs: Int, stride: Int) throws {
        var width = inputs
        if let name = names.expand, let norm = names.expandNorm, file.has(name) {
            let folded = try file.pointwise(name, norm: norm, inputs: inputs)
            expand = PixelConvolution(weight: folded.weight, bias: folded.bias, activation: .relu6)
            width = folded.bias.count
        } else {
            expand = nil
        }
        let taps = try file.depthwise(names.depthwise, norm: names.depthwiseNorm, channels: width)
        depthwise = DepthwiseConvolution(
            weight: taps.weight, bias: taps.bias, stride: stride, padding: file.padding, activation: .relu6)
        let projection = try file.pointwise(names.project, norm: names.projectNorm, inputs: width)
        project = PixelConvolution(weight: projection.weight, bias: projection.bias)
        addsInput = stride == 1 && projection.bias.count == inputs
    }

    func callAsFunction(_ x: FeatureMap) -> FeatureMap {
        project(depthwise(expand.map { $0(x) } ?? x), adding: addsInput ? x : nil)
    }
}
