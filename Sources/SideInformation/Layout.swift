import Foundation
import Imaging

/// Which colour lies where: a quantised cosine transform of a photo, in a few dozen bytes.
///
///     x(i, j) = Σ_k Δ·s_k · φ_u(j) φ_v(i),    φ₀ = 1,  φ_u(j) = √2 cos(π u (j + ½) / width)
///
/// for Y − 128, Cb and Cr (BT.601), in order of frequency over the photo's sides.
public struct Layout: Equatable, Sendable {
    /// Fewer bytes say too little to be worth sending.
    public static let leastBytes = 24
    /// Pixels a side of a cell, which is sent or left to the layout.
    package static let cellSize = 16
    /// More would be a picture of its own.
    public static let mostBytes = 1024

    /// q of the step Δ = 2^(q/4) grey levels.
    let step: Int
    /// The symbols of Y, Cb and Cr.
    let symbols: [[Int32]]

    static func stepSize(_ step: Int) -> Double { pow(2, Double(step) / 4) }

    /// What the layout takes under its entropy model, in bits.
    public func information(width: Int, height: Int) -> Double {
        LayoutCode(width: width, height: height).information(step: step, symbols: symbols)
    }

    init(step: Int, symbols: [[Int32]]) { (self.step, self.symbols) = (step, symbols) }

    package init(bytes: [UInt8], width: Int, height: Int) {
        (step, symbols) = LayoutCode(width: width, height: height).decode(bytes)
    }

    package func bytes(width: Int, height: Int) -> [UInt8] {
        LayoutCode(width: width, height: height).encode(step: step, symbols: symbols)
    }

    /// The layout as a picture.
    public func image(width: Int, height: Int) -> Image {
        let places = LayoutCode(width: width, height: height).places
        let across = Self.cosines(width, count: 1 + places.map(\.u).max()!)
        let down = Self.cosines(height, count: 1 + places.map(\.v).max()!)
        var image = Image(width: width, height: height)
        let size = Float(Self.stepSize(step))
        // Row by row: first the sums over u for each v, then over v.
        var rows = [[(v: Int, line: [Float])]](repeating: [], count: 3)
        for plane in 0..<3 {
            var lines: [Int: [Float]] = [:]
            for (k, symbol) in symbols[plane].enumerated() where symbol != 0 {
                var line = lines[places[k].v] ?? [Float](repeating: 0, count: width)
                let amplitude = size * Float(symbol)
                for x in 0..<width { line[x] += amplitude * across[places[k].u][x] }
                lines[places[k].v] = line
            }
            rows[plane] = lines.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        }
        var values = [[Float]](repeating: [], count: 3)
        for row in 0..<height {
            for plane in 0..<3 {
                var line = [Float](repeating: 0, count: width)
                for (v, part) in rows[plane] {
                    let amplitude = down[v][row]
                    for x in 0..<width { line[x] += amplitude * part[x] }
                }
                values[plane] = line
            }
            for x in 0..<width {
                let (y, b, r) = (values[0][x] + 128, values[1][x], values[2][x])
                let colour = [y + 1.402 * r, y - 0.344136 * b - 0.714136 * r, y + 1.772 * b]
                for channel in 0..<3 {
                    image.pixels[3 * (row * width + x) + channel] = UInt8(max(0, min(255, colour[channel].rounded())))
                }
            }
        }
        return image
    }

    /// φ_u at the middle of each of `length` samples.
    static func cosines(_ length: Int, count: Int) -> [[Float]] {
        (0..<count).map { u in
            (0..<length).map { x in
                u == 0 ? 1 : Float(2.0.squareRoot() * cos(Double.pi * Double(u) * (Double(x) + 0.5) / Double(length)))
            }
        }
    }
}
