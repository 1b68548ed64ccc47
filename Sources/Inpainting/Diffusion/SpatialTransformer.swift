import ModelFolders
import Neural

/// Attention over the pixels of a feature map and the words of the prompt (diffusers' `Transformer2DModel`).
///
///     (C,H,W) ─ norm ─ project ─ tokens ─ [self-attention, cross-attention, GEGLU]ⁿ ─ project ─ + ─►
///        └────────────────────────────────────────────────────────────────────────────────────┘
struct SpatialTransformer: Sendable {
    struct AttentionForm {
        let heads: Int
        /// Width of a word of the prompt.
        let context: Int
        /// Whether the first attention looks at the prompt too (`only_cross_attention`).
        let onlyCross: Bool
    }

    /// One round, each part with its norm before and a residual around (`BasicTransformerBlock`).
    struct Block: Sendable {
        let norms: [LayerNorm]
        let selfAttention, crossAttention: MultiheadAttention
        let gate: GatedLinear
        let projection: Linear
        let onlyCross: Bool

        init(_ weights: WeightFolder, _ name: String, width: Int, _ attention: AttentionForm) throws {
            let (heads, context) = (attention.heads, attention.context)
            onlyCross = attention.onlyCross
            norms = try (1...3).map { try weights.layerNorm("\(name).norm\($0)", channels: width) }
            selfAttention = try MultiheadAttention(
                weights, name + ".attn1", width: width, heads: heads, context: onlyCross ? context : width)
            crossAttention = try MultiheadAttention(
                weights, name + ".attn2", width: width, heads: heads, context: context)
            gate = GatedLinear(try weights.linear(name + ".ff.net.0.proj", inputs: width, outputs: 8 * width))
            projection = try weights.linear(name + ".ff.net.2", inputs: 4 * width, outputs: width)
        }

        func callAsFunction(_ x: consuming Tensor, prompt: Tensor) -> Tensor {
            var x = x
            let normalised = norms[0](x)
            x = selfAttention(normalised, context: onlyCross ? prompt : normalised, residual: x)
            x = crossAttention(norms[1](x), context: prompt, residual: x)
            return projection(gate(norms[2](x)), residual: x)
        }
    }

    let norm: GroupNorm
    let input, output: Linear
    let blocks: [Block]

    init(
        _ weights: WeightFolder, _ name: String, channels: Int, layers: Int, groups: Int, attention: AttentionForm
    ) throws {
        norm = try weights.groupNorm(name + ".norm", channels: channels, groups: groups, epsilon: 1e-6)
        // Linear or 1 × 1 convolutional by `use_linear_projection`: the same product either way.
        input = try weights.linear(name + ".proj_in", inputs: channels, outputs: channels)
        output = try weights.linear(name + ".proj_out", inputs: channels, outputs: channels)
        blocks = try (0..<layers).map {
            try Block(
                weights, "\(name).transformer_blocks.\($0)", width: channels, attention)
        }
    }

    /// - Parameters:
    ///   - x: shape (C, H, W).
    ///   - prompt: shape (words, context width).
    func callAsFunction(_ x: Tensor, prompt: Tensor) -> Tensor {
        let (channels, height, width) = (x.shape[0], x.shape[1], x.shape[2])
        var tokens = input(norm(x).reshaped([channels, height * width]).transposed())
        for block in blocks { tokens = block(tokens, prompt: prompt) }
        var result = output(tokens).transposed().reshaped([channels, height, width])
        result.add(x)
        return result
    }
}
