import Neural

/// Squares of pixels to single ones and back, by a matrix: what pixel (un)shuffles and 1×1 convolutions are together.
///
/// ```
/// apart:   (s·H, s·W, C) ─ s×s squares side by side ─► (H, W, s·s·C) ─ matrix ─► (H, W, D)
/// joining: (H, W, D) ─ matrix ─► (H, W, s·s·C) ─ s×s squares ─► (s·H, s·W, C)
/// ```
/// A square's numbers lie row by row, a pixel's channels side by side.
public struct SquareProjection: Sendable {
    public enum Direction: Sendable { case apart, joining }

    public let direction: Direction
    public let side: Int
    /// Of the map of larger extent.
    public let channels: Int
    private let product: PanelProduct

    /// - Parameter weight: (D, s·s·C) apart, (s·s·C, D) joining.
    public init(_ direction: Direction, side: Int, weight: Tensor, bias: [Float]) {
        product = PanelProduct(weight: weight, bias: bias)
        (self.direction, self.side) = (direction, side)
        let numbers = direction == .apart ? product.inputs : product.outputs
        channels = numbers / (side * side)
        precondition(channels * side * side == numbers, "\(numbers) numbers are no square of side \(side)")
    }

    /// - Parameters:
    ///   - dense: whether the result's pixels follow each other without zeros between, where joining.
    ///   - pixels: which pixels of the map of smaller extent are needed; the others hold anything. nil: all.
    public func callAsFunction(_ x: FeatureMap, dense: Bool = false, pixels: Region? = nil) -> FeatureMap {
        direction == .apart ? taken(apart: x, pixels: pixels) : joined(x, dense: dense, pixels: pixels)
    }

    private func taken(apart x: FeatureMap, pixels: Region?) -> FeatureMap {
        precondition(
            x.channels == channels && x.rows % side == 0 && x.columns % side == 0,
            "a map of \(x.rows)×\(x.columns)×\(x.channels)")
        let (rows, columns) = (x.rows / side, x.columns / side)
        let runs = PixelRun.covering(rows: rows, columns: columns, pixels: pixels)
        let memory = scratch(product.inputs)
        return FeatureMap(rows: rows, columns: columns, channels: product.outputs) { values in
            let y = MapWindow(
                values: values, firstRow: 0, rows: rows, columns: columns, pitch: FeatureMap.padded(product.outputs))
            parallelFor(runs.count) { worker, index in
                let run = runs[index]
                let squares = memory[worker].floats
                let line = side * channels
                for pixel in 0..<run.count {
                    for row in 0..<side {
                        let target = squares + pixel * product.inputs + row * line
                        let from = x.window.pixel(side * run.row + row, side * (run.column + pixel))
                        if x.pitch == channels {
                            target.update(from: from, count: line)
                        } else {
                            for i in 0..<side {
                                (target + i * channels).update(from: from + i * x.pitch, count: channels)
                            }
                        }
                    }
                }
                product(run.count, from: squares, step: product.inputs, to: y.pixel(run.row, run.column))
            }
        }
    }

    private func joined(_ x: FeatureMap, dense: Bool, pixels: Region?) -> FeatureMap {
        precondition(
            x.channels == product.inputs, "a projection of \(product.inputs) channels applied to \(x.channels)")
        let runs = PixelRun.covering(rows: x.rows, columns: x.columns, pixels: pixels)
        let wide = FeatureMap.padded(product.outputs)
        let memory = scratch(wide)
        let (rows, columns) = (side * x.rows, side * x.columns)
        let pitch = dense ? channels : FeatureMap.padded(channels)
        return FeatureMap(rows: rows, columns: columns, channels: channels, dense: dense) { values in
            let y = MapWindow(values: values, firstRow: 0, rows: rows, columns: columns, pitch: pitch)
            parallelFor(runs.count) { worker, index in
                let run = runs[index]
                let squares = memory[worker].floats
                product(run.count, from: x.window.pixel(run.row, run.column), step: x.pitch, to: squares)
                for pixel in 0..<run.count {
                    for row in 0..<side {
                        let from = squares + pixel * wide + row * side * channels
                        let target = y.pixel(side * run.row + row, side * (run.column + pixel))
                        for i in 0..<side {
                            (target + i * pitch).update(from: from + i * channels, count: channels)
                            (target + i * pitch + channels).update(repeating: 0, count: pitch - channels)
                        }
                    }
                }
            }
        }
    }

    private func scratch(_ numbers: Int) -> [Scratch] {
        (0..<ComputeThreads.count).map { _ in Scratch(count: PanelProduct.run * numbers) }
    }
}
