import Determinism
import Imaging
import Testing

@testable import Inpainting

@Suite struct HarmonicFillTests {
    static func photo(width: Int, height: Int) -> Image {
        var stream = RandomStream(seed: 7, name: "photo")
        return Image(
            width: width, height: height,
            pixels: (0..<3 * width * height).map { _ in UInt8(truncatingIfNeeded: stream.next()) })
    }

    @Test func knownPixelsLeaveAsTheyCame() throws {
        let image = Self.photo(width: 53, height: 37)
        var mask = Mask(width: 53, height: 37, repeating: true)
        for row in 8..<30 { for column in 5..<53 { mask[row, column] = (row / 4 + column / 4) % 3 == 0 } }
        for inpainter in [Inpainter.none, .harmonic] {
            let filled = try inpainter.fill(
                image, known: mask, settings: .init(stream: RandomStream(seed: 1, name: "fill")))
            for i in 0..<mask.values.count where mask.values[i] {
                #expect(filled.image.pixels[3 * i..<3 * i + 3] == image.pixels[3 * i..<3 * i + 3])
            }
        }
    }

    /// A linear ramp is harmonic, so a hole in it closes exactly.
    @Test func aRampClosesExactly() {
        let (width, height) = (200, 150)
        var pixels = [UInt8]()
        for y in 0..<height { for x in 0..<width { pixels += [UInt8(x), UInt8(y), UInt8((x + y) / 2)] } }
        var mask = Mask(width: width, height: height, repeating: true)
        for row in 20..<130 { for column in 30..<170 { mask[row, column] = false } }
        let image = Image(width: width, height: height, pixels: pixels)
        let filled = HarmonicFill.fill(image, known: mask)
        for i in 0..<pixels.count { #expect(abs(Int(filled.pixels[i]) - Int(pixels[i])) <= 1) }
    }

    /// Every unknown pixel is the mean of its neighbours, also far from the rim and at the picture's edge.
    @Test func theResidualIsSmallOnALargeIrregularHole() {
        let (width, height) = (257, 190)
        var stream = RandomStream(seed: 3, name: "hole")
        var mask = Mask(width: width, height: height, repeating: false)
        for _ in 0..<40 { mask[Int(stream.next() % UInt64(height)), Int(stream.next() % UInt64(width))] = true }
        var plane = (0..<width * height).map { _ in Float(stream.uniform() * 255) }
        let before = plane
        LaplaceSolver(known: mask).solve(&plane, tolerance: 0.01)
        for row in 0..<height {
            for column in 0..<width {
                let i = row * width + column
                if mask.values[i] {
                    #expect(plane[i] == before[i])
                    continue
                }
                var (sum, count) = (Float(0), Float(0))
                if row > 0 {
                    sum += plane[i - width]
                    count += 1
                }
                if row + 1 < height {
                    sum += plane[i + width]
                    count += 1
                }
                if column > 0 {
                    sum += plane[i - 1]
                    count += 1
                }
                if column + 1 < width {
                    sum += plane[i + 1]
                    count += 1
                }
                #expect(abs(sum - count * plane[i]) < 0.03)
            }
        }
    }

    @Test func nothingKnownIsGrey() {
        let filled = HarmonicFill.fill(
            Self.photo(width: 20, height: 9), known: Mask(width: 20, height: 9, repeating: false))
        #expect(filled == Image(width: 20, height: 9))
    }

    @Test func aMaskOfAnotherSizeIsRefused() {
        #expect(throws: FillFailure.self) {
            try Inpainter.harmonic.fill(
                Self.photo(width: 8, height: 8), known: Mask(width: 8, height: 9, repeating: true),
                settings: .init(stream: RandomStream(seed: 1, name: "fill")))
        }
    }
}
