import CKernels

/// A layer's weights, (rows × inner), in the order in which the inner loop reads them.
struct PackedWeights: Sendable {
    let rows: Int
    let inner: Int
    private(set) var values: [Float]

    static let rowGroup = Int(CKERNELS_ROWS)
    static let columnGroup = Int(CKERNELS_COLUMNS)
    static let depth = Int(CKERNELS_DEPTH)
    /// Floats of scratch that ``multiply(_:offsets:columns:into:leading:firstRow:rows:panel:)`` needs.
    static let panelSize = Int(CKERNELS_TILE_SCRATCH)

    /// Rows up to a whole group; those beyond `rows` have zero weights.
    var paddedRows: Int { Self.padded(rows) }
    static func padded(_ rows: Int) -> Int { (rows + rowGroup - 1) / rowGroup * rowGroup }
    static func padded(columns: Int) -> Int { (columns + columnGroup - 1) / columnGroup * columnGroup }

    /// - Parameter weight: the weight of (row, k).
    init(rows: Int, inner: Int, _ weight: (_ row: Int, _ k: Int) -> Float) {
        self.rows = rows
        self.inner = inner
        let padded = Self.padded(rows)
        values = [Float](unsafeUninitializedCapacity: padded * inner) { buffer, count in
            var next = 0
            for from in stride(from: 0, to: inner, by: Self.depth) {
                for group in stride(from: 0, to: padded, by: Self.rowGroup) {
                    for k in from..<min(inner, from + Self.depth) {
                        for row in group..<group + Self.rowGroup {
                            buffer[next] = row < rows ? weight(row, k) : 0
                            next += 1
                        }
                    }
                }
            }
            count = next
        }
    }

    /// The same with every row multiplied by a number of its own.
    func scaled(by factors: [Float]) -> PackedWeights {
        var copy = self
        var next = 0
        for from in stride(from: 0, to: inner, by: Self.depth) {
            for group in stride(from: 0, to: paddedRows, by: Self.rowGroup) {
                for _ in from..<min(inner, from + Self.depth) {
                    for row in group..<group + Self.rowGroup {
                        if row < rows { copy.values[next] *= factors[row] }
                        next += 1
                    }
                }
            }
        }
        return copy
    }

    /// c[r][j] += Σ_k weight[r][k] · tile[offsets[k] + j].
    ///
    /// - Parameters:
    ///   - columns: any; up to the next whole group is computed, so rows of c are that long,
    ///     and the tile can be read so far.
    ///   - panel: scratch of ``panelSize`` floats on a 64-byte boundary.
    func multiply(
        _ tile: UnsafePointer<Float>, offsets: UnsafePointer<Int32>, columns: Int, into c: UnsafeMutablePointer<Float>,
        leading: Int,
        panel: UnsafeMutablePointer<Float>
    ) {
        values.withUnsafeBufferPointer {
            ckernels_tile_product(
                paddedRows, Self.padded(columns: columns), inner, $0.baseAddress!, tile, offsets, c, leading, panel)
        }
    }
}
