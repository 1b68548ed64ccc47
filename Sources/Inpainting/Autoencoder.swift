import Neural

/// Pictures to latents and back (diffusers' `AutoencoderKL`). Encoding returns the mean: nothing is sampled.
struct Autoencoder: Sendable {
    struct Stage: Sendable {
        let blocks: [ResidualBlock]
        let resampler: Convolution?
    }

    /// Residual block, attention over all pixels (one head), residual block.
    struct Middle: Sendable {
        let first, second: ResidualBlock
        let norm: GroupNorm?
        let attention: MultiheadAttention?

        func callAsFunction(_ x: Tensor) -> Tensor {
            var x = first(x)
            if let norm, let attention {
                let (channels, height, width) = (x.shape[0], x.shape[1], x.shape[2])
                let tokens = norm(x).reshaped([channels, height * width]).transposed()
                x.add(attention(tokens, context: tokens).transposed().reshaped([channels, height, width]))
            }
            return second(x)
        }
    }

    /// Pixels per latent cell along each side.
    let factor: Int
    let latentChannels: Int
    /// Latents are (z − shift)·scale in the denoiser's world.
    let scale, shift: Float
    private let encoderInput, encoderOutput, decoderInput, decoderOutput: Convolution
    private let encoderNorm, decoderNorm: GroupNorm
    private let encoderStages, decoderStages: [Stage]
    private let encoderMiddle, decoderMiddle: Middle
    private let quantiser, dequantiser: Convolution?

    init(folder: String) throws {
        let c = try Configuration(path: folder + "/config.json")
        let name = try c.text("_class_name", default: "AutoencoderKL")
        guard name == "AutoencoderKL" else { throw c.failure("_class_name", "is '\(name)'; expected AutoencoderKL") }
        try c.refuse("latents_mean", "latents_std")
        let channels = try c.integers("block_out_channels", default: [64], in: 1...16384)
        let count = channels.count
        guard (1...8).contains(count) else { throw c.failure("block_out_channels", "must have 1 to 8 entries") }
        for (key, type) in [("down_block_types", "DownEncoderBlock2D"), ("up_block_types", "UpDecoderBlock2D")] {
            let types = try c.texts(key, default: [type])
            guard types.count == count else { throw c.failure(key, "has \(types.count) entries for \(count) stages") }
            for other in types where other != type { throw c.failure(key, "names '\(other)'; known is \(type)") }
        }
        for key in ["in_channels", "out_channels"] where try c.integer(key, default: 3, in: 1...64) != 3 {
            throw c.failure(key, "must be 3: pictures are RGB")
        }
        let layers = try c.integer("layers_per_block", default: 1, in: 1...32)
        let groups = try c.integer("norm_num_groups", default: 32, in: 1...16384)
        let function = try c.text("act_fn", default: "silu")
        guard let activation = Activation(name: function) else {
            throw c.failure("act_fn", "names '\(function)', which is unknown")
        }
        let latents = try c.integer("latent_channels", default: 4, in: 1...64)
        let scale = Float(try c.number("scaling_factor", default: 0.18215, in: 1e-6...1e6))
        let attends = try c.truth("mid_block_add_attention", default: true)

        let weights = try WeightFolder(folder: folder)
        func block(_ name: String, _ inputs: Int, _ outputs: Int) throws -> ResidualBlock {
            try ResidualBlock(
                weights, name, inputs: inputs, outputs: outputs, stepWidth: nil, groups: groups, epsilon: 1e-6,
                activation: activation)
        }
        func middle(_ name: String, _ width: Int) throws -> Middle {
            Middle(
                first: try block(name + ".resnets.0", width, width),
                second: try block(name + ".resnets.1", width, width),
                norm: attends
                    ? try weights.groupNorm(
                        name + ".attentions.0.group_norm", channels: width, groups: groups, epsilon: 1e-6) : nil,
                attention: attends
                    ? try MultiheadAttention(
                        weights, name + ".attentions.0", width: width, heads: 1, context: width, bias: true) : nil)
        }
        factor = 1 << (count - 1)
        latentChannels = latents
        self.scale = scale
        shift = Float(try c.number("shift_factor", default: 0, in: -1e6...1e6))

        let last = channels[count - 1]
        var width = channels[0]
        encoderInput = try weights.convolution("encoder.conv_in", inputs: 3, outputs: width)
        encoderStages = try (0..<count).map { index in
            let name = "encoder.down_blocks.\(index)"
            let blocks = try (0..<layers).map { layer in
                defer { width = channels[index] }
                return try block("\(name).resnets.\(layer)", width, channels[index])
            }
            return Stage(
                blocks: blocks,
                resampler: index + 1 < count
                    ? try weights.convolution(
                        name + ".downsamplers.0.conv", inputs: width, outputs: width, stride: 2, padding: 0) : nil)
        }
        encoderMiddle = try middle("encoder.mid_block", last)
        encoderNorm = try weights.groupNorm("encoder.conv_norm_out", channels: last, groups: groups, epsilon: 1e-6)
        encoderOutput = try weights.convolution("encoder.conv_out", inputs: last, outputs: 2 * latents)
        quantiser =
            try c.truth("use_quant_conv", default: true)
            ? try weights.convolution("quant_conv", inputs: 2 * latents, outputs: 2 * latents, kernel: 1) : nil
        dequantiser =
            try c.truth("use_post_quant_conv", default: true)
            ? try weights.convolution("post_quant_conv", inputs: latents, outputs: latents, kernel: 1) : nil

        decoderInput = try weights.convolution("decoder.conv_in", inputs: latents, outputs: last)
        decoderMiddle = try middle("decoder.mid_block", last)
        width = last
        decoderStages = try (0..<count).map { position in
            let (name, outputs) = ("decoder.up_blocks.\(position)", channels[count - 1 - position])
            let blocks = try (0...layers).map { layer in
                defer { width = outputs }
                return try block("\(name).resnets.\(layer)", width, outputs)
            }
            return Stage(
                blocks: blocks,
                resampler: position + 1 < count
                    ? try weights.convolution(name + ".upsamplers.0.conv", inputs: width, outputs: width) : nil)
        }
        decoderNorm = try weights.groupNorm(
            "decoder.conv_norm_out", channels: channels[0], groups: groups, epsilon: 1e-6)
        decoderOutput = try weights.convolution("decoder.conv_out", inputs: channels[0], outputs: 3)
    }

