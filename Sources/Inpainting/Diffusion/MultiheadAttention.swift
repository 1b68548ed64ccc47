import ModelFolders
import Neural

/// Projections around ``Attention`` (diffusers' `Attention`): queries from one sequence, keys and values from another.
struct MultiheadAttention: Sendable {
    let queries, keys, values, output: Linear
    let heads: Int

    /// - Parameters:
    ///   - context: width of the sequence looked at.
    ///   - bias: whether queries, keys and values have one; the output always does.
    init(_ weights: WeightFolder, _ name: String, width: Int, heads: Int, context: Int, bias: Bool = false) throws {
        // Checkpoints older than diffusers 0.12 name the autoencoder's projections otherwise.
        let old = weights.contains(name + ".query.weight")
        queries = try weights.linear(name + (old ? ".query" : ".to_q"), inputs: width, outputs: width, bias: bias)
        keys = try weights.linear(name + (old ? ".key" : ".to_k"), inputs: context, outputs: width, bias: bias)
        values = try weights.linear(name + (old ? ".value" : ".to_v"), inputs: context, outputs: width, bias: bias)
        output = try weights.linear(name + (old ? ".proj_attn" : ".to_out.0"), inputs: width, outputs: width)
        self.heads = heads
    }

    /// - Parameters:
    ///   - x: shape (tokens, width).
    ///   - context: shape (context tokens, context width).
    ///   - residual: added to the result.
    func callAsFunction(_ x: Tensor, context: Tensor, residual: consuming Tensor? = nil) -> Tensor {
        output(
            Attention.attend(queries: queries(x), keys: keys(context), values: values(context), heads: heads),
            residual: residual)
    }
}
