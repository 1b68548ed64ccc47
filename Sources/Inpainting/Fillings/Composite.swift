import Imaging
import Neural

/// x̃ = m̄ ⊙ x̂ + (1 − m̄) ⊙ x₀, known pixels to the bit.
///
/// A decoder reproduces the known pixels only nearly, so the generated ones meet them at a step. The solver
/// through the known pixels' errors says how far off x₀ is at the rim; it is taken off there and fades to nothing
/// over `feather` pixels, inside the unknown region alone.
enum Composite {
    /// - Parameter generated: shape (3, ≥ height, ≥ width) in [−1, 1]; what lies beyond the picture is cut off.
    static func join(image: Image, known mask: Mask, generated: Tensor, feather: Int) -> Image {
        let width = image.width
        let stride = generated.shape[2]
        let plane = generated.shape[1] * stride
        return join(image: image, known: mask, feather: feather) { channel, i in
            let number = generated.values[channel * plane + (i / width) * stride + i % width]
            return max(0, min(255, (number + 1) * 127.5))
        }
    }

    /// - Parameter value: the generated grey level, 0 to 255, of a channel at a pixel.
    @inline(__always)
    static func join(
        image: Image, known mask: Mask, feather: Int, value: (_ channel: Int, _ pixel: Int) -> Float
    ) -> Image {
        let (width, height) = (image.width, image.height)
        let weight = feather > 0 && mask.values.contains(true) ? nearness(mask, reach: feather) : nil
        let solver = weight == nil ? nil : LaplaceSolver(known: mask)
        var result = image
        for channel in 0..<3 {
            var error = [Float](repeating: 0, count: solver == nil ? 0 : width * height)
            if let solver {
                for i in 0..<width * height where mask.values[i] {
                    error[i] = Float(image.pixels[3 * i + channel]) - value(channel, i)
                }
                solver.solve(&error, tolerance: 0.2)
            }
            for i in 0..<width * height where !mask.values[i] {
                let shift = weight.map { $0[i] * error[i] } ?? 0
                result.pixels[3 * i + channel] = UInt8(max(0, min(255, (value(channel, i) + shift).rounded())))
            }
        }
        return result
    }

    /// 1 beside a known pixel, falling linearly to 0 at `reach` pixels away (chamfer distance, 5-7 steps).
    private static func nearness(_ mask: Mask, reach: Int) -> [Float] {
        let (width, height) = (mask.width, mask.height)
        let reach = min(reach, 1 << 20)
        let far = Int32(5 * (reach + 1))
        var distance = mask.values.map { $0 ? Int32(0) : far }
        func lower(_ i: Int, _ j: Int, _ step: Int32) { distance[i] = min(distance[i], distance[j] + step) }
        for y in 0..<height {
            for x in 0..<width {
                let i = y * width + x
                if x > 0 { lower(i, i - 1, 5) }
                if y > 0 {
                    lower(i, i - width, 5)
                    if x > 0 { lower(i, i - width - 1, 7) }
                    if x + 1 < width { lower(i, i - width + 1, 7) }
                }
            }
        }
        for y in (0..<height).reversed() {
            for x in (0..<width).reversed() {
                let i = y * width + x
                if x + 1 < width { lower(i, i + 1, 5) }
                if y + 1 < height {
                    lower(i, i + width, 5)
                    if x > 0 { lower(i, i + width - 1, 7) }
                    if x + 1 < width { lower(i, i + width + 1, 7) }
                }
            }
        }
        return distance.map { max(0, 1 - (Float($0) / 5 - 1) / Float(reach)) }
    }
}
