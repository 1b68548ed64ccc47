import ModelFolders
import Neural

/// Reads a U-Net's stages, in the order in which data passes them: what one leaves, the next takes.
struct UNetStages {
    private let weights: WeightFolder
    private let configuration: UNetConfiguration
    /// Channels of what came last.
    private var channels: Int
    /// Channels of each skip that is still to be joined.
    private var skips: [Int]

    init(_ weights: WeightFolder, _ configuration: UNetConfiguration) {
        self.weights = weights
        self.configuration = configuration
        channels = configuration.channels[0]
        skips = [channels]
    }

    /// - Parameter index: from 0, the largest picture.
    mutating func down(_ index: Int) throws -> UNet.Stage {
        let c = configuration
        let name = "down_blocks.\(index)"
        var stage = UNet.Stage()
        for layer in 0..<c.layers[index] {
            stage.blocks.append(try block("\(name).resnets.\(layer)", channels, c.channels[index]))
            channels = c.channels[index]
            if c.downAttends[index] {
                stage.transformers.append(
                    try transformer(
                        "\(name).attentions.\(layer)", stage: index, layers: c.downTransformerLayers[index][layer],
                        onlyCross: c.onlyCross[index]))
            }
            skips.append(channels)
        }
        if index + 1 < c.channels.count {
            stage.resampler = try weights.convolution(
                name + ".downsamplers.0.conv", inputs: channels, outputs: channels, stride: 2,
                padding: c.downsamplePadding)
            skips.append(channels)
        }
        return stage
    }

    func middle() throws -> UNet.Stage {
        let c = configuration
        var stage = UNet.Stage()
        stage.blocks.append(try block("mid_block.resnets.0", channels, channels, scale: c.middleScale))
        guard c.middleAttends else { return stage }
        for (layer, depth) in c.middleTransformerLayers.enumerated() {
            stage.transformers.append(
                try transformer(
                    "mid_block.attentions.\(layer)", stage: c.channels.count - 1, layers: depth, onlyCross: false))
            stage.blocks.append(
                try block("mid_block.resnets.\(layer + 1)", channels, channels, scale: c.middleScale))
        }
        return stage
    }

    /// - Parameter position: from 0, the smallest picture.
    mutating func up(_ position: Int) throws -> UNet.Stage {
        let c = configuration
        let index = c.channels.count - 1 - position
        let name = "up_blocks.\(position)"
        var stage = UNet.Stage()
        for layer in 0...c.layers[index] {
            let skip = skips.removeLast()
            stage.blocks.append(try block("\(name).resnets.\(layer)", channels + skip, c.channels[index]))
            channels = c.channels[index]
            if c.upAttends[position] {
                stage.transformers.append(
                    try transformer(
                        "\(name).attentions.\(layer)", stage: index, layers: c.upTransformerLayers[position][layer],
                        onlyCross: c.onlyCross[index]))
            }
        }
        if position + 1 < c.channels.count {
            stage.resampler = try weights.convolution(name + ".upsamplers.0.conv", inputs: channels, outputs: channels)
        }
        return stage
    }

    private func block(_ name: String, _ inputs: Int, _ outputs: Int, scale: Float = 1) throws -> ResidualBlock {
        let c = configuration
        return try ResidualBlock(
            weights, name, inputs: inputs, outputs: outputs, stepWidth: c.stepWidth,
            form: .init(groups: c.groups, epsilon: c.epsilon, activation: c.activation, stepUse: c.stepUse),
            outputScale: scale)
    }

    private func transformer(
        _ name: String, stage: Int, layers: Int, onlyCross: Bool
    ) throws -> SpatialTransformer {
        let c = configuration
        return try SpatialTransformer(
            weights, name, channels: c.channels[stage], layers: layers, groups: c.groups,
            attention: .init(heads: c.heads[stage], context: c.contextWidths[stage], onlyCross: onlyCross))
    }
}
