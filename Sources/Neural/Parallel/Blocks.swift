/// A rectangle of a layer's output: the piece one thread computes at a time.
package struct Block: Equatable, Sendable {
    package var row: Int
    package var column: Int
    package var rows: Int
    package var columns: Int

    package init(row: Int, column: Int, rows: Int, columns: Int) {
        self.row = row
        self.column = column
        self.rows = rows
        self.columns = columns
    }
}

/// Cuts (height × width) into blocks of about `area` outputs, wide rather than tall, since what is multiplied
/// beyond a block's right edge is thrown away.
package func blocks(height: Int, width: Int, area: Int, threads: Int = ComputeThreads.count) -> [Block] {
    let columnPieces = max(1, (width + 127) / 128)
    let columns = (width + columnPieces - 1) / columnPieces
    var rows = max(1, min(height, area / columns))
    // Enough pieces that no thread waits long for the last one.
    while rows > 4 && ((height + rows - 1) / rows) * columnPieces < 2 * threads { rows = (rows + 1) / 2 }
    var result: [Block] = []
    for row in stride(from: 0, to: height, by: rows) {
        for column in stride(from: 0, to: width, by: columns) {
            result.append(
                Block(row: row, column: column, rows: min(rows, height - row), columns: min(columns, width - column)))
        }
    }
    return result
}
