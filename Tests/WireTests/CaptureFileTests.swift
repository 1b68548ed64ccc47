import Foundation
import Testing

@testable import Wire

@Suite struct CaptureFileTests {
    private func capture() -> CaptureFile {
        var capture = CaptureFile(application: "test")
        let place = capture.addInterface("uplink")
        capture.append(
            interface: place, time: 1_700_000_000_123_456_789, source: (1, 47_000), destination: (2, 47_000),
            payload: [0x67, 1] + DataDatagram(image: 5, section: .slice, index: 3, count: 9, bytes: []).serialised(),
            payloadLength: 300,
            comment: "delivered: 0.4 µs late")
        return capture
    }

    @Test func blocksAreWholeAndAligned() throws {
        let bytes = capture().bytes
        var reader = ByteReader(bytes)
        var types: [UInt32] = []
        while reader.remaining > 0 {
            types.append(try reader.integer("type"))
            let length: UInt32 = try reader.integer("length")
            #expect(length % 4 == 0 && Int(length) - 8 <= reader.remaining)
            for _ in 0..<length - 12 { let _: UInt8 = try reader.integer("body") }
            #expect(try reader.integer(UInt32.self, "length again") == length)
        }
        #expect(types == [0x0A0D_0D0A, 1, 6])
    }

    /// What tshark makes of it, with the repository's dissector.
    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/tshark"), "tshark is not installed"))
    func tsharkReadsItWithItsCommentAndHeading() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(
            "gensemcom-\(ProcessInfo.processInfo.processIdentifier).pcapng")
        try Data(capture().bytes).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
            .appendingPathComponent("Scripts/tools/gensemcom.lua").path
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/tshark")
        process.arguments = [
            "-X", "lua_script:\(script)", "-r", file.path, "-T", "fields", "-e", "frame.time_epoch", "-e", "frame.len",
            "-e", "frame.comment",
            "-e", "ip.src", "-e", "udp.dstport", "-e", "gensemcom.image", "-e", "gensemcom.section", "-e",
            "gensemcom.index", "-e", "gensemcom.count",
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let fields = text.trimmingCharacters(in: .newlines).split(separator: "\t", omittingEmptySubsequences: false)
            .map(String.init)
        #expect(
            fields == [
                "1700000000.123456789", "328", "delivered: 0.4 µs late", "10.0.0.1", "47000", "5", "1", "3", "9",
            ])
    }
}
