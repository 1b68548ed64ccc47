import Foundation
import Imaging
import Testing

/// Damage that leaves a picture is told, orientation is heeded wherever it stands, and masks may lie in transparency.
struct DamageTests {
    private func damage(_ bytes: [UInt8]) throws -> String? {
        var damage: String?
        _ = try Image(bytes: bytes, name: "p.jpg", damage: &damage)
        return damage
    }

    private func file(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: golden(name))))
    }

    /// Where the marker FF `second` begins.
    private func places(of second: UInt8, in bytes: [UInt8]) -> [Int] {
        bytes.indices.dropLast().filter { bytes[$0] == 0xff && bytes[$0 + 1] == second }
    }

    @Test(arguments: ["baseline.jpg", "progressive.jpg", "grey.jpg", "full-chroma.jpg", "orientation6.jpg"])
    func honestFilesShowNone(_ name: String) throws { #expect(try damage(file(name)) == nil) }

    @Test func bytesLeftOverAreTold() throws {
        var bytes = try file("baseline.jpg")
        bytes.insert(contentsOf: [UInt8](repeating: 0x7f, count: 300), at: bytes.count - 2)
        let text = try damage(bytes)
        #expect(text?.hasPrefix("p.jpg: damaged JPEG: ") == true && text?.contains("extraneous") == true)
    }

    @Test func aProgressiveFileThatEndsAfterAScanIsTold() throws {
        let bytes = try file("progressive.jpg")
        let scans = places(of: 0xda, in: bytes)
        #expect(scans.count > 3)
        for scan in scans.dropFirst() {
            #expect(try damage(Array(bytes[..<scan]) + [0xff, 0xd9])?.contains("progressive scans end") == true)
        }
    }

    /// Of damage to single stretches of the coded data, a good part shows; none of it traps or goes on without end.
    @Test func garbledStretchesAreMostlyNoticed() throws {
        let whole = try file("baseline.jpg")
        let begin = try #require(places(of: 0xda, in: whole).first) + 14
        var noticed = 0
        for trial in 0..<60 {
            var bytes = whole
            let place = begin + trial * (whole.count - begin - 40) / 60
            for i in place..<place + 24 { bytes[i] = 0x55 }
            do { if try damage(bytes) != nil { noticed += 1 } } catch is ImageFailure { noticed += 1 }
        }
        #expect(noticed >= 20, "\(noticed) of 60 noticed")
    }

    /// 2000 × 2000 pixels of one grey in 129 bytes: arithmetic coding spends no whole bit on a block.
    @Test func aFlatArithmeticPictureIsRead() throws {
        let text =
            """
            ffd8ffe000104a46494600010100000100010000ffdb0043000302020302020303030304030304050805050404050a070706\
            080c0a0c0c0b0a0b0b0d0e12100d0e110e0b0b1016101113141515150c0f171816141812141514ffc9000b0807d007d00101\
            1100ffcc000600101005ffda0008010100003f00ff00eedd766ea0ffd9
            """
        let bytes = stride(from: 0, to: text.count, by: 2).map { place -> UInt8 in
            let start = text.index(text.startIndex, offsetBy: place)
            return UInt8(text[start..<text.index(start, offsetBy: 2)], radix: 16)!
        }
        let image = try Image(bytes: bytes, name: "flat.jpg")
        #expect(image.width == 2000 && image.height == 2000 && image.pixels.allSatisfy { $0 == 0 })
    }

    @Test(arguments: [true, false])
    func aPNGIsTurnedAsItsEXIFSays(_ isLate: Bool) throws {
        let picture = Image(width: 5, height: 3, pixels: (0..<45).map { UInt8($0 * 5) })
        let bytes = try picture.pngData()
        let tiff = Array("MM\0*\0\0\0\u{8}\0\u{1}\u{1}\u{12}\0\u{3}\0\0\0\u{1}\0\u{6}\0\0\0\0\0\0".utf8)
        let chunk: [UInt8] = [0, 0, 0, UInt8(tiff.count)] + Array("eXIf".utf8) + tiff + [0xd7, 0x7b, 0x1f, 0x46]
        // After the header of 33 bytes, or before the end of 12.
        let place = isLate ? bytes.count - 12 : 33
        let turned = try Image(
            bytes: Array(bytes[..<place]) + Self.withChecksum(chunk) + Array(bytes[place...]), name: "p.png")
        #expect(turned == picture.oriented(.rotatedLeft) && turned.width == 3)
    }

    /// The chunk with the right CRC-32 in its last four bytes.
    private static func withChecksum(_ chunk: [UInt8]) -> [UInt8] {
        var crc: UInt32 = .max
        for byte in chunk[4..<chunk.count - 4] {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
        }
        crc = ~crc
        return Array(chunk.dropLast(4)) + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: crc >> $0) }
    }

    @Test func aFullDiskLeavesNoHalfPicture() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("full-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let picture = Image(width: 8, height: 8)
        try picture.write(to: folder + "/a.png")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a.png"])
        #expect(throws: ImageFailure.self) { try picture.write(to: folder + "/nowhere/a.png") }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a.png"])
    }
}
