import Determinism
import Imaging
import Testing

@testable import Inpainting

@Suite struct LayoutFillTests {
    private static func hole(width: Int, height: Int) -> Mask {
        var mask = Mask(width: width, height: height, repeating: true)
        for row in 16..<height - 16 { for column in 16..<width { mask[row, column] = false } }
        return mask
    }

    @Test func knownPixelsLeaveAsTheyCame() throws {
        let image = HarmonicFillTests.photo(width: 160, height: 96)
        let mask = Self.hole(width: 160, height: 96)
        let settings = FillSettings(
            stream: RandomStream(seed: 1, name: "fill"), layout: Image(width: 160, height: 96, grey: 200))
        let filled = try Inpainter.layout.fill(image, known: mask, settings: settings)
        #expect(filled.method == "layout")
        for i in mask.values.indices where mask.values[i] {
            #expect(filled.image.pixels[3 * i..<3 * i + 3] == image.pixels[3 * i..<3 * i + 3])
        }
    }

    /// Beside the border the filling meets the known pixels; beyond a cell or two it is the layout alone.
    @Test func noSeamAndNoReach() throws {
        let (width, height) = (160, 160)
        let mask = Self.hole(width: width, height: height)
        let layout = Image(width: width, height: height, grey: 180)
        let filled = LayoutFill.fill(Image(width: width, height: height, grey: 100), known: mask, layout: layout)
        #expect(abs(Int(filled.pixels[3 * (80 * width + 16)]) - 100) <= 4)
        #expect(filled.pixels[3 * (80 * width + 100)] == 180)
        let line = (15..<60).map { Int(filled.pixels[3 * (80 * width + $0)]) }
        #expect(zip(line, line.dropFirst()).allSatisfy { $1 - $0 >= 0 && $1 - $0 <= 6 })
    }

    @Test func withoutALayoutItIsHarmonic() throws {
        let image = HarmonicFillTests.photo(width: 96, height: 96)
        let mask = Self.hole(width: 96, height: 96)
        let stream = RandomStream(seed: 1, name: "fill")
        let plain = try Inpainter.layout.fill(image, known: mask, settings: FillSettings(stream: stream))
        #expect(plain.method == "harmonic" && plain.image == HarmonicFill.fill(image, known: mask))
        #expect(throws: FillFailure.self) {
            try Inpainter.layout.fill(
                image, known: mask, settings: FillSettings(stream: stream, layout: Image(width: 5, height: 5)))
        }
    }

    /// The shipped model begins at the layout: far from the border its colours are the layout's, not the border's.
    @Test func diffusionBeginsThere() throws {
        let image = Image(width: 128, height: 128, grey: 60)
        var mask = Mask(width: 128, height: 128, repeating: true)
        for row in 16..<112 { for column in 16..<112 { mask[row, column] = false } }
        let inpainter = try Inpainter(named: "default")
        func middle(_ layout: Image?) throws -> Int {
            let settings = FillSettings(
                steps: 4, strength: 0.3, stream: RandomStream(seed: 1, name: "fill"), layout: layout)
            let filled = try inpainter.fill(image, known: mask, settings: settings).image
            return Int(filled.pixels[3 * (64 * 128 + 64)])
        }
        #expect(try middle(Image(width: 128, height: 128, grey: 200)) > middle(nil) + 40)
    }
}
