import Neural

/// Residual blocks over a map that comes band by band, from the top: each block keeps those rows of its input that the
/// results of the next band reach, so that no row is computed twice, however few rows a band has. Results are those of
/// the blocks one after the other over the whole map, bit for bit.
public final class RollingBlocks {
    private let blocks: [DepthwiseResidualBlock]
    private let rows: Int
    private let multiple: Int
    private var stages: [Stage]

    /// What one block has so far: those rows of its input that are still needed, from `first` on,
    /// and how many rows of results.
    private struct Stage {
        var kept: FeatureMap?
        var first = 0
        var done = 0
    }

    /// - Parameters:
    ///   - rows: of the whole map.
    ///   - multiple: results come in whole multiples of so many rows, but for the last.
    public init(_ blocks: [DepthwiseResidualBlock], rows: Int, multiple: Int = 1) {
        (self.blocks, self.rows, self.multiple) = (blocks, rows, multiple)
        stages = .init(repeating: Stage(), count: blocks.count)
    }

    /// - Parameter x: the next rows of the map; nil: none yet.
    /// - Returns: the next rows of results; nil where `x` completes none.
    public func callAsFunction(_ x: FeatureMap?) -> FeatureMap? {
        blocks.indices.reduce(x) { x, block in x.flatMap { advance(block, $0) } }
    }

    private func advance(_ index: Int, _ x: FeatureMap) -> FeatureMap? {
        let (block, stage) = (blocks[index], stages[index])
        let input = stage.kept.map { $0.above(x) } ?? x
        let received = stage.first + input.rows
        let grain = index == blocks.count - 1 ? multiple : 1
        let done = received == rows ? rows : max(stage.done, (received - block.reach) / grain * grain)
        let needed = max(stage.first, done - block.reach)
        stages[index] = Stage(kept: input.rows(from: needed - stage.first), first: needed, done: done)
        return done > stage.done
            ? block.results(stage.done..<done, of: input, firstRow: stage.first, rows: rows) : nil
    }
}

extension FeatureMap {
    /// These rows and those of `other` below.
    fileprivate func above(_ other: FeatureMap) -> FeatureMap {
        precondition(columns == other.columns && pitch == other.pitch, "bands of different maps")
        let size = rows * columns * pitch
        return FeatureMap(
            rows: rows + other.rows, columns: columns, channels: channels, dense: pitch == channels
        ) {
            $0.update(from: window.values, count: size)
            ($0 + size).update(from: other.window.values, count: other.rows * columns * pitch)
        }
    }

    fileprivate func rows(from row: Int) -> FeatureMap {
        FeatureMap(rows: rows - row, columns: columns, channels: channels, dense: pitch == channels) {
            $0.update(from: window.values + row * columns * pitch, count: (rows - row) * columns * pitch)
        }
    }
}
