import ModelFolders
import Neural

/// What `unet/config.json` says, checked.
struct UNetConfiguration: Sendable {
    let path: String
    /// 4: latent alone; 9: latent, mask, masked latent.
    let inputChannels, outputChannels: Int
    /// Per stage, largest picture first.
    let channels: [Int]
    let layers: [Int]
    let heads: [Int]
    let contextWidths: [Int]
    let downAttends, upAttends: [Bool]
    let onlyCross: [Bool]
    /// Rounds within each transformer: `[stage][layer]`.
    let downTransformerLayers, upTransformerLayers: [[Int]]
    let middleTransformerLayers: [Int]
    let hasMiddle, middleAttends: Bool
    let middleScale: Float
    let groups: Int
    let epsilon: Float
    let activation: Activation
    let stepUse: ResidualBlock.StepUse
    let stepWidth: Int
    let flipSineToCosine: Bool
    let frequencyShift: Float
    let centreInput: Bool
    let downsamplePadding: Int
    let inputKernel, outputKernel: Int

    init(_ c: Configuration) throws {
        try Self.checkKind(c)
        path = c.path
        inputChannels = try c.integer("in_channels", default: 4, in: 1...64)
        outputChannels = try c.integer("out_channels", default: 4, in: 1...64)
        channels = try c.integers("block_out_channels", default: [320, 640, 1280, 1280], in: 1...16384)
        let count = channels.count
        guard (1...8).contains(count) else { throw c.failure("block_out_channels", "must have 1 to 8 entries") }
        downAttends = try Self.attends(
            c, "down_block_types", attending: "CrossAttnDownBlock2D", plain: "DownBlock2D",
            default: [true, true, true, false], stages: count)
        upAttends = try Self.attends(
            c, "up_block_types", attending: "CrossAttnUpBlock2D", plain: "UpBlock2D",
            default: [false, true, true, true], stages: count)
        (hasMiddle, middleAttends) = try Self.middle(c)
        layers = try c.integersPerBlock("layers_per_block", blocks: count, default: 2, in: 1...32)
        // diffusers' name notwithstanding, this is the number of heads.
        heads = try c.integersPerBlock("attention_head_dim", blocks: count, default: 8, in: 1...1024)
        for (heads, channels) in zip(heads, channels) where channels % heads != 0 {
            throw c.failure("attention_head_dim", "\(heads) heads do not divide \(channels) channels")
        }
        contextWidths = try c.integersPerBlock("cross_attention_dim", blocks: count, default: 1280, in: 1...16384)
        onlyCross = try Self.onlyCross(c, stages: count)
        downTransformerLayers = try Self.depths(c, "transformer_layers_per_block", lengths: layers)
        upTransformerLayers = try Self.upDepths(c, down: downTransformerLayers)
        middleTransformerLayers = [downTransformerLayers[count - 1][0]]

        groups = try c.integer("norm_num_groups", default: 32, in: 1...16384)
        epsilon = Float(try c.number("norm_eps", default: 1e-5, in: 0...1))
        middleScale = Float(try c.number("mid_block_scale_factor", default: 1, in: 1e-3...1e3))
        activation = try c.activation("act_fn", default: .silu)
        let use = try c.text("resnet_time_scale_shift", default: "default")
        guard let stepUse = ResidualBlock.StepUse(rawValue: use) else {
            throw c.failure("resnet_time_scale_shift", "must be 'default' or 'scale_shift', not '\(use)'")
        }
        self.stepUse = stepUse
        stepWidth = try c.integer("time_embedding_dim", default: 4 * channels[0], in: 1...65536)
        flipSineToCosine = try c.truth("flip_sin_to_cos", default: true)
        frequencyShift = Float(try c.number("freq_shift", default: 0, in: -1e3...1e3))
        guard Float(channels[0] / 2) != frequencyShift else {
            throw c.failure("freq_shift", "must differ from half of the first stage's channels")
        }
        centreInput = try c.truth("center_input_sample", default: false)
        downsamplePadding = try c.integer("downsample_padding", default: 1, in: 0...1)
        inputKernel = try c.integer("conv_in_kernel", default: 3, in: 1...15)
        outputKernel = try c.integer("conv_out_kernel", default: 3, in: 1...15)
        guard inputKernel % 2 == 1, outputKernel % 2 == 1 else {
            throw c.failure("conv_in_kernel", "and 'conv_out_kernel' must be odd")
        }
    }

