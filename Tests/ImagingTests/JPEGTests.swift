import Foundation
import Imaging
import Testing

@Suite struct JPEGTests {
    @Test(arguments: ["baseline", "progressive", "full-chroma", "grey"])
    func decodesAsPillowDoes(name: String) throws {
        let decoded = try Image(contentsOf: golden(name + ".jpg"))
        let difference = try largestDifference(decoded, Image(contentsOf: golden(name + ".jpg.ppm")))
        #expect(difference.map { $0 <= 1 } == true)
    }

    @Test(arguments: 1...8)
    func orientationIsHonoured(value: Int) throws {
        let decoded = try Image(contentsOf: golden("orientation\(value).jpg"))
        let difference = try largestDifference(decoded, Image(contentsOf: golden("orientation\(value).jpg.ppm")))
        #expect(difference.map { $0 <= 1 } == true)
    }

    @Test func cmykIsRefusedClearly() {
        let failure = #expect(throws: ImageFailure.self) { try Image(contentsOf: golden("cmyk.jpg")) }
        #expect(failure?.description.contains("cmyk.jpg: JPEG: a CMYK picture") == true)
    }

    @Test func truncationIsRefused() throws {
        for name in ["baseline.jpg", "progressive.jpg"] {
            let whole = try [UInt8](Data(contentsOf: URL(fileURLWithPath: golden(name))))
            for count in Swift.stride(from: 2, to: whole.count - 2, by: 7) {
                #expect(throws: ImageFailure.self, "\(name) cut to \(count)") {
                    try Image(bytes: Array(whole[..<count]), name: name)
                }
            }
        }
    }

    @Test func encodingKeepsThePicture() throws {
        let image = try Image(contentsOf: golden("coffee.ppm"))
        let fine = try image.jpegData(quality: 98, fullChroma: true)
        let coarse = try image.jpegData(quality: 40)
        #expect(coarse.count < fine.count / 2)
        let difference = try largestDifference(image, Image(bytes: fine, name: "memory"))
        #expect(difference.map { $0 <= 16 } == true)
    }
}

@Suite struct JPEG2000Tests {
    @Test func decodesAsPillowDoes() throws {
        let decoded = try Image(contentsOf: golden("coffee.jp2"))
        let difference = try largestDifference(decoded, Image(contentsOf: golden("coffee.jp2.ppm")))
        #expect(difference.map { $0 <= 1 } == true)
    }

    @Test func sizesMeetTheTargetFromBelowAndErrorFallsWithSize() throws {
        let image = try Image(contentsOf: golden("coffee.ppm")).resized(width: 256, height: 192, filter: .lanczos)
        var previous = Double.infinity
        for bytes in [600, 1500, 4000, 12000] {
            let file = try #require(try JPEG2000.encode(image, bytes: bytes))
            #expect(file.count <= bytes)
            #expect(file.count > bytes * 97 / 100)
            let decoded = try JPEG2000.decode(file)
            let error =
                zip(image.pixels, decoded.pixels).map { pow(Double($0) - Double($1), 2) }.reduce(0, +)
                / Double(image.pixels.count)
            #expect(error < previous)
            previous = error
        }
        #expect(previous < 20)
    }

    @Test func oddAndTinySizes() throws {
        for (width, height) in [(1, 1), (3, 500), (37, 2), (512, 384)] {
            let image = Image(
                width: width, height: height, pixels: (0..<3 * width * height).map { UInt8(truncatingIfNeeded: $0 / 7) }
            )
            let file = try #require(try JPEG2000.encode(image, bytes: 2000))
            #expect(file.count <= 2000)
            let decoded = try JPEG2000.decode(file)
            #expect(decoded.width == width && decoded.height == height)
        }
        #expect(try JPEG2000.encode(Image(width: 64, height: 64), bytes: 20) == nil)
    }

    @Test func truncatedCodestreamsDecodeToLessOrAreRefusedButNeverCrash() throws {
        let file = try #require(try JPEG2000.encode(Image(contentsOf: golden("coffee.ppm")), bytes: 1200))
        for count in 0..<file.count { _ = try? JPEG2000.decode(Array(file[..<count])) }
    }
}
