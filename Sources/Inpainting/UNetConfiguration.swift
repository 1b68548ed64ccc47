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
        path = c.path
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
        if try c.text("attention_type", default: "default") != "default" {
            throw c.failure("attention_type", "must be 'default'")
        }
        if try c.text("time_embedding_type", default: "positional") != "positional" {
            throw c.failure("time_embedding_type", "must be 'positional'")
        }

        inputChannels = try c.integer("in_channels", default: 4, in: 1...64)
        outputChannels = try c.integer("out_channels", default: 4, in: 1...64)
        let downTypes = try c.texts(
            "down_block_types",
            default: ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"])
        let upTypes = try c.texts(
            "up_block_types", default: ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"])
        let channels = try c.integers("block_out_channels", default: [320, 640, 1280, 1280], in: 1...16384)
        let count = channels.count
        guard (1...8).contains(count) else { throw c.failure("block_out_channels", "must have 1 to 8 entries") }
        guard downTypes.count == count else {
            throw c.failure("down_block_types", "has \(downTypes.count) entries for \(count) stages")
        }
        guard upTypes.count == count else {
            throw c.failure("up_block_types", "has \(upTypes.count) entries for \(count) stages")
        }
        self.channels = channels
        downAttends = try downTypes.map {
            switch $0 {
            case "CrossAttnDownBlock2D": true
            case "DownBlock2D": false
            default:
                throw c.failure("down_block_types", "names '\($0)'; known are CrossAttnDownBlock2D and DownBlock2D")
            }
        }
        upAttends = try upTypes.map {
            switch $0 {
            case "CrossAttnUpBlock2D": true
            case "UpBlock2D": false
            default: throw c.failure("up_block_types", "names '\($0)'; known are CrossAttnUpBlock2D and UpBlock2D")
            }
        }
        // An explicit null is diffusers' way to have no middle; an absent key means the usual one.
        if let value = c.values["mid_block_type"], value.isNull {
            (hasMiddle, middleAttends) = (false, false)
        } else {
            let type = try c.text("mid_block_type", default: "UNetMidBlock2DCrossAttn")
            switch type {
            case "UNetMidBlock2DCrossAttn": (hasMiddle, middleAttends) = (true, true)
            case "UNetMidBlock2D": (hasMiddle, middleAttends) = (true, false)
            default:
                throw c.failure(
                    "mid_block_type", "names '\(type)'; known are UNetMidBlock2DCrossAttn and UNetMidBlock2D")
            }
        }
        let layers = try c.integersPerBlock("layers_per_block", blocks: count, default: 2, in: 1...32)
        self.layers = layers
        // diffusers' name notwithstanding, this is the number of heads.
        heads = try c.integersPerBlock("attention_head_dim", blocks: count, default: 8, in: 1...1024)
        for index in 0..<count where channels[index] % heads[index] != 0 {
            throw c.failure("attention_head_dim", "\(heads[index]) heads do not divide \(channels[index]) channels")
        }
        contextWidths = try c.integersPerBlock("cross_attention_dim", blocks: count, default: 1280, in: 1...16384)
        if case .list(let list)? = c["only_cross_attention"] {
            onlyCross = try list.map {
                guard case .truth(let truth) = $0 else {
                    throw c.failure("only_cross_attention", "must hold true or false")
                }
                return truth
            }
            guard onlyCross.count == count else {
                throw c.failure("only_cross_attention", "has \(onlyCross.count) entries for \(count) stages")
            }
        } else {
            onlyCross = .init(repeating: try c.truth("only_cross_attention", default: false), count: count)
        }
        let depths = try Self.depths(c, "transformer_layers_per_block", lengths: layers)
        downTransformerLayers = depths
        if c["reverse_transformer_layers_per_block"] != nil {
            upTransformerLayers = try Self.depths(
                c, "reverse_transformer_layers_per_block", lengths: layers.reversed().map { $0 + 1 })
        } else {
            let reversed = depths.reversed() as [[Int]]
            upTransformerLayers = try reversed.map { list in
                guard Set(list).count == 1 else {
                    throw c.failure(
                        "transformer_layers_per_block",
                        "differs within a stage: 'reverse_transformer_layers_per_block' must be given")
                }
                return .init(repeating: list[0], count: list.count + 1)
            }
        }
        middleTransformerLayers = [depths[count - 1][0]]

        groups = try c.integer("norm_num_groups", default: 32, in: 1...16384)
        epsilon = Float(try c.number("norm_eps", default: 1e-5, in: 0...1))
        middleScale = Float(try c.number("mid_block_scale_factor", default: 1, in: 1e-3...1e3))
        let function = try c.text("act_fn", default: "silu")
        guard let activation = Activation(name: function) else {
            throw c.failure(
                "act_fn",
                "names '\(function)'; known are \(Activation.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self.activation = activation
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
