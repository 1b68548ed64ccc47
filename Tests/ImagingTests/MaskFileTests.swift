import Foundation
import Imaging
import Testing

/// Masks as people draw them: in white and black, or by what they erased.
struct MaskFileTests {
    /// A PNG of four channels, put together from stored blocks.
    private func png(_ pixels: [(UInt8, UInt8, UInt8, UInt8)]) -> [UInt8] {
        func chunk(_ kind: String, _ body: [UInt8]) -> [UInt8] {
            var crc: UInt32 = .max
            for byte in Array(kind.utf8) + body {
                crc ^= UInt32(byte)
                for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
            }
            func four(_ value: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }
            return four(body.count) + Array(kind.utf8) + body + four(Int(~crc))
        }
        let raw: [UInt8] = [0] + pixels.flatMap { [$0.0, $0.1, $0.2, $0.3] }
        var (a, b) = (1, 0)
        for byte in raw {
            a = (a + Int(byte)) % 65521
            b = (b + a) % 65521
        }
        let size = raw.count
        let data: [UInt8] =
            [0x78, 1, 1, UInt8(size & 255), UInt8(size >> 8), UInt8(~size & 255), UInt8(~size >> 8 & 255)] + raw + [
                UInt8(b >> 8), UInt8(b & 255), UInt8(a >> 8), UInt8(a & 255),
            ]
        let header: [UInt8] = [0, 0, 0, UInt8(pixels.count), 0, 0, 0, 1, 8, 6, 0, 0, 0]
        return [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10] + chunk("IHDR", header) + chunk("IDAT", data)
            + chunk("IEND", [])
    }

    private func read(_ pixels: [(UInt8, UInt8, UInt8, UInt8)]) throws -> (values: [Bool], usesTransparency: Bool) {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("mask-\(UUID().uuidString).png").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        _ = FileManager.default.createFile(atPath: path, contents: Data(png(pixels)))
        let (mask, usesTransparency) = try Mask.read(path)
        return (mask.values, usesTransparency)
    }

    @Test func whiteAndBlackWithoutTransparency() throws {
        let mask = try read([(255, 255, 255, 255), (0, 0, 0, 255), (200, 200, 200, 255)])
        #expect(mask.values == [true, false, true] && !mask.usesTransparency)
    }

    @Test func aHoleInTransparencyAlone() throws {
        for colour: UInt8 in [0, 255] {
            let mask = try read([(255, 255, 255, 255), (colour, colour, colour, 0), (255, 255, 255, 255)])
            #expect(mask.values == [true, false, true] && mask.usesTransparency)
        }
    }

    @Test func aPhotoWithAnErasedPart() throws {
        let mask = try read([(20, 30, 40, 255), (90, 80, 70, 0), (210, 220, 190, 255)])
        #expect(mask.values == [true, false, true] && mask.usesTransparency)
    }

    @Test func blackStrokesOnNothingAreTheHole() throws {
        let mask = try read([(0, 0, 0, 0), (0, 0, 0, 255), (0, 0, 0, 0)])
        #expect(mask.values == [true, false, true])
    }
}