    /// The latent's mean, as the network leaves it (neither shifted nor scaled).
    ///
    /// - Parameter picture: shape (3, H, W), numbers in [−1, 1], H and W multiples of ``factor``.
    /// - Returns: shape (latent channels, H/factor, W/factor).
    func encode(_ picture: Tensor) -> Tensor {
        var x = encoderInput(picture)
        for stage in encoderStages {
            for block in stage.blocks { x = block(x) }
            if let resampler = stage.resampler { x = resampler(x.padded(bottom: 1, right: 1)) }
        }
        x = encoderOutput(encoderNorm(encoderMiddle(x), activation: .silu))
        if let quantiser { x = quantiser(x) }
        let area = x.shape[1] * x.shape[2]
        return Tensor(
            shape: [latentChannels, x.shape[1], x.shape[2]], values: Array(x.values[..<(latentChannels * area)]))
    }

    /// - Parameter latent: shape (latent channels, h, w), neither shifted nor scaled.
    /// - Returns: shape (3, h·factor, w·factor), about [−1, 1].
    func decode(_ latent: Tensor) -> Tensor {
        var x = decoderMiddle(decoderInput(dequantiser?(latent) ?? latent))
        for stage in decoderStages {
            for block in stage.blocks { x = block(x) }
            if let resampler = stage.resampler {
                x = resampler(x.nearest(height: 2 * x.shape[1], width: 2 * x.shape[2]))
            }
        }
        return decoderOutput(decoderNorm(x, activation: .silu))
    }
}
