import Foundation
import Imaging
import Testing

@Suite struct PNGTests {
    @Test(arguments: [
        "grey1", "grey2", "grey4", "grey8-interlaced", "grey16", "grey8-key", "grey-alpha8", "rgb8", "rgb8-interlaced",
        "rgb16-interlaced", "rgba8", "palette1", "palette2", "palette4", "palette8", "palette8-transparent",
    ])
    func everyKindDecodesToKnownPixels(name: String) throws {
        let decoded = try Image(contentsOf: golden(name + ".png"))
        let expected = try Image(contentsOf: golden(name + ".ppm"))
        #expect(largestDifference(decoded, expected) == 0)
    }

    @Test func writtenPicturesReadBackUnchanged() throws {
        let image = try Image(contentsOf: golden("coffee.ppm"))
        #expect(try Image(bytes: image.pngData(), name: "memory") == image)
        #expect(try Image(bytes: image.portableMapData(), name: "memory") == image)
        let folder = FileManager.default.temporaryDirectory.path + "/imaging-\(UUID().uuidString)"
        for ending in [".png", ".ppm"] {
            defer { try? FileManager.default.removeItem(atPath: folder + ending) }
            try image.write(to: folder + ending)
            #expect(try Image(contentsOf: folder + ending) == image)
        }
    }

    @Test func transparencyTakesTheStatedBackground() throws {
        let white = try Image(contentsOf: golden("rgba8.png"))
        let black = try Image(contentsOf: golden("rgba8.png"), background: 0)
        #expect(white.pixels[0..<3] == [255, 255, 255])  // the first pixel is wholly transparent
        #expect(black.pixels[0..<3] == [0, 0, 0])
        #expect(white.pixels.suffix(3) == black.pixels.suffix(3))
    }

    @Test func everyTruncationIsRefusedInOneLineNamingTheFile() throws {
        let whole = try [UInt8](Data(contentsOf: URL(fileURLWithPath: golden("rgb8-interlaced.png"))))
        for count in 0..<whole.count {
            let failure = #expect(throws: ImageFailure.self) {
                try Image(bytes: Array(whole[..<count]), name: "photo.png")
            }
            #expect(failure?.description.hasPrefix("photo.png: ") == true)
            #expect(failure?.description.contains("\n") == false)
        }
    }

    @Test func flippedBytesNeverCrash() throws {
        for name in [
            "palette8-transparent.png", "rgb16-interlaced.png", "progressive.jpg", "orientation6.jpg", "coffee.jp2",
        ] {
            let whole = try [UInt8](Data(contentsOf: URL(fileURLWithPath: golden(name))))
            for position in whole.indices where position < 400 || position % 5 == 0 {
                var damaged = whole
                damaged[position] ^= UInt8(truncatingIfNeeded: 1 + 37 * position) | 1
                _ = try? Image(bytes: damaged, name: name)
            }
        }
    }

    @Test func absurdAndLyingSizesAreRefusedBeforeAllocation() {
        for name in ["absurd-size.png", "lying-size.png"] {
            let failure = #expect(throws: ImageFailure.self) { try Image(contentsOf: golden(name)) }
            #expect(failure?.description.contains(name) == true)
            #expect(failure?.description.contains("8000") == true || failure?.description.contains("900000") == true)
        }
        let failure = #expect(throws: ImageFailure.self) {
            try Image(bytes: Array("P6 999999999 999999999 255\n".utf8), name: "huge.ppm")
        }
        #expect(failure?.description.contains("999999999") == true)
    }

    @Test func filesThatAreNotPicturesAreNamed() {
        #expect(throws: ImageFailure.unknownFormat(path: "notes.txt")) {
            try Image(bytes: Array("hello".utf8), name: "notes.txt")
        }
        #expect(throws: ImageFailure.unreadable(path: "/nowhere/a.png", reason: "no such file or folder")) {
            try Image(contentsOf: "/nowhere/a.png")
        }
        #expect(throws: ImageFailure.unreadable(path: "/", reason: "it is a folder")) { try Image(contentsOf: "/") }
        #expect(throws: ImageFailure.self) { try Image(width: 1, height: 1).write(to: "/nowhere/a.png") }
        #expect(throws: ImageFailure.self) { try Image(width: 1, height: 1).write(to: "/tmp/a.gif") }
    }
}
