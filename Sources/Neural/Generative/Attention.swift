import CKernels

/// Softmax(Q·Kᵀ/√d)·V over several heads.
///
/// The scores exist only one band of queries at a time: at 4096 tokens the whole matrix would be 64 MB a head.
public enum Attention {
    /// - Parameters:
    ///   - queries: shape (tokens, heads·d).
    ///   - keys, values: shape (context tokens, heads·d).
    ///   - causal: whether token i sees only the context tokens 0…i.
    /// - Returns: shape (tokens, heads·d).
    public static func attend(queries: Tensor, keys: Tensor, values: Tensor, heads: Int, causal: Bool = false) -> Tensor
    {
        let (tokens, width) = (queries.shape[0], queries.shape[1])
        let context = keys.shape[0]
        precondition(keys.shape == [context, width] && values.shape == [context, width] && width % heads == 0)
        let depth = width / heads
        // A band's scores stay in the second-level cache of the thread that computes them.
        let band = min(tokens, max(32, (1 << 17) / context))
        let bands = (tokens + band - 1) / band
        let scale = 1 / Float(depth).squareRoot()
        let memory = (0..<min(ComputeThreads.count, heads * bands)).map { _ in Scratch(count: band * (context + 1)) }
        let result = [Float](unsafeUninitializedCapacity: tokens * width) { output, count in
            queries.values.withUnsafeBufferPointer { queries in
                keys.values.withUnsafeBufferPointer { keys in
                    values.values.withUnsafeBufferPointer { values in
                        let (q, k, v) = (
                            Shared(queries.baseAddress!), Shared(keys.baseAddress!), Shared(values.baseAddress!)
                        )
                        let out = Shared(output.baseAddress!)
                        parallelFor(heads * bands) { worker, piece in
                            let (head, top) = (piece / bands, piece % bands * band)
                            let rows = min(band, tokens - top)
                            let scores = memory[worker].floats
                            let sums = scores + band * context
                            let target = out.pointer + top * width + head * depth
                            multiplyHere(
                                rows: rows, columns: context, inner: depth, q.pointer + top * width + head * depth,
                                k.pointer + head * depth,
                                scores, leadingA: width, leadingB: width, transposeB: true)
                            for row in 0..<rows {
                                let visible = causal ? min(context, top + row + 1) : context
                                let line = scores + row * context
                                sums[row] = ckernels_exponentials(visible, scale, line)
                                for i in visible..<context { line[i] = 0 }
                            }
                            multiplyHere(
                                rows: rows, columns: depth, inner: context, scores, v.pointer + head * depth, target,
                                leadingB: width, leadingC: width)
                            for row in 0..<rows {
                                let inverse = 1 / sums[row]
                                for i in 0..<depth { target[row * width + i] *= inverse }
                            }
                        }
                    }
                }
            }
            count = tokens * width
        }
        return Tensor(shape: [tokens, width], values: result)
    }
}
