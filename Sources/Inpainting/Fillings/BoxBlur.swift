import Foundation

/// A Gaussian as three running means one after the other (Wells 1986), at a cost that does not grow with its width.
/// Beyond the edges there is nothing: means are over what lies inside.
struct BoxBlur {
    let (width, height): (Int, Int)
    /// Pixels each way of a mean.
    let reach: Int

    /// - Parameter deviation: the Gaussian's, in pixels; three means of 2r + 1 have the variance r·(r + 1).
    init(width: Int, height: Int, deviation: Double) {
        (self.width, self.height) = (width, height)
        reach = max(1, Int(((1 + 4 * deviation * deviation).squareRoot() / 2 - 0.5).rounded()))
    }

    /// - Parameter plane: row by row.
    func callAsFunction(_ plane: [Float]) -> [Float] {
        var plane = plane
        for _ in 0..<3 {
            rows(&plane)
            columns(&plane)
        }
        return plane
    }

    private func rows(_ plane: inout [Float]) {
        var line = [Float](repeating: 0, count: width)
        for y in 0..<height {
            let start = y * width
            var (sum, count) = (0.0, 0)
            for x in 0..<min(reach, width) { (sum, count) = (sum + Double(plane[start + x]), count + 1) }
            for x in 0..<width {
                if x + reach < width { (sum, count) = (sum + Double(plane[start + x + reach]), count + 1) }
                if x > reach { (sum, count) = (sum - Double(plane[start + x - reach - 1]), count - 1) }
                line[x] = Float(sum / Double(count))
            }
            plane.replaceSubrange(start..<start + width, with: line)
        }
    }

    private func columns(_ plane: inout [Float]) {
        let source = plane
        var sums = [Double](repeating: 0, count: width)
        var count = 0
        func add(_ y: Int, _ sign: Double) {
            for x in 0..<width { sums[x] += sign * Double(source[y * width + x]) }
            count += Int(sign)
        }
        for y in 0..<min(reach, height) { add(y, 1) }
        for y in 0..<height {
            if y + reach < height { add(y + reach, 1) }
            if y > reach { add(y - reach - 1, -1) }
            for x in 0..<width { plane[y * width + x] = Float(sums[x] / Double(count)) }
        }
    }
}
