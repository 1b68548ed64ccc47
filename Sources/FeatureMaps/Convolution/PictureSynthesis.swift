import CKernels
import Neural

/// The last layer of a synthesis: transposed 5×5, stride 2, padding 2, output padding 1, to three channels.
///
/// With so few outputs all 75 of an input pixel are one product, five panels of a kernel's row each (15 columns and a
/// zero); then every pair of pixels of the picture adds up what it gets from nine of them, always in the same order.
public struct PictureSynthesis: Sendable {
    public let inputs: Int
    private let bias: [Float]
    private let zeros = [Float](repeating: 0, count: PanelWeights.lanes)
    /// Five times (inputs × 16).
    private let weights: [Float]

    private var pitch: Int { FeatureMap.padded(inputs) }
    /// Input pixels of a row that one thread computes at a time: a multiple of a latent cell's eight.
    static let run = 128

    /// - Parameter weight: (inputs, 3, 5, 5).
    public init(weight: Tensor, bias: [Float]) {
        precondition(
            weight.shape.count == 4 && Array(weight.shape[1...]) == [3, 5, 5],
            "the weights of a picture's synthesis are \(weight.shape)")
        precondition(bias.count == 3, "a picture has three channels")
        let (inputs, pitch) = (weight.shape[0], FeatureMap.padded(weight.shape[0]))
        self.inputs = inputs
        self.bias = bias + bias + [0, 0]
        weights = (0..<5).flatMap { ky in
            PanelWeights.pack(inner: pitch, columns: 15) { k, column in
                k < inputs ? weight.values[(k * 3 + column % 3) * 25 + ky * 5 + column / 3] : 0
            }
        }
    }

    /// - Returns: three channels, dense.
    public func callAsFunction(_ x: FeatureMap) -> FeatureMap {
        precondition(x.channels == inputs, "a synthesis of \(inputs) channels applied to \(x.channels)")
        return FeatureMap(rows: 2 * x.rows, columns: 2 * x.columns, channels: 3, dense: true) { values in
            let y = MapWindow(values: values, firstRow: 0, rows: 2 * x.rows, columns: 2 * x.columns, pitch: 3)
            run(Self.runs(rows: 0..<x.rows, columns: x.columns), from: x.window, to: y)
        }
    }

    /// All of some rows, in pieces that begin and end with those of a latent cell.
    static func runs(rows: Range<Int>, columns: Int) -> [Block] {
        var result: [Block] = []
        var row = rows.lowerBound
        while row < rows.upperBound {
            let next = min(rows.upperBound, (row / 8 + 1) * 8)
            for column in stride(from: 0, to: columns, by: run) {
                result.append(Block(row: row, column: column, rows: next - row, columns: min(run, columns - column)))
            }
            row = next
        }
        return result
    }

    /// Computes the pixels of the picture that lie over the given blocks of the input,
    /// which needs one pixel more all around.
    func run(_ blocks: [Block], from x: MapWindow, to y: MapWindow) {
        guard !blocks.isEmpty else { return }
        let widest = blocks.map(\.columns).max()!
        // Three rows of sums, each of five kernel rows, each of a pixel more on either side; and a row of the picture.
        let panel = (widest + 2) * PanelWeights.lanes
        let memory = (0..<min(ComputeThreads.count, blocks.count)).map { _ in
            Scratch(count: 15 * panel + 6 * widest + PanelWeights.lanes)
        }
        parallelFor(blocks.count) { worker, index in
            let block = blocks[index]
            let sums = memory[worker].floats
            let line = sums + 15 * panel
            // Sums of input row r and kernel row ky, from pixel −1 on.
            func place(_ r: Int, _ ky: Int) -> UnsafeMutablePointer<Float> { sums + ((r + 3) % 3 * 5 + ky) * panel }
            for r in block.row - 1...block.row + block.rows {
                let kernelRows = r < block.row ? 4..<5 : r == block.row + block.rows ? 0..<2 : 0..<5
                if r >= 0, r < x.rows { multiply(r, block, kernelRows, from: x, place) }
                // Row r − 1 of the input now has all that its two rows of the picture need.
                guard r > block.row else { continue }
                for odd in 0..<2 {
                    let parts = odd == 0 ? [(r - 2, 4), (r - 1, 2), (r, 0)] : [(r - 1, 3), (r, 1)]
                    let rows = parts.filter { $0.0 >= 0 && $0.0 < x.rows }.map {
                        Optional(UnsafePointer(place($0.0, $0.1) + PanelWeights.lanes))
                    }
                    ckernels_gather_columns(block.columns, rows.count, rows, bias, line)
                    y.pixel(2 * (r - 1) + odd, 2 * block.column).update(from: line, count: 6 * block.columns)
                }
            }
        }
    }

    private func multiply(
        _ r: Int, _ block: Block, _ kernelRows: Range<Int>, from x: MapWindow,
        _ place: (_ r: Int, _ ky: Int) -> UnsafeMutablePointer<Float>
    ) {
        let lanes = PanelWeights.lanes
        let first = max(0, block.column - 1)
        let last = min(x.columns, block.column + block.columns + 1)
        weights.withUnsafeBufferPointer { weights in
            for ky in kernelRows {
                let target = place(r, ky)
                if block.column == 0 { target.update(repeating: 0, count: lanes) }
                if last == block.column + block.columns {
                    (target + (block.columns + 1) * lanes).update(repeating: 0, count: lanes)
                }
                ckernels_row_product(
                    last - first, 1, 1, pitch, x.pixel(r, first), pitch, 0, weights.baseAddress! + ky * pitch * lanes,
                    zeros, nil, 0, nil, target + (first - block.column + 1) * lanes, lanes)
            }
        }
    }
}
