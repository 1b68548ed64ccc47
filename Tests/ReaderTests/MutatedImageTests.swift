import Foundation
import Imaging
import Testing

/// Whatever bytes are taken for a picture, they end in one, or in one line that names the file.
struct MutatedImageTests {
    private static let picture = Image(
        width: 24, height: 17,
        pixels: (0..<24 * 17).flatMap {
            [UInt8(truncatingIfNeeded: $0 * 7), UInt8(truncatingIfNeeded: $0 * 13), UInt8(truncatingIfNeeded: $0)]
        })

    @Test func picturesOfEveryKind() throws {
        let seeds = [
            try Self.picture.pngData(), try Self.picture.jpegData(quality: 80),
            try Self.picture.jpegData(quality: 80, fullChroma: true),
            Array("P6\n3 2\n255\n".utf8) + [UInt8](0..<18), Array("P5\n3 2\n255\n".utf8) + [UInt8](0..<6),
        ]
        forEachMutation(of: seeds, count: mutationCount) { bytes in
            var damage: String?
            do {
                let image = try Image(bytes: bytes, name: "p", damage: &damage)
                #expect(image.pixels.count == 3 * image.width * image.height)
            } catch { #expect(!"\(error)".contains("\n") && "\(error)".hasPrefix("p:"), "\(error)") }
            if let damage { #expect(damage.hasPrefix("p: damaged JPEG: ") && !damage.contains("\n")) }
        }
    }

    @Test func orientations() {
        let seed: [UInt8] =
            [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 26]
            + Array("eXIfMM\0*\0\0\0\u{8}\0\u{1}\u{1}\u{12}\0\u{3}\0\0\0\u{1}\0\u{6}\0\0\0\0\0\0".utf8) + [0, 0, 0, 0]
        #expect(ExifOrientation(png: seed) == .rotatedLeft)
        forEachMutation(of: [seed], count: mutationCount) { _ = ExifOrientation(png: $0) }
    }
}
