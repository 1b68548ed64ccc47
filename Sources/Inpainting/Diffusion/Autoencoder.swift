import ModelFolders
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

    /// - Parameter folder: holds `config.json` and the weights.
    init(folder: String) throws {
        let c = try AutoencoderConfiguration(Configuration(path: folder + "/config.json"))
        let weights = try WeightFolder(folder: folder)
        let stages = AutoencoderStages(weights: weights, configuration: c)
        let (first, last, latents) = (c.channels[0], c.channels[c.channels.count - 1], c.latentChannels)
        factor = 1 << (c.channels.count - 1)
        latentChannels = latents
        scale = c.scale
        shift = c.shift

        encoderInput = try weights.convolution("encoder.conv_in", inputs: 3, outputs: first)
        encoderStages = try stages.encoder()
        encoderMiddle = try stages.middle("encoder.mid_block")
        encoderNorm = try stages.norm("encoder.conv_norm_out", channels: last)
        encoderOutput = try weights.convolution("encoder.conv_out", inputs: last, outputs: 2 * latents)
        quantiser =
            c.hasQuantiser
            ? try weights.convolution("quant_conv", inputs: 2 * latents, outputs: 2 * latents, kernel: 1) : nil
        dequantiser =
            c.hasDequantiser
            ? try weights.convolution("post_quant_conv", inputs: latents, outputs: latents, kernel: 1) : nil

        decoderInput = try weights.convolution("decoder.conv_in", inputs: latents, outputs: last)
        decoderMiddle = try stages.middle("decoder.mid_block")
        decoderStages = try stages.decoder()
        decoderNorm = try stages.norm("decoder.conv_norm_out", channels: first)
        decoderOutput = try weights.convolution("decoder.conv_out", inputs: first, outputs: 3)
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