    /// Refuses relatives of the network, and options of it that are not computed here.
    private static func checkKind(_ c: Configuration) throws {
        let name = try c.text("_class_name", default: "UNet2DConditionModel")
        guard name == "UNet2DConditionModel" else {
            throw c.failure("_class_name", "is '\(name)'; expected UNet2DConditionModel")
        }
        try c.refuse(
            "dual_cross_attention", "class_embed_type", "num_class_embeds", "addition_embed_type", "encoder_hid_dim",
            "encoder_hid_dim_type", "time_cond_proj_dim", "class_embeddings_concat", "timestep_post_act",
            "time_embedding_act_fn",
            "num_attention_heads", "projection_class_embeddings_input_dim", "cross_attention_norm",
            "mid_block_only_cross_attention")
        for (key, only) in [("attention_type", "default"), ("time_embedding_type", "positional")]
        where try c.text(key, default: only) != only {
            throw c.failure(key, "must be '\(only)'")
        }
    }

    /// Which stages attend to the prompt, by the names of their blocks.
    private static func attends(
        _ c: Configuration, _ key: String, attending: String, plain: String, default usual: [Bool], stages: Int
    ) throws -> [Bool] {
        let types = try c.texts(key, default: usual.map { $0 ? attending : plain })
        guard types.count == stages else { throw c.failure(key, "has \(types.count) entries for \(stages) stages") }
        return try types.map {
            guard $0 == attending || $0 == plain else {
                throw c.failure(key, "names '\($0)'; known are \(attending) and \(plain)")
            }
            return $0 == attending
        }
    }

    private static func middle(_ c: Configuration) throws -> (exists: Bool, attends: Bool) {
        // An explicit null is diffusers' way to have no middle; an absent key means the usual one.
        if let value = c.values["mid_block_type"], value.isNull { return (false, false) }
        let type = try c.text("mid_block_type", default: "UNetMidBlock2DCrossAttn")
        switch type {
        case "UNetMidBlock2DCrossAttn": return (true, true)
        case "UNetMidBlock2D": return (true, false)
        default:
            throw c.failure("mid_block_type", "names '\(type)'; known are UNetMidBlock2DCrossAttn and UNetMidBlock2D")
        }
    }

    /// Stages whose first attention goes to the prompt as well, one truth for all or a list.
    private static func onlyCross(_ c: Configuration, stages: Int) throws -> [Bool] {
        guard case .list(let list)? = c["only_cross_attention"] else {
            return .init(repeating: try c.truth("only_cross_attention", default: false), count: stages)
        }
        let truths = try list.map {
            guard case .truth(let truth) = $0 else {
                throw c.failure("only_cross_attention", "must hold true or false")
            }
            return truth
        }
        guard truths.count == stages else {
            throw c.failure("only_cross_attention", "has \(truths.count) entries for \(stages) stages")
        }
        return truths
    }

    /// Going up, each stage has a layer more than the one it mirrors, of the same depth unless the file says otherwise.
    private static func upDepths(_ c: Configuration, down: [[Int]]) throws -> [[Int]] {
        let mirrored = down.reversed() as [[Int]]
        if c["reverse_transformer_layers_per_block"] != nil {
            return try depths(c, "reverse_transformer_layers_per_block", lengths: mirrored.map { $0.count + 1 })
        }
        return try mirrored.map { list in
            guard Set(list).count == 1 else {
                throw c.failure(
                    "transformer_layers_per_block",
                    "differs within a stage: 'reverse_transformer_layers_per_block' must be given")
            }
            return .init(repeating: list[0], count: list.count + 1)
        }
    }

    /// One depth for all, one for each stage, or a list for each stage.
    private static func depths(_ c: Configuration, _ key: String, lengths: [Int]) throws -> [[Int]] {
        func depth(_ value: Configuration.Value) throws -> Int {
            guard let depth = Configuration.integer(value), (1...64).contains(depth) else {
                throw c.failure(key, "must hold integers from 1 to 64")
            }
            return depth
        }
        guard let value = c[key] else { return lengths.map { .init(repeating: 1, count: $0) } }
        guard case .list(let list) = value else {
            let depth = try depth(value)
            return lengths.map { .init(repeating: depth, count: $0) }
        }
        guard list.count == lengths.count else {
            throw c.failure(key, "has \(list.count) entries for \(lengths.count) stages")
        }
        return try zip(list, lengths).map { entry, length in
            guard case .list(let inner) = entry else { return .init(repeating: try depth(entry), count: length) }
            guard inner.count == length else {
                throw c.failure(key, "has \(inner.count) entries for a stage of \(length) layers")
            }
            return try inner.map(depth)
        }
    }
}
