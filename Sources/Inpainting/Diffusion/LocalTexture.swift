import Foundation
import Imaging
import Neural

/// How rough the known surroundings of a latent's cell are: a filling should be no rougher.
enum LocalTexture {
    /// Cells each way that are looked at, and how many of them may be smoother than what counts: edges are no texture.
    private static let (reach, share): (Int, Float) = (3, 0.25)
    /// Below any texture that shows.
    private static let least: Float = 1e-4

    /// The root mean square over the channels of what neighbouring cells differ by, the lower quartile of that over the
    /// known cells near by, its logarithm continued as a membrane where nothing is known.
    ///
    /// - Parameter latent: shape (channels, rows, columns).
    /// - Returns: rows × columns, in the latent's unit; nil where no neighbours are known anywhere.
    static func level(_ latent: Tensor, known: Mask) -> [Float]? {
        let (channels, rows, columns) = (latent.shape[0], latent.shape[1], latent.shape[2])
        let area = rows * columns
        var squares = [Float](repeating: -1, count: area)
        for row in 0..<rows - 1 {
            for column in 0..<columns - 1 {
                let i = row * columns + column
                guard known.values[i], known.values[i + 1], known.values[i + columns] else { continue }
                var sum: Float = 0
                for channel in 0..<channels {
                    let k = channel * area + i
                    let (across, down) = (
                        latent.values[k + 1] - latent.values[k], latent.values[k + columns] - latent.values[k]
                    )
                    sum += across * across + down * down
                }
                // A difference of two has twice the variance of one.
                squares[i] = sum / Float(4 * channels)
            }
        }
        var level = [Float](repeating: 0, count: area)
        var has = [Bool](repeating: false, count: area)
        for row in 0..<rows {
            for column in 0..<columns where known.values[row * columns + column] {
                var near: [Float] = []
                for y in max(0, row - reach)...min(rows - 1, row + reach) {
                    for x in max(0, column - reach)...min(columns - 1, column + reach)
                    where squares[y * columns + x] >= 0 { near.append(squares[y * columns + x]) }
                }
                guard !near.isEmpty else { continue }
                near.sort()
                level[row * columns + column] = log(
                    max(Self.least, near[min(near.count - 1, Int(share * Float(near.count)))].squareRoot()))
                has[row * columns + column] = true
            }
        }
        guard has.contains(true) else { return nil }
        LaplaceSolver(known: Mask(width: columns, height: rows, values: has)).solve(&level, tolerance: 1e-3)
        return level.map { exp($0) }
    }
}

extension NoiseSchedule {
    /// The noisiest time whose noise, over what is left of the signal, is at most `level`; −1 where none is so quiet.
    func time(ofNoise level: Float) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            let ratio = ((1 - products[middle]) / max(products[middle], 1e-12)).squareRoot()
            if ratio <= Double(level) { low = middle + 1 } else { high = middle }
        }
        return low - 1
    }
}
