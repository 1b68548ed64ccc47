/// The order in which slices walk the cells of a latent: along Hilbert's curve, so that neighbours in the order are
/// neighbours in the picture and a lost slice leaves one compact hole.
package struct ScanOrder: Sendable {
    /// Cell numbers (row·columns + column) in walking order.
    package let cells: [Int32]

    package init(rows: Int, columns: Int) {
        var side = 1
        while side < max(rows, columns) { side *= 2 }
        var cells: [Int32] = []
        cells.reserveCapacity(rows * columns)
        for distance in 0..<side * side {
            // From the least significant pair of bits up: each says which quadrant, and turns what is below it.
            var (x, y, rest, size) = (0, 0, distance, 1)
            while size < side {
                let right = rest >> 1 & 1
                let down = (rest ^ right) & 1
                if down == 0 {
                    if right == 1 { (x, y) = (size - 1 - x, size - 1 - y) }
                    (x, y) = (y, x)
                }
                x += size * right
                y += size * down
                rest >>= 2
                size *= 2
            }
            if x < columns, y < rows { cells.append(Int32(y * columns + x)) }
        }
        self.cells = cells
    }
}
