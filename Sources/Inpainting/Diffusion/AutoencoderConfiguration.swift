import ModelFolders
import Neural

/// What `vae/config.json` says, checked.
struct AutoencoderConfiguration: Sendable {
    /// Per stage, largest picture first.
    let channels: [Int]
    /// Residual blocks of a stage; the decoder's have one more.
    let layers: Int
    let groups: Int
    let activation: Activation
    let latentChannels: Int
    /// Latents are (z − shift)·scale in the denoiser's world.
    let scale, shift: Float
    let middleAttends: Bool
    /// Whether a 1 × 1 convolution follows the encoder, and one precedes the decoder.
    let hasQuantiser, hasDequantiser: Bool

    init(_ c: Configuration) throws {
        let name = try c.text("_class_name", default: "AutoencoderKL")
        guard name == "AutoencoderKL" else { throw c.failure("_class_name", "is '\(name)'; expected AutoencoderKL") }
        try c.refuse("latents_mean", "latents_std")
        channels = try c.integers("block_out_channels", default: [64], in: 1...16384)
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
        layers = try c.integer("layers_per_block", default: 1, in: 1...32)
        groups = try c.integer("norm_num_groups", default: 32, in: 1...16384)
        activation = try c.activation("act_fn", default: .silu)
        latentChannels = try c.integer("latent_channels", default: 4, in: 1...64)
        scale = Float(try c.number("scaling_factor", default: 0.18215, in: 1e-6...1e6))
        shift = Float(try c.number("shift_factor", default: 0, in: -1e6...1e6))
        middleAttends = try c.truth("mid_block_add_attention", default: true)
        hasQuantiser = try c.truth("use_quant_conv", default: true)
        hasDequantiser = try c.truth("use_post_quant_conv", default: true)
    }
}
