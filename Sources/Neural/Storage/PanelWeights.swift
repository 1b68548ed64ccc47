import CKernels

/// The right side of a product, (inner × columns), in panels of 16 columns as `ckernels_row_product` reads them.
package enum PanelWeights {
    package static let lanes = Int(CKERNELS_LANES)
    package static let depth = Int(CKERNELS_PANEL_DEPTH)

    /// Where (k, column) lies in a product of `inner` and `columns`, a whole number of panels.
    @inline(__always)
    package static func index(_ k: Int, _ column: Int, inner: Int, columns: Int) -> Int {
        let from = k / depth * depth
        let deep = min(depth, inner - from)
        return from * columns + (column / lanes * deep + k - from) * lanes + column % lanes
    }

    /// Zeros where `weight` has no column.
    package static func pack(inner: Int, columns: Int, _ weight: (_ k: Int, _ column: Int) -> Float) -> [Float] {
        let padded = (columns + lanes - 1) / lanes * lanes
        var values = [Float](repeating: 0, count: inner * padded)
        values.withUnsafeMutableBufferPointer { values in
            for k in 0..<inner {
                for column in 0..<columns {
                    values[index(k, column, inner: inner, columns: padded)] = weight(k, column)
                }
            }
        }
        return values
    }
}
