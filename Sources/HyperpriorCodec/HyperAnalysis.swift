import FeatureMaps
import Foundation
import Neural

/// y ↦ z, before quantisation.
///
///     |y|                    ─► conv 3×3 ─► ReLU ─► conv 5×5, ½ ─► ReLU ─► conv 5×5, ½ ─► z
///     ln(1 + 2|y|) − centre  ─► the same with leaky ReLUs                               ─► z     (block transforms)
struct HyperAnalysis: Sendable {
    private let layers: Deferred<[WinogradConvolution]>
    /// A typical logarithm of each channel; nil where magnitudes themselves go in.
    private let centre: [Float]?

    /// - Throws: ``SafeTensors/Failure``.
    init(_ file: SafeTensors, _ architecture: Architecture, n: Int, m: Int) throws {
        let isLogarithmic = architecture == .blockTransform
        let between: PixelActivation = isLogarithmic ? .leakyRelu(slope: HyperSynthesis.leakySlope) : .relu
        let learnt = try (0..<3).map { i in
            let name = isLogarithmic ? "hyper_analysis.\(i)" : "h_a.\(2 * i)"
            return (
                weight: try file.tensor(name + ".weight", shape: i == 0 ? [n, m, 3, 3] : [n, n, 5, 5]),
                bias: try file.tensor(name + ".bias", shape: [n]).values
            )
        }
        layers = Deferred {
            learnt.enumerated().map { i, layer in
                WinogradConvolution(
                    i == 0 ? .level : .halving, weight: layer.weight, bias: layer.bias,
                    activation: i == 2 ? .none : between)
            }
        }
        centre = isLogarithmic ? try file.tensor("centre", shape: [m]).values : nil
    }

    /// - Returns: z, a quarter of y's rows and columns.
    func callAsFunction(_ y: FeatureMap) -> FeatureMap {
        layers.value.reduce(centre.map { Self.logarithms(of: y, less: $0) } ?? y.magnitudes()) { $1($0) }
    }

    private static func logarithms(of y: FeatureMap, less centre: [Float]) -> FeatureMap {
        let (rows, columns, pitch) = (y.rows, y.columns, y.pitch)
        let centre = centre + [Float](repeating: 0, count: pitch - centre.count)
        return FeatureMap(rows: rows, columns: columns, channels: y.channels) { values in
            y.withValues { y in
                nonisolated(unsafe) let (values, y) = (values, y)  // every row is one thread's
                forEachConcurrently(rows) { row in
                    for pixel in row * columns..<(row + 1) * columns {
                        for c in 0..<pitch {
                            values[pixel * pitch + c] = log1p(2 * abs(y[pixel * pitch + c])) - centre[c]
                        }
                    }
                }
            }
        }
    }
}
