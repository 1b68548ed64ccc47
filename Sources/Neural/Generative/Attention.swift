/// Softmax(Q·Kᵀ/√d)·V over several heads.
///
/// The scores exist only one band of queries at a time: at 4096 tokens the whole matrix would be 64 MB a head.
public enum Attention {
    /// - Parameters:
    ///   - queries: shape (tokens, heads·d).
    ///   - keys, values: shape (context tokens, heads·d).
    ///   - causal: whether token i sees only the context tokens 0…i.
    /// - Returns: shape (tokens, heads·d).
    public static func attend(queries: Tensor, keys: Tensor, values: Tensor, heads: Int, causal: Bool = false) -> Tensor {
        let (tokens, width) = (queries.shape[0], queries.shape[1])
        let context = keys.shape[0]
        precondition(keys.shape == [context, width] && values.shape == [context, width] && width % heads == 0)
        let depth = width / heads
        let band = min(tokens, max(16, (1 << 19) / context))
        var result = Tensor(shape: [tokens, width])
        let scale = 1 / Float(depth).squareRoot()
        var scores = [Float](repeating: 0, count: band * context)
        var inverses = [Float](repeating: 0, count: band)
        queries.values.withUnsafeBufferPointer { queries in
            keys.values.withUnsafeBufferPointer { keys in
                values.values.withUnsafeBufferPointer { values in
                    result.values.withUnsafeMutableBufferPointer { output in
                        scores.withUnsafeMutableBufferPointer { scores in
                            inverses.withUnsafeMutableBufferPointer { inverses in
                                let (shared, sums) = (Shared(scores.baseAddress!), Shared(inverses.baseAddress!))
                                let out = Shared(output.baseAddress!)
                                for head in 0..<heads {
                                    for top in stride(from: 0, to: tokens, by: band) {
                                        let rows = min(band, tokens - top)
                                        multiply(
                                            rows: rows, columns: context, inner: depth,
                                            queries.baseAddress! + top * width + head * depth, keys.baseAddress! + head * depth,
                                            scores.baseAddress!, leadingA: width, leadingB: width, transposeB: true)
                                        inParallel(rows, grain: max(1, (1 << 13) / context)) { range in
                                            for row in range {
                                                let visible = causal ? min(context, top + row + 1) : context
                                                let line = shared.pointer + row * context
                                                sums.pointer[row] = 1 / exponentials(line, count: visible, scale: scale)
                                                for i in visible..<context { line[i] = 0 }
                                            }
                                        }
                                        multiply(
                                            rows: rows, columns: depth, inner: context, scores.baseAddress!,
                                            values.baseAddress! + head * depth, output.baseAddress! + top * width + head * depth,
                                            leadingB: width, leadingC: width)
                                        for row in 0..<rows {
                                            let line = out.pointer + (top + row) * width + head * depth
                                            for i in 0..<depth { line[i] *= sums.pointer[row] }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
        return result
    }

    /// Replaces each x by exp(scale·(x − largest)) and returns their sum.
    private static func exponentials(_ line: UnsafeMutablePointer<Float>, count: Int, scale: Float) -> Float {
        let raw = UnsafeMutableRawPointer(line)
        var most = SIMD8<Float>(repeating: -.infinity)
        var i = 0
        while i + 8 <= count {
            let x = raw.loadUnaligned(fromByteOffset: 4 * i, as: SIMD8<Float>.self)
            most.replace(with: x, where: x .> most)
            i += 8
        }
        var largest = most.max()
        while i < count { largest = max(largest, line[i]); i += 1 }
        var sum = SIMD8<Float>()
        i = 0
        while i + 8 <= count {
            let x = vectorExponential((raw.loadUnaligned(fromByteOffset: 4 * i, as: SIMD8<Float>.self) - largest) * scale)
            raw.storeBytes(of: x, toByteOffset: 4 * i, as: SIMD8<Float>.self)
            sum += x
            i += 8
        }
        var total = sum.sum()
        while i < count {
            line[i] = vectorExponential(SIMD8(repeating: (line[i] - largest) * scale))[0]
            total += line[i]
            i += 1
        }
        return total
    }
}
