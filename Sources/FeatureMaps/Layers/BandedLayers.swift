import Neural

/// Layers beside the picture, where maps are widest: two at a time, band by band, so that what passes between them
/// stays in the cache and never stands in memory as a whole. Results equal those of the layers one after the other.
enum Band {
    /// Floats that a band between two layers may take.
    static let floats = 1 << 21
}

/// The first two layers of an analysis.
public struct PictureAnalysis: Sendable {
    public let first: PictureConvolution
    public let second: WinogradConvolution
    private let bandFloats: Int

    /// - Parameter bandFloats: what a band between the two may take; nil: as much as fits the cache.
    package init(first: PictureConvolution, second: WinogradConvolution, bandFloats: Int? = nil) {
        precondition(
            second.kind == .halving && second.inputs == first.outputs, "the second layer does not follow the first")
        (self.first, self.second, self.bandFloats) = (first, second, bandFloats ?? Band.floats)
    }

    /// - Parameter x: three channels, dense, rows and columns multiples of 8.
    /// - Returns: a quarter as many rows and columns.
    public func callAsFunction(_ x: FeatureMap) -> FeatureMap {
        precondition(x.rows % 8 == 0 && x.columns % 8 == 0, "a picture of \(x.rows)×\(x.columns)")
        let (rows, columns, pitch) = (x.rows / 2, x.columns / 2, FeatureMap.padded(first.outputs))
        // A row of tiles is two rows of results, four of the first layer's, and reads two before and one after.
        let tileRows = max(1, (bandFloats / (columns * pitch) - 3) / 4)
        let band = Scratch(count: (4 * tileRows + 3) * columns * pitch)
        let gridRows = second.tileExtent(rows)
        return FeatureMap(rows: rows / 2, columns: columns / 2, channels: second.outputs) { values in
            let y = MapWindow(
                values: values, firstRow: 0, rows: rows / 2, columns: columns / 2,
                pitch: FeatureMap.padded(second.outputs))
            var done = 0
            for top in stride(from: 0, to: gridRows, by: tileRows) {
                let bottom = min(gridRows, top + tileRows)
                let firstRow = max(0, 4 * top - 2)
                let end = min(rows, 4 * bottom + 1)
                // The last rows of the band before are the first of this one.
                let kept = max(0, done - firstRow)
                if kept > 0 {
                    let before = max(0, 4 * (top - tileRows) - 2)
                    band.floats.update(
                        from: band.floats + (firstRow - before) * columns * pitch, count: kept * columns * pitch)
                }
                let window = MapWindow(
                    values: band.floats, firstRow: firstRow, rows: rows, columns: columns, pitch: pitch)
                first.run(max(done, firstRow)..<end, of: x, to: window)
                second.run(
                    second.chosen(nil, rows: top..<bottom, columns: second.tileExtent(columns)), from: window, to: y)
                done = end
            }
        }
    }
}

/// The last two layers of a synthesis.
public struct PictureReconstruction: Sendable {
    public let third: WinogradConvolution
    public let last: PictureSynthesis
    private let bandFloats: Int

    package init(third: WinogradConvolution, last: PictureSynthesis, bandFloats: Int? = nil) {
        precondition(
            third.kind == .doubling && third.outputs == last.inputs, "the last layer does not follow the third")
        (self.third, self.last, self.bandFloats) = (third, last, bandFloats ?? Band.floats)
    }

    /// - Parameters:
    ///   - x: ŷ after two doublings: four rows and columns a latent cell.
    ///   - cells: which cells' pixels to compute; the others' hold anything. nil: all.
    /// - Returns: four times as many rows and columns, three channels, dense.
    public func callAsFunction(_ x: FeatureMap, cells: Region? = nil) -> FeatureMap {
        let (rows, columns, pitch) = (2 * x.rows, 2 * x.columns, FeatureMap.padded(third.outputs))
        let grid = (rows: third.tileExtent(x.rows), columns: third.tileExtent(x.columns))
        // A tile is 4×4 of the last layer's pixels, a cell 2×2 tiles; the last layer reads one pixel more all around.
        let tiles = cells.map { $0.enlarged(by: 2).dilated() }
        // What no tile is written to takes no memory: where few are wanted, more rows at once,
        // for threads to share evenly.
        let wanted = tiles.map { max(1, $0.values.reduce(0) { $0 + ($1 ? 1 : 0) }) } ?? grid.rows * grid.columns
        let share = min(8, grid.rows * grid.columns / wanted)
        let tileRows = max(2, min(grid.rows, (bandFloats * share / (columns * pitch) - 2) / 4) / 2 * 2)
        let band = Scratch(count: (4 * tileRows + 2) * columns * pitch)
        return FeatureMap(rows: 2 * rows, columns: 2 * columns, channels: 3, dense: true) { values in
            let y = MapWindow(values: values, firstRow: 0, rows: 2 * rows, columns: 2 * columns, pitch: 3)
            var finished = 0
            for top in stride(from: 0, to: grid.rows, by: tileRows) {
                let bottom = min(grid.rows, top + tileRows)
                let end = min(rows, 4 * bottom)
                // Two rows of the band before: the last layer could not finish without the first of this one.
                let firstRow = max(0, 4 * top - 2)
                if top > 0 {
                    band.floats.update(
                        from: band.floats + (firstRow - max(0, 4 * (top - tileRows) - 2)) * columns * pitch,
                        count: 2 * columns * pitch)
                }
                let window = MapWindow(
                    values: band.floats, firstRow: firstRow, rows: rows, columns: columns, pitch: pitch)
                third.run(third.chosen(tiles, rows: top..<bottom, columns: grid.columns), from: x.window, to: window)
                let ready = end == rows ? end : end - 1
                last.run(Self.blocks(cells, rows: finished..<ready, columns: columns), from: window, to: y)
                finished = ready
            }
        }
    }

    /// Pieces of some rows (of eight a cell) that hold the given cells.
    private static func blocks(_ cells: Region?, rows: Range<Int>, columns: Int) -> [Block] {
        let pieces = PictureSynthesis.runs(rows: rows, columns: columns)
        guard let cells else { return pieces }
        return pieces.flatMap { piece -> [Block] in
            var result: [Block] = []
            for column in stride(from: piece.column, to: piece.column + piece.columns, by: 8) {
                let needed = (piece.row / 8...(piece.row + piece.rows - 1) / 8).contains {
                    cells.values[$0 * cells.width + column / 8]
                }
                guard needed else { continue }
                if let previous = result.last, previous.column + previous.columns == column {
                    result[result.count - 1].columns += 8
                } else {
                    result.append(Block(row: piece.row, column: column, rows: piece.rows, columns: 8))
                }
            }
            return result
        }
    }
}
