import Foundation
import Imaging

/// The importance matrix I on the latent's grid, and the labels it stands for.
public struct Importance: Sendable {
    /// Values in [0, 1], `height` rows by `width` columns of latent cells.
    public let plane: Plane
    /// Empty for a map of the user's own.
    public let labels: [Label]

    public init(plane: Plane, labels: [Label] = []) {
        self.plane = plane
        self.labels = labels
    }

    /// A user's own map: a grey picture (black 0, white 1) of the photo's aspect at any size, or a `.npy` matrix of
    /// numbers in [0, 1], either of the photo's aspect or of just `rows` by `columns`. It is not stretched to [0, 1];
    /// each cell takes the mean of the part of the map it covers.
    ///
    /// - Throws: ``SemanticsFailure/otherAspect(path:width:height:imageWidth:imageHeight:)``,
    ///   ``SemanticsFailure/valuesOutOfRange(path:lowest:highest:)``, or `ImageFailure`.
    public init(map path: String, rows: Int, columns: Int, imageWidth: Int, imageHeight: Int, cell: Int) throws {
        let isMatrix = path.lowercased().hasSuffix(".npy")
        let map = isMatrix ? try Plane(npy: path) : Plane(luminanceOf: try Image(contentsOf: path))
        let (lowest, highest) = (map.values.min()!, map.values.max()!)
        guard map.values.allSatisfy({ $0 >= 0 && $0 <= 1 }) else {
            throw SemanticsFailure.valuesOutOfRange(path: path, lowest: lowest, highest: highest)
        }
        if isMatrix, map.height == rows, map.width == columns {
            self.init(plane: map)
            return
        }
        // Sizes are whole pixels: a small map's aspect may be off by one pixel either way,
        // a large one's by two in a hundred.
        let expected = Double(map.width) * Double(imageHeight) / Double(imageWidth)
        guard abs(expected - Double(map.height)) <= max(1, 0.02 * Double(map.height)) else {
            throw SemanticsFailure.otherAspect(
                path: path, width: map.width, height: map.height, imageWidth: imageWidth, imageHeight: imageHeight)
        }
        let grid = CellGrid(rows: rows, columns: columns, imageWidth: imageWidth, imageHeight: imageHeight, cell: cell)
        let density = max(map.width * cell / imageWidth, map.height * cell / imageHeight)
        self.init(plane: grid.sample(map, pointsPerSide: max(1, min(16, density))))
    }
}

extension Plane {
    /// The index set ℙ as a mask, Eq. 17: true where I ≥ α. With α = 0 everything is selected.
    public func selection(threshold alpha: Float) -> Mask {
        Mask(width: width, height: height, values: values.map { $0 >= alpha })
    }

    /// Stretched so that the least value becomes 0 and the greatest 1; a flat matrix, which prefers nothing, becomes 1.
    func normalised() -> Plane {
        guard let lowest = values.min(), let highest = values.max(), highest > lowest else {
            return Plane(width: width, height: height, repeating: 1)
        }
        return Plane(
            width: width, height: height, values: values.map { min(1, max(0, ($0 - lowest) / (highest - lowest))) })
    }
}

/// The latent's cells laid over a picture.
struct CellGrid {
    let rows: Int
    let columns: Int
    let imageWidth: Int
    let imageHeight: Int
    /// The side of a cell in picture pixels.
    let cell: Int

    /// A map that covers the picture, read in the cells: the mean of bilinear samples at `pointsPerSide`² evenly placed
    /// points of each cell (one: its centre). Beyond the picture the edge's value holds.
    func sample(_ map: Plane, pointsPerSide: Int = 1) -> Plane {
        func points(_ cells: Int, _ imageExtent: Int, _ mapExtent: Int) -> [[(low: Int, high: Int, fraction: Float)]] {
            (0..<cells).map { index in
                (0..<pointsPerSide).map { point in
                    let pixel = Double(cell * index) + Double(cell) * (Double(point) + 0.5) / Double(pointsPerSide)
                    let place = min(pixel, Double(imageExtent)) * Double(mapExtent) / Double(imageExtent) - 0.5
                    let low = Int(min(max(place, 0), Double(mapExtent - 1)))
                    let high = min(low + 1, mapExtent - 1)
                    return (low, high, Float(min(max(place - Double(low), 0), 1)))
                }
            }
        }
        let vertical = points(rows, imageHeight, map.height)
        let horizontal = points(columns, imageWidth, map.width)
        var result = Plane(width: columns, height: rows)
        for row in 0..<rows {
            for column in 0..<columns {
                var sum: Float = 0
                for y in vertical[row] {
                    for x in horizontal[column] {
                        let top = map[y.low, x.low] * (1 - x.fraction) + map[y.low, x.high] * x.fraction
                        let bottom = map[y.high, x.low] * (1 - x.fraction) + map[y.high, x.high] * x.fraction
                        sum += top * (1 - y.fraction) + bottom * y.fraction
                    }
                }
                result[row, column] = min(1, sum / Float(pointsPerSide * pointsPerSide))
            }
        }
        return result
    }
}
