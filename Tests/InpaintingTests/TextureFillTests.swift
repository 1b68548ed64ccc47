import Determinism
import Foundation
import Imaging
import Testing

@testable import Inpainting

/// Detail copied from what arrived: known pixels stay, colours stay, texture comes, and always the same.
@Suite struct TextureFillTests {
    /// Fine stripes over a slow gradient, the right half unknown and smooth, as a layout leaves it.
    static func picture(width: Int = 192, height: Int = 128) -> (image: Image, mask: Mask) {
        var image = Image(width: width, height: height)
        var mask = Mask(width: width, height: height, repeating: false)
        for y in 0..<height {
            for x in 0..<width {
                let known = x < width / 2
                let coarse = 90 + 60 * Float(y) / Float(height)
                let stripes: Float = known ? 30 * sin(Float(x + 2 * y) * 1.1) : 0
                for channel in 0..<3 {
                    image.pixels[3 * (y * width + x) + channel] = UInt8(
                        (coarse + stripes + 8 * Float(channel)).rounded())
                }
                mask[y, x] = known
            }
        }
        return (image, mask)
    }

    private func deviation(_ image: Image, columns: Range<Int>) -> (mean: Float, spread: Float) {
        // Of the differences across, which a slow gradient hardly touches.
        var (sum, squares, count): (Float, Float, Float) = (0, 0, 0)
        for y in 0..<image.height {
            for x in columns {
                let i = 3 * (y * image.width + x)
                let difference = Float(image.pixels[i + 3]) - Float(image.pixels[i])
                (sum, squares, count) = (sum + Float(image.pixels[i]), squares + difference * difference, count + 1)
            }
        }
        return (sum / count, (squares / count).squareRoot())
    }

    @Test func textureComesAndColoursStay() {
        let (image, mask) = Self.picture()
        let filled = TextureFill.fill(image, known: mask, stream: RandomStream(seed: 3, name: "texture"))
        for i in mask.values.indices where mask.values[i] {
            for channel in 0..<3 { #expect(filled.pixels[3 * i + channel] == image.pixels[3 * i + channel]) }
        }
        let (known, before, after) = (
            deviation(image, columns: 8..<88), deviation(image, columns: 104..<184),
            deviation(filled, columns: 104..<184)
        )
        #expect(before.spread < 1)
        // Uncorrelated squares keep their variance where they overlap; like stripes may add up or cancel.
        #expect((0.3...0.8).contains(after.spread / known.spread))
        #expect(abs(after.mean - before.mean) < 2)
    }

    @Test func theSameStreamGivesTheSamePicture() {
        let (image, mask) = Self.picture()
        func fill(_ seed: UInt64) -> Image {
            TextureFill.fill(image, known: mask, stream: RandomStream(seed: seed, name: "texture"))
        }
        #expect(fill(1) == fill(1))
        #expect(fill(1) != fill(2))
    }

    @Test func whereNothingIsKnownNothingIsCopied() {
        var (image, mask) = Self.picture()
        mask.values = mask.values.map { _ in false }
        #expect(TextureFill.fill(image, known: mask, stream: RandomStream(seed: 1, name: "texture")) == image)
        let small = Self.picture(width: 40, height: 20)
        image = small.image
        #expect(TextureFill.fill(image, known: small.mask, stream: RandomStream(seed: 1, name: "texture")) == image)
    }

    /// Three running means: unit gain, the variance asked for, symmetric.
    @Test func theBlurIsNearlyGaussian() {
        var plane = [Float](repeating: 0, count: 129 * 129)
        plane[64 * 129 + 64] = 1
        let blurred = BoxBlur(width: 129, height: 129, deviation: 8)(plane)
        var (mass, variance): (Float, Float) = (0, 0)
        for y in 0..<129 {
            for x in 0..<129 {
                mass += blurred[y * 129 + x]
                variance += blurred[y * 129 + x] * Float((x - 64) * (x - 64))
            }
        }
        #expect(abs(mass - 1) < 1e-4)
        #expect((7.5...8.5).contains((variance / mass).squareRoot()))
        #expect(abs(blurred[64 * 129 + 50] - blurred[64 * 129 + 78]) < 1e-7)
        let flat = BoxBlur(width: 33, height: 20, deviation: 8)([Float](repeating: 7, count: 33 * 20))
        #expect(flat.allSatisfy { abs($0 - 7) < 1e-4 })
    }
}
