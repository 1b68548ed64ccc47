import Foundation
import Imaging
import Testing

@Suite struct WebPTests {
    private func file(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: golden(name))))
    }

    @Test(arguments: ["lossy", "lossless", "lossy-alpha", "lossless-alpha", "orientation6"])
    func decodesAsPillowDoes(name: String) throws {
        let decoded = try Image(contentsOf: golden(name + ".webp"))
        let difference = try largestDifference(decoded, Image(contentsOf: golden(name + ".webp.ppm")))
        #expect(difference.map { $0 <= 1 } == true, "\(String(describing: difference))")
    }

    @Test func losslessIsThePictureItself() throws {
        #expect(try Image(contentsOf: golden("lossless.webp")) == Image(contentsOf: golden("coffee.ppm")))
        // Another ground shows where it is transparent.
        let (dark, light) = try (
            Image(contentsOf: golden("lossless-alpha.webp"), background: 0),
            Image(contentsOf: golden("lossless-alpha.webp"))
        )
        #expect(dark.pixels[0] == 0 && light.pixels[0] == 255)
    }

    @Test(arguments: ["lossy", "lossless", "lossy-alpha", "lossless-alpha", "orientation6", "animation"])
    func truncationIsRefusedInOneLine(name: String) throws {
        let whole = try file(name + ".webp")
        for count in 12..<whole.count {
            let failure = #expect(throws: ImageFailure.self, "\(name) cut to \(count)") {
                try Image(bytes: Array(whole[..<count]), name: "cut.webp")
            }
            #expect(failure?.description == "cut.webp: WebP: the file ends too early (truncated?)")
        }
        // The container's length is mended: what is inside ends too early all the same. Behind the pixels of the one
        // with an orientation there is nothing that is missed.
        if name == "orientation6" { return }
        for count in Swift.stride(from: 20, to: whole.count - 8, by: 9) {
            var cut = Array(whole[..<count])
            for (place, shift) in [(4, 0), (5, 8), (6, 16), (7, 24)] { cut[place] = UInt8((count - 8) >> shift & 255) }
            let failure = #expect(throws: ImageFailure.self, "\(name) shortened to \(count)") {
                try Image(bytes: cut, name: "cut.webp")
            }
            #expect(failure?.description.hasPrefix("cut.webp: WebP: ") == true)
        }
    }

    @Test func animationsAndAbsurdSizesAreNamed() throws {
        let failure = #expect(throws: ImageFailure.self) { try Image(contentsOf: golden("animation.webp")) }
        #expect(
            failure?.description.contains("animation.webp: WebP: an animation; convert one of its pictures") == true)
        // 16,384 × 16,384 pixels, the most that the lossless header can say.
        var huge = try file("lossless.webp")
        let place = try #require(huge.indices.dropLast(4).first { huge[$0..<$0 + 4].elementsEqual("VP8L".utf8) }) + 9
        for offset in 0..<3 { huge[place + offset] = 0xff }
        huge[place + 3] |= 0x0f
        let refused = #expect(throws: ImageFailure.self) { try Image(bytes: huge, name: "huge.webp") }
        #expect(refused?.description.contains("16384×16384 pixels are more than the") == true)
    }

    /// Whatever is damaged: a picture or one line, and never a trap.
    @Test(arguments: ["lossy.webp", "lossless.webp", "lossy-alpha.webp", "orientation6.webp"])
    func damageIsAPictureOrOneLine(name: String) throws {
        let whole = try file(name)
        for place in Swift.stride(from: 12, to: whole.count, by: 3) {
            for value in [UInt8(0), 0x55, 0xff] where whole[place] != value {
                var bytes = whole
                bytes[place] = value
                do { _ = try Image(bytes: bytes, name: "d.webp") } catch {
                    #expect(error.description.hasPrefix("d.webp: WebP: ") && !error.description.contains("\n"))
                }
            }
        }
    }
}
