import CKernels
import COpenBLAS

/// Large products through this package's own loops, where these are the faster ones: a table by OpenBLAS's kernel and
/// the level of the loops, so that one machine always rounds alike. (A measurement at start-up could decide either way
/// where both are close, and a run would not be the same twice.)
enum PanelledMultiplication {
    /// Which of the loops' levels an OpenBLAS kernel's vectors amount to.
    /// Those without fused multiply-add count as none.
    private static func level(ofKernel name: String) -> Int {
        switch name.lowercased() {
        case "skylakex", "cooperlake", "sapphirerapids": Int(CKERNELS_AVX512)
        case "haswell", "zen", "excavator": Int(CKERNELS_AVX2)
        default: Int(CKERNELS_PORTABLE)
        }
    }

    private static let own: Int = ["portable", "avx2", "avx512"].firstIndex(of: ComputeKernels.name)!
    private static let theirs = level(ofKernel: String(cString: openblas_get_corename()))

    /// Whether the loops take a product of that size. At AVX-512 they are ahead from four blocks of rows on even where
    /// OpenBLAS's vectors are as wide; where those are narrower, from one block on.
    static func takes(rows: Int, columns: Int, inner: Int) -> Bool {
        guard columns % PanelWeights.lanes == 0, columns >= 3 * PanelWeights.lanes else { return false }
        if own > theirs { return rows >= 12 && inner >= 16 }
        return own == Int(CKERNELS_AVX512) && rows >= 48 && inner >= 64
    }

    /// Rows of A that stay in the second cache while the panels of B go by.
    private static let rowsAtOnce = 144

    /// C (rows × columns) += or = A · B, as `multiply` describes it, A not transposed.
    static func multiply(
        rows: Int, columns: Int, inner: Int, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
        _ c: UnsafeMutablePointer<Float>,
        accumulate: Bool, leadingA: Int, leadingB: Int, leadingC: Int, transposeB: Bool
    ) {
        let lanes = PanelWeights.lanes
        // Groups of columns, each packed by itself: enough that every thread has some.
        let bands = (rows + rowsAtOnce - 1) / rowsAtOnce
        let wanted = max((columns + 255) / 256, bands < 2 * ComputeThreads.count ? 2 * ComputeThreads.count : 1)
        let width = max(lanes, (columns + wanted * lanes - 1) / (wanted * lanes) * lanes)
        let groups = (columns + width - 1) / width
        let packed = Scratch(count: inner * columns)
        let zeros = [Float](repeating: 0, count: width)
        let tall = (rows + bands - 1) / bands
        nonisolated(unsafe) let (a, b, c) = (a, b, c)  // every piece writes its own part of C
        parallelFor(groups) { _, group in
            let first = group * width
            pack(
                b, first: first, columns: min(width, columns - first), inner: inner, leading: leadingB,
                transposed: transposeB,
                into: packed.floats + first * inner)
        }
        parallelFor(bands * groups) { _, piece in
            let (row, first) = (piece / groups * tall, piece % groups * width)
            guard row < rows else { return }
            zeros.withUnsafeBufferPointer { zeros in
                ckernels_row_product(
                    min(tall, rows - row), min(width, columns - first) / lanes, 1, inner, a + row * leadingA, leadingA,
                    0,
                    packed.floats + first * inner, accumulate ? nil : zeros.baseAddress!, nil, 0, nil,
                    c + row * leadingC + first,
                    leadingC)
            }
        }
    }

    /// Some columns of B as `ckernels_row_product` reads them.
    private static func pack(
        _ b: UnsafePointer<Float>, first: Int, columns: Int, inner: Int, leading: Int, transposed: Bool,
        into packed: UnsafeMutablePointer<Float>
    ) {
        let lanes = PanelWeights.lanes
        for k in stride(from: 0, to: inner, by: PanelWeights.depth) {
            let deep = min(PanelWeights.depth, inner - k)
            for panel in stride(from: 0, to: columns, by: lanes) {
                let target = packed + PanelWeights.index(k, panel, inner: inner, columns: columns)
                if transposed {
                    for lane in 0..<lanes {
                        let line = b + (first + panel + lane) * leading + k
                        for i in 0..<deep { target[i * lanes + lane] = line[i] }
                    }
                } else {
                    for i in 0..<deep {
                        (target + i * lanes).update(from: b + (k + i) * leading + first + panel, count: lanes)
                    }
                }
            }
        }
    }
}
