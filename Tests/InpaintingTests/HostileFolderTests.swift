import Foundation
import Neural
import Testing

@testable import Inpainting
@testable import PromptEncoding

/// Damaged and malicious folders are refused in one line that names the file.
@Suite struct HostileFolderTests {
    /// A copy of the saved folder with one file changed.
    static func refusal(_ change: (URL) throws -> Void) throws -> String? {
        let folder = try TemporaryFolder()
        let root = folder.url.appending(path: "model")
        try FileManager.default.copyItem(at: Golden.folder.appending(path: "model"), to: root)
        try change(root)
        do {
            _ = try DiffusionPipeline(folder: root.path)
            return nil
        } catch {
            let text = "\(error)"
            #expect(!text.contains("\n") && text.count < 500)
            return text
        }
    }

    static func edit(_ root: URL, _ file: String, _ change: (inout [String: Any]) -> Void) throws {
        let url = root.appending(path: file)
        var object = try #require(JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any])
        change(&object)
        try JSONSerialization.data(withJSONObject: object).write(to: url)
    }

    @Test func theFolderItselfIsAccepted() throws {
        #expect(try Self.refusal { _ in } == nil)
    }

    @Test(arguments: [
        "model_index.json", "unet/config.json", "vae/config.json", "text_encoder/config.json",
        "scheduler/scheduler_config.json",
        "tokenizer/vocab.json", "tokenizer/merges.txt", "unet/diffusion_pytorch_model-00001-of-00002.safetensors",
        "vae/diffusion_pytorch_model.safetensors", "text_encoder/model.safetensors",
    ])
    func aMissingOrTruncatedOrScrambledFileIsRefused(_ file: String) throws {
        let name = file.split(separator: "/").last!
        let missing = try Self.refusal { try FileManager.default.removeItem(at: $0.appending(path: file)) }
        #expect(missing != nil)
        let half = try Self.refusal { root in
            let url = root.appending(path: file)
            let data = try Data(contentsOf: url)
            try data.prefix(data.count / 2).write(to: url)
        }
        // Half a list of merges is a shorter list of merges.
        if name != "merges.txt" { #expect(half?.contains(name) == true, "\(half ?? "accepted")") }
        let noise = try Self.refusal {
            try Data((0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 167 >> 2) }).write(to: $0.appending(path: file))
        }
        #expect(noise?.contains(name) == true, "\(noise ?? "accepted")")
        let loop = try Self.refusal { root in
            let url = root.appending(path: file)
            try FileManager.default.removeItem(at: url)
            try FileManager.default.createSymbolicLink(at: url, withDestinationURL: url)
        }
        #expect(loop != nil)
    }

