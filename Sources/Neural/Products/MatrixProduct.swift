import COpenBLAS

/// C (rows × columns) += or = A (rows × inner) · B (inner × columns), row-major, through OpenBLAS, on this thread.
@inline(__always)
func multiplyHere(
    rows: Int, columns: Int, inner: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
    _ c: UnsafeMutablePointer<Float>,
    accumulate: Bool = false, leadingA: Int? = nil, leadingB: Int? = nil, leadingC: Int? = nil,
    transposeA: Bool = false, transposeB: Bool = false
) {
    cblas_sgemm(
        CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
        Int32(rows), Int32(columns), Int32(inner), 1,
        a, Int32(leadingA ?? (transposeA ? rows : inner)), b, Int32(leadingB ?? (transposeB ? inner : columns)),
        accumulate ? 1 : 0, c, Int32(leadingC ?? columns))
}

/// The same product, its longer output side cut among the threads. Not to be called from inside `parallelFor`.
func multiply(
    rows: Int, columns: Int, inner: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
    _ c: UnsafeMutablePointer<Float>,
    accumulate: Bool = false, leadingA: Int? = nil, leadingB: Int? = nil, leadingC: Int? = nil,
    transposeA: Bool = false, transposeB: Bool = false
) {
    let lda = leadingA ?? (transposeA ? rows : inner)
    let ldb = leadingB ?? (transposeB ? inner : columns)
    let ldc = leadingC ?? columns
    if !transposeA, PanelledMultiplication.takes(rows: rows, columns: columns, inner: inner) {
        return PanelledMultiplication.multiply(
            rows: rows, columns: columns, inner: inner, a, b, c, accumulate: accumulate, leadingA: lda, leadingB: ldb,
            leadingC: ldc,
            transposeB: transposeB)
    }
    // Below this many multiplications a second thread costs more than it brings.
    let pieces = rows * columns * inner < 1 << 18 ? 1 : 4 * ComputeThreads.count
    let alongColumns = columns >= rows
    let extent = alongColumns ? columns : rows
    // Whole register blocks of the BLAS kernels, so that every piece but the last runs without edges.
    let step = max(16, (extent / pieces + 15) / 16 * 16)
    nonisolated(unsafe) let (a, b, c) = (a, b, c)  // every piece writes its own part of C
    parallelFor((extent + step - 1) / step) { _, piece in
        let from = piece * step
        let length = min(step, extent - from)
        if alongColumns {
            multiplyHere(
                rows: rows, columns: length, inner: inner, a, b + (transposeB ? from * ldb : from), c + from,
                accumulate: accumulate,
                leadingA: lda, leadingB: ldb, leadingC: ldc, transposeA: transposeA, transposeB: transposeB)
        } else {
            multiplyHere(
                rows: length, columns: columns, inner: inner, a + (transposeA ? from : from * lda), b, c + from * ldc,
                accumulate: accumulate, leadingA: lda, leadingB: ldb, leadingC: ldc, transposeA: transposeA,
                transposeB: transposeB)
        }
    }
}

extension Tensor {
    /// The matrix product of (rows, inner) and (inner, columns); `transposed` takes the second as (columns, inner).
    public func product(_ other: Tensor, transposed: Bool = false) -> Tensor {
        precondition(shape.count == 2 && other.shape.count == 2, "a matrix product needs two matrices")
        let columns = transposed ? other.shape[0] : other.shape[1]
        precondition(
            shape[1] == (transposed ? other.shape[1] : other.shape[0]), "\(shape) does not multiply \(other.shape)")
        let rows = shape[0]
        let result = [Float](unsafeUninitializedCapacity: rows * columns) { buffer, count in
            values.withUnsafeBufferPointer { a in
                other.values.withUnsafeBufferPointer { b in
                    multiply(
                        rows: rows, columns: columns, inner: shape[1], a.baseAddress!, b.baseAddress!,
                        buffer.baseAddress!, transposeB: transposed)
                }
            }
            count = rows * columns
        }
        return Tensor(shape: [rows, columns], values: result)
    }
}
