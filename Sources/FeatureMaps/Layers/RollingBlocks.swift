import Neural

/// Residual blocks over a map that comes band by band, from the top: each block keeps those rows of its input that the results
/// of the next band reach, so that no row is computed twice, however few rows a band has. Results are those of the blocks one
/// after the other over the whole map, bit for bit.
public final class RollingBlocks {
    private let blocks: [DepthwiseResidualBlock]
    private let rows: Int
    private let multiple: Int
    private var stages: [Stage]

    /// What one block has so far: rows of its input from `first` on, and how many rows of results.
    private struct Stage {
        var input: FeatureMap?
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
        let first = max(stage.first, stage.done - block.reach)
        let input = stage.input.map { $0.appending(x, from: first - stage.first) } ?? x
        let received = first + input.rows
        let grain = index == blocks.count - 1 ? multiple : 1
        let done = received == rows ? rows : max(stage.done, (received - block.reach) / grain * grain)
        stages[index] = Stage(input: input, first: first, done: done)
        return done > stage.done ? block.results(stage.done..<done, of: input, firstRow: first, rows: rows) : nil
    }
}

extension FeatureMap {
    /// The rows from `row` on, and those of `other` below.
    fileprivate func appending(_ other: FeatureMap, from row: Int) -> FeatureMap {
        precondition(columns == other.columns && pitch == other.pitch, "bands of different maps")
        let kept = max(0, rows - row)
        return FeatureMap(rows: kept + other.rows, columns: columns, channels: channels, dense: pitch == channels) {
            $0.update(from: window.values + row * columns * pitch, count: kept * columns * pitch)
            ($0 + kept * columns * pitch).update(from: other.window.values, count: other.rows * columns * pitch)
        }
    }
}
