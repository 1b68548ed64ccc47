import EntropyCoding
import Foundation
import Imaging
import Testing

@testable import HyperpriorCodec
@testable import SideInformation

struct LayoutTests {
    /// Broad colours with a sharp edge.
    private static func photo(width: Int, height: Int) -> Image {
        var image = Image(width: width, height: height)
        for y in 0..<height {
            for x in 0..<width {
                let (u, v) = (Double(x) / Double(width), Double(y) / Double(height))
                let sky = v < 0.4 + 0.1 * sin(6 * u)
                let colour =
                    sky ? [90 + 60 * u, 140, 220 - 40 * v] : [60 + 120 * v, 110 - 30 * u, 40 + 20 * sin(20 * u)]
                for c in 0..<3 { image.pixels[3 * (y * width + x) + c] = UInt8(max(0, min(255, colour[c]))) }
            }
        }
        return image
    }

    private static func middle(of image: Image, share: Double) -> Mask {
        let (rows, columns) = Bitstream.latentSize(width: image.width, height: image.height)
        var mask = Mask(width: columns, height: rows, repeating: false)
        for row in 0..<rows {
            for column in 0..<columns {
                let (dx, dy) = (Double(column) / Double(columns) - 0.5, Double(row) / Double(rows) - 0.5)
                mask[row, column] = dx * dx + dy * dy < share / 3.14
            }
        }
        return mask
    }

    private static func error(_ a: Image, _ b: Image, missing mask: Mask) -> Double {
        var (sum, count) = (0.0, 0.0)
        for y in 0..<a.height {
            for x in 0..<a.width where !mask[y / 16, x / 16] {
                for c in 0..<3 {
                    let i = 3 * (y * a.width + x) + c
                    let d = Double(a.pixels[i]) - Double(b.pixels[i])
                    sum += d * d
                    count += 1
                }
            }
        }
        return sum / count
    }

    /// Bits keep their bound and equal the model's estimate within 5 % (and the last byte); more bytes, less error.
    @Test(arguments: [(320, 208), (208, 320), (64, 64)])
    func bytesBuyLikeness(width: Int, height: Int) throws {
        let photo = Self.photo(width: width, height: height)
        let mask = Self.middle(of: photo, share: 0.3)
        var last = Double.infinity
        for bytes in [24, 60, 180] {
            let layout = try #require(Layout.fit(photo, sent: mask, bytes: bytes))
            let coded = layout.bytes(width: width, height: height)
            #expect(coded.count <= bytes)
            let theory = layout.information(width: width, height: height)
            #expect(abs(Double(8 * coded.count) - theory) <= 0.05 * theory + 8)
            #expect(Layout(bytes: coded, width: width, height: height) == layout)
            let error = Self.error(photo, layout.image(width: width, height: height), missing: mask)
            #expect(error <= last)
            last = error
        }
        #expect(last < 250)
    }

    /// What is sent anyway costs nothing to leave out: the layout stands nearer to the rest than one of the whole
    /// photo.
    @Test func fittedToWhatIsMissing() throws {
        var photo = Self.photo(width: 320, height: 208)
        for y in 64..<144 {
            for x in 112..<208 {
                for c in 0..<3 { photo.pixels[3 * (y * 320 + x) + c] = (x / 8 + y / 8) % 2 == 0 ? 250 : 5 }
            }
        }
        var mask = Mask(width: 20, height: 16, repeating: false)
        for row in 4..<9 { for column in 7..<13 { mask[row, column] = true } }
        let none = Mask(width: 20, height: 16, repeating: false)
        let fitted = try #require(Layout.fit(photo, sent: mask, bytes: 50)).image(width: 320, height: 208)
        let whole = try #require(Layout.fit(photo, sent: none, bytes: 50)).image(width: 320, height: 208)
        #expect(Self.error(photo, fitted, missing: mask) < Self.error(photo, whole, missing: mask))
    }

    @Test func nothingToTell() {
        let photo = Self.photo(width: 100, height: 70)
        let (rows, columns) = Bitstream.latentSize(width: 100, height: 70)
        #expect(Layout.fit(photo, sent: Mask(width: columns, height: rows, repeating: true), bytes: 100) == nil)
        #expect(Layout.fit(photo, sent: Mask(width: columns, height: rows, repeating: false), bytes: 23) == nil)
    }

    /// A stream with a layout survives its file; one without is, byte for byte,
    /// what it would be without any notion of one.
    @Test func sectionOfItsOwn() throws {
        let catalogue = try Catalogue(path: ExactnessTests.folder + "/vbr-8-12.safetensors")
        let photo = Self.photo(width: 150, height: 100)
        let analysis = try catalogue.analyse(photo)
        let mask = Self.middle(of: photo, share: 0.3)
        let flat = Plane(width: mask.width, height: mask.height, repeating: 1)
        func stream(_ layout: Layout?) throws -> Bitstream {
            try catalogue.encode(
                analysis, rate: 8, mask: mask, importance: flat, prompt: "a photo", alpha: 0.5, referenceInformation: 5,
                layout: layout)
        }
        let (with, without) = try (stream(Layout.fit(photo, sent: mask, bytes: 60)), stream(nil))
        let bytes = with.serialised()
        #expect(try Bitstream(serialised: bytes) == with && with.layout != nil)
        #expect(8 * bytes.count == with.bits.total && with.bits.layout > 0 && with.bits.layout <= 480)
        #expect(with.bits.prompt == with.bits.layout + without.bits.prompt && without.bits.layout == 0)
        #expect(without.serialised()[0] == 0xB0 && bytes[0] == 0xB4)
        // Flag, length and section are all that it adds.
        #expect(bytes.count == without.serialised().count + 1 + with.bits.layout / 8)
        var empty = without.preamble
        empty[0] |= 4
        #expect(throws: CodecFailure.self) { try Bitstream(preamble: empty) }
    }

    /// Any bytes are some layout, and soon a picture.
    @Test func anyBytes() {
        var random: UInt64 = 1
        for (width, height) in [(1, 1), (75, 50), (16384, 1), (3, 900)] {
            for length in [1, 40, 1024] {
                let bytes = (0..<length).map { _ -> UInt8 in
                    random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    return UInt8(random >> 56)
                }
                let layout = Layout(bytes: bytes, width: width, height: height)
                #expect(layout.image(width: width, height: height).pixels.count == 3 * width * height)
                #expect(
                    Layout(bytes: layout.bytes(width: width, height: height), width: width, height: height) == layout)
            }
        }
    }
}
