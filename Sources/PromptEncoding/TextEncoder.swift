import ModelFolders
import Neural

/// Prompts to word vectors (transformers' `CLIPTextModel`): causal attention, the last layer's states after the
/// final norm.
package struct TextEncoder: Sendable {
    struct Layer: Sendable {
        let firstNorm, secondNorm: LayerNorm
        let queries, keys, values, output, expansion, contraction: Linear
    }

    package let width, positions, vocabulary: Int
    private let heads: Int
    private let activation: Activation
    private let tokens, places: Tensor
    private let layers: [Layer]
    private let norm: LayerNorm

    package init(folder: String) throws {
        let c = try Configuration(path: folder + "/config.json")
        for name in try c.texts("architectures", default: ["CLIPTextModel"])
        where name != "CLIPTextModel" && name != "CLIPTextModelWithProjection" {
            throw c.failure("architectures", "names '\(name)'; expected CLIPTextModel")
        }
        let width = try c.integer("hidden_size", default: 512, in: 1...16384)
        vocabulary = try c.integer("vocab_size", default: 49408, in: 1...1 << 24)
        positions = try c.integer("max_position_embeddings", default: 77, in: 2...65536)
        heads = try c.integer("num_attention_heads", default: 8, in: 1...1024)
        guard width % heads == 0 else {
            throw c.failure("num_attention_heads", "does not divide the hidden size \(width)")
        }
        let inner = try c.integer("intermediate_size", default: 2048, in: 1...1 << 20)
        let count = try c.integer("num_hidden_layers", default: 12, in: 1...256)
        activation = try c.activation("hidden_act", default: .quickGELU)
        let epsilon = Float(try c.number("layer_norm_eps", default: 1e-5, in: 0...1))
        self.width = width

        let weights = try WeightFolder(folder: folder, stems: ["model", "diffusion_pytorch_model"])
        let root = weights.contains("text_model.final_layer_norm.weight") ? "text_model." : ""
        tokens = try weights.tensor(root + "embeddings.token_embedding.weight", [vocabulary, width])
        places = try weights.tensor(root + "embeddings.position_embedding.weight", [positions, width])
        layers = try (0..<count).map { index in
            let name = "\(root)encoder.layers.\(index)"
            func square(_ part: String) throws -> Linear {
                try weights.linear("\(name).self_attn.\(part)_proj", inputs: width, outputs: width)
            }
            return Layer(
                firstNorm: try weights.layerNorm(name + ".layer_norm1", channels: width, epsilon: epsilon),
                secondNorm: try weights.layerNorm(name + ".layer_norm2", channels: width, epsilon: epsilon),
                queries: try square("q"), keys: try square("k"), values: try square("v"), output: try square("out"),
                expansion: try weights.linear(name + ".mlp.fc1", inputs: width, outputs: inner),
                contraction: try weights.linear(name + ".mlp.fc2", inputs: inner, outputs: width))
        }
        norm = try weights.layerNorm(root + "final_layer_norm", channels: width, epsilon: epsilon)
    }

    /// - Parameter numbers: the tokenizer's, at most ``positions``, each below ``vocabulary``.
    /// - Returns: shape (words, width).
    package func callAsFunction(_ numbers: [Int]) -> Tensor {
        precondition(numbers.count <= positions)
        var x = Tensor(shape: [numbers.count, width])
        for (place, number) in numbers.enumerated() {
            for i in 0..<width {
                x.values[place * width + i] = tokens.values[number * width + i] + places.values[place * width + i]
            }
        }
        for layer in layers {
            let normalised = layer.firstNorm(x)
            let seen = Attention.attend(
                queries: layer.queries(normalised), keys: layer.keys(normalised), values: layer.values(normalised),
                heads: heads, causal: true)
            x = layer.output(seen, residual: x)
            var hidden = layer.expansion(layer.secondNorm(x))
            activation.apply(&hidden)
            x = layer.contraction(hidden, residual: x)
        }
        return norm(x)
    }
}
