import ModelFolders
import Neural

/// The denoiser ε_θ of Eq. (10) in the form of diffusers' `UNet2DConditionModel`.
///
///     latent (+ mask + masked latent) ─ conv ─ down₁ ─ down₂ ─ … ─ middle ─ … ─ up₂ ─ up₁ ─ norm ─ act ─ conv ─► ε
///                                         └──────┴─────── skips ──────────────────┴─────┘
struct UNet: Sendable {
    struct Stage: Sendable {
        var blocks: [ResidualBlock] = []
        /// One after each block, or none at all.
        var transformers: [SpatialTransformer] = []
        /// Stride 2 going down, stride 1 after an upsampling going up.
        var resampler: Convolution?
    }

    let configuration: UNetConfiguration
    let input, output: Convolution
    let position: TimestepEmbedding
    let firstStep, secondStep: Linear
    let down, up: [Stage]
    let middle: Stage?
    let norm: GroupNorm

    /// - Parameter folder: holds `config.json` and the weights.
    init(folder: String) throws {
        let c = try UNetConfiguration(Configuration(path: folder + "/config.json"))
        let weights = try WeightFolder(folder: folder)
        configuration = c
        let first = c.channels[0]
        input = try weights.convolution("conv_in", inputs: c.inputChannels, outputs: first, kernel: c.inputKernel)
        position = TimestepEmbedding(
            width: first, flipSineToCosine: c.flipSineToCosine, frequencyShift: c.frequencyShift)
        firstStep = try weights.linear("time_embedding.linear_1", inputs: first, outputs: c.stepWidth)
        secondStep = try weights.linear("time_embedding.linear_2", inputs: c.stepWidth, outputs: c.stepWidth)

        var stages = UNetStages(weights, c)
        down = try c.channels.indices.map { try stages.down($0) }
        middle = c.hasMiddle ? try stages.middle() : nil
        up = try c.channels.indices.map { try stages.up($0) }
        norm = try weights.groupNorm("conv_norm_out", channels: first, groups: c.groups, epsilon: c.epsilon)
        output = try weights.convolution("conv_out", inputs: first, outputs: c.outputChannels, kernel: c.outputKernel)
    }

    /// One call of the denoiser.
    ///
    /// - Parameters:
    ///   - sample: shape (input channels, h, w).
    ///   - step: t, counted from 0 to the training's last step.
    ///   - prompt: shape (words, context width).
    /// - Returns: shape (output channels, h, w).
    func callAsFunction(_ sample: Tensor, step: Int, prompt: Tensor) -> Tensor {
        var embedding = Tensor(shape: [configuration.stepWidth], values: stepEmbedding(step))
        configuration.activation.apply(&embedding)
        let activated = embedding.values

        var x = sample
        if configuration.centreInput { for i in 0..<x.count { x.values[i] = 2 * x.values[i] - 1 } }
        x = input(x)
        var skips = [x]
        for stage in down {
            for (layer, block) in stage.blocks.enumerated() {
                x = block(x, activatedStep: activated)
                if !stage.transformers.isEmpty { x = stage.transformers[layer](x, prompt: prompt) }
                skips.append(x)
            }
            if let resampler = stage.resampler {
                x = resampler(configuration.downsamplePadding == 0 ? x.padded(bottom: 1, right: 1) : x)
                skips.append(x)
            }
        }
        if let middle {
            x = middle.blocks[0](x, activatedStep: activated)
            for (transformer, block) in zip(middle.transformers, middle.blocks.dropFirst()) {
                x = block(transformer(x, prompt: prompt), activatedStep: activated)
            }
        }
        for stage in up {
            for (layer, block) in stage.blocks.enumerated() {
                x = block(Tensor.concatenated([x, skips.removeLast()]), activatedStep: activated)
                if !stage.transformers.isEmpty { x = stage.transformers[layer](x, prompt: prompt) }
            }
            if let resampler = stage.resampler, let next = skips.last {
                // To the size of the skip that comes next: twice, unless that size was odd.
                x = resampler(x.nearest(height: next.shape[1], width: next.shape[2]))
            }
        }
        return output(norm(x, activation: configuration.activation))
    }

    private func stepEmbedding(_ step: Int) -> [Float] {
        var hidden = Tensor(shape: [configuration.stepWidth], values: firstStep(position(step)))
        configuration.activation.apply(&hidden)
        return secondStep(hidden.values)
    }
}
