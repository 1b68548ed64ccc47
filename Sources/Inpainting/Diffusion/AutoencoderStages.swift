import ModelFolders
import Neural

/// Reads an autoencoder's stages.
struct AutoencoderStages {
    let weights: WeightFolder
    let configuration: AutoencoderConfiguration

    /// Largest picture first.
    func encoder() throws -> [Autoencoder.Stage] {
        let channels = configuration.channels
        return try channels.indices.map { index in
            let (name, width) = ("encoder.down_blocks.\(index)", channels[index])
            return Autoencoder.Stage(
                blocks: try blocks(
                    name, inputs: channels[max(0, index - 1)], outputs: width, count: configuration.layers),
                resampler: index + 1 < channels.count
                    ? try weights.convolution(
                        name + ".downsamplers.0.conv", inputs: width, outputs: width, stride: 2, padding: 0) : nil)
        }
    }

    /// Smallest picture first.
    func decoder() throws -> [Autoencoder.Stage] {
        let channels = Array(configuration.channels.reversed())
        return try channels.indices.map { index in
            let (name, width) = ("decoder.up_blocks.\(index)", channels[index])
            return Autoencoder.Stage(
                blocks: try blocks(
                    name, inputs: channels[max(0, index - 1)], outputs: width, count: configuration.layers + 1),
                resampler: index + 1 < channels.count
                    ? try weights.convolution(name + ".upsamplers.0.conv", inputs: width, outputs: width) : nil)
        }
    }

    /// Of the smallest picture.
    func middle(_ name: String) throws -> Autoencoder.Middle {
        let width = configuration.channels[configuration.channels.count - 1]
        let attends = configuration.middleAttends
        return Autoencoder.Middle(
            first: try block(name + ".resnets.0", width, width),
            second: try block(name + ".resnets.1", width, width),
            norm: attends ? try norm(name + ".attentions.0.group_norm", channels: width) : nil,
            attention: attends
                ? try MultiheadAttention(
                    weights, name + ".attentions.0", width: width, heads: 1, context: width, bias: true) : nil)
    }

    func norm(_ name: String, channels: Int) throws -> GroupNorm {
        try weights.groupNorm(name, channels: channels, groups: configuration.groups, epsilon: 1e-6)
    }

    private func blocks(_ name: String, inputs: Int, outputs: Int, count: Int) throws -> [ResidualBlock] {
        try (0..<count).map { try block("\(name).resnets.\($0)", $0 == 0 ? inputs : outputs, outputs) }
    }

    private func block(_ name: String, _ inputs: Int, _ outputs: Int) throws -> ResidualBlock {
        try ResidualBlock(
            weights, name, inputs: inputs, outputs: outputs, stepWidth: nil,
            form: .init(groups: configuration.groups, epsilon: 1e-6, activation: configuration.activation))
    }
}
