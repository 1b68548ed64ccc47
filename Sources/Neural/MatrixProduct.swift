import COpenBLAS

/// C (rows × columns) += or = A (rows × inner) · B (inner × columns), row-major, through OpenBLAS.
@inline(__always)
func multiply(
    rows: Int, columns: Int, inner: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>,
    accumulate: Bool = false, leadingA: Int? = nil, leadingB: Int? = nil, leadingC: Int? = nil,
    transposeA: Bool = false, transposeB: Bool = false
) {
    cblas_sgemm(
        CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
        Int32(rows), Int32(columns), Int32(inner), 1,
        a, Int32(leadingA ?? (transposeA ? rows : inner)), b, Int32(leadingB ?? (transposeB ? inner : columns)),
        accumulate ? 1 : 0, c, Int32(leadingC ?? columns))
}

/// How many threads OpenBLAS may use in this process. Nodes that share a machine set it, or they oversubscribe it.
public func setComputeThreads(_ count: Int) { openblas_set_num_threads(Int32(count)) }