    @Test func configurationsWithImpossibleValuesAreRefused() throws {
        let cases: [(file: String, key: String, value: Any)] = [
            ("unet/config.json", "block_out_channels", [16, -16]),
            ("unet/config.json", "block_out_channels", [16, 1_000_000_000]),
            ("unet/config.json", "block_out_channels", []), ("unet/config.json", "block_out_channels", [16, 16, 16]),
            ("unet/config.json", "block_out_channels", Array(repeating: 16, count: 500)),
            ("unet/config.json", "block_out_channels", [16, 24]),
            ("unet/config.json", "down_block_types", ["CrossAttnDownBlock2D", "KDownBlock2D"]),
            ("unet/config.json", "norm_num_groups", 0),
            ("unet/config.json", "norm_num_groups", 7), ("unet/config.json", "attention_head_dim", 0),
            ("unet/config.json", "attention_head_dim", 5),
            ("unet/config.json", "layers_per_block", 1_000_000_000), ("unet/config.json", "layers_per_block", 2.5),
            ("unet/config.json", "layers_per_block", "one"), ("unet/config.json", "in_channels", 5),
            ("unet/config.json", "out_channels", 8),
            ("unet/config.json", "cross_attention_dim", 99), ("unet/config.json", "act_fn", "snake"),
            ("unet/config.json", "addition_embed_type", "text"),
            ("unet/config.json", "transformer_layers_per_block", 1e300),
            ("unet/config.json", "mid_block_type", "Strange"),
            ("unet/config.json", "freq_shift", 8), ("unet/config.json", "_class_name", "FluxTransformer2DModel"),
            ("model_index.json", "masked_latent_fill", "mirrored"), ("model_index.json", "guidance_scale", -1),
            ("model_index.json", "strength", 0),
            ("model_index.json", "noise_per_texture", -1),
            ("vae/config.json", "up_block_types", ["UpDecoderBlock2D"]),
            ("vae/config.json", "block_out_channels", [8, 16, 16]),
            ("vae/config.json", "scaling_factor", 0), ("vae/config.json", "latent_channels", 16),
            ("vae/config.json", "norm_num_groups", -4),
            ("text_encoder/config.json", "num_attention_heads", 3), ("text_encoder/config.json", "vocab_size", 10),
            ("text_encoder/config.json", "hidden_size", 32), ("text_encoder/config.json", "num_hidden_layers", 9),
            ("text_encoder/config.json", "max_position_embeddings", 1),
            ("scheduler/scheduler_config.json", "num_train_timesteps", 0),
            ("scheduler/scheduler_config.json", "beta_end", 2),
            ("scheduler/scheduler_config.json", "beta_schedule", "sawtooth"),
            ("scheduler/scheduler_config.json", "prediction_type", "flow"),
            ("scheduler/scheduler_config.json", "timestep_spacing", "random"),
            ("scheduler/scheduler_config.json", "steps_offset", 5000),
            ("scheduler/scheduler_config.json", "trained_betas", [0.1, 0.2]),
            ("model_index.json", "unet", ["diffusers", "SD3Transformer2DModel"]), ("model_index.json", "vae", 3),
            ("tokenizer/tokenizer_config.json", "model_max_length", 1),
            ("tokenizer/tokenizer_config.json", "pad_token", "<|nothing|>"),
            ("tokenizer/vocab.json", "a</w>", -1), ("tokenizer/vocab.json", "a</w>", 1_000_000_000_000),
        ]
        for item in cases {
            let text = try Self.refusal { try Self.edit($0, item.file) { $0[item.key] = item.value } }
            #expect(text != nil, "\(item.file): \(item.key) = \(item.value) was accepted")
        }
    }

    @Test func aShardIndexThatPointsElsewhereIsRefused() throws {
        let index = "unet/diffusion_pytorch_model.safetensors.index.json"
        for name in ["../../etc/passwd", "/etc/passwd.safetensors", "no-such.safetensors", ".safetensors"] {
            let text = try Self.refusal {
                try Self.edit($0, index) { object in
                    var map = object["weight_map"] as! [String: String]
                    map["conv_in.weight"] = name
                    object["weight_map"] = map
                }
            }
            #expect(text != nil)
        }
        let text = try Self.refusal {
            try Self.edit($0, index) { object in
                var map = object["weight_map"] as! [String: String]
                map["no.such.tensor"] = map["conv_in.weight"]
                object["weight_map"] = map
            }
        }
        #expect(text?.contains("no.such.tensor") == true)
    }

    @Test func damagedNumbersAreNoticedAtLoading() throws {
        let folder = try TemporaryFolder()
        let path = try PipelineTests.assemble(folder)
        let shapes = try JSONDecoder().decode(
            [String: [Int]].self, from: Data(contentsOf: Golden.folder.appending(path: "unet-inpainting/shapes.json")))
        try Synthetic.write(
            shapes.map {
                (
                    $0.key, $0.value,
                    $0.key == "conv_in.bias"
                        ? .init(repeating: .nan, count: $0.value[0]) : Synthetic.weight($0.key, $0.value)
                )
            },
            to: URL(fileURLWithPath: path + "/unet/diffusion_pytorch_model.safetensors"))
        #expect {
            try Inpainter(named: path).fill(
                TestPicture.image(side: 32), known: TestPicture.mask(side: 32), settings: PipelineTests.settings(2))
        } throws: { "\($0)".contains("'conv_in.bias' holds numbers that are not finite") }
    }
}
