import Files
import Foundation
import Testing

/// Text as people's tools write it.
struct TextFileTests {
    @Test(arguments: [
        ("a\nb\n", ["a", "b", ""]), ("a\r\nb\r\n", ["a", "b", ""]), ("a\rb", ["a", "b"]),
        ("a\r\n\r\nb", ["a", "", "b"]), ("", [""]),
    ])
    func linesEndAsAnyToolEndsThem(_ text: String, _ lines: [String]) {
        #expect(text.lines.map(String.init) == lines)
    }

    @Test func aByteOrderMarkIsNoPartOfTheText() throws {
        #expect(try TextFile.text([0xef, 0xbb, 0xbf] + "time_s".utf8, name: "t") == "time_s")
    }

    @Test func latin1IsRefusedWithItsLine() {
        let failure = #expect(throws: FileFailure.self) {
            try TextFile.text(Array("ein\nzwei\n".utf8) + [0x63, 0xe9, 0x0a], name: "cap.txt")
        }
        #expect(failure?.description.hasPrefix("cap.txt: line 3 is not UTF-8") == true)
    }

    @Test(arguments: [String.Encoding.utf16, .utf16LittleEndian, .utf16BigEndian])
    func utf16IsNamed(_ encoding: String.Encoding) throws {
        let bytes = [UInt8](try #require("a cat".data(using: encoding)))
        let failure = #expect(throws: FileFailure.self) { try TextFile.text(bytes, name: "cap.txt") }
        #expect(failure?.description.contains("UTF-16") == true)
    }

    @Test func aPipeIsReadToItsEnd() throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let bytes = Array("seed: 1\r\n".utf8)
        #expect(write(ends[1], bytes, bytes.count) == bytes.count)
        close(ends[1])
        defer { close(ends[0]) }
        #expect(try TextFile.read("/dev/fd/\(ends[0])") == "seed: 1\r\n")
    }

    @Test func aPipeNobodyWritesToIsNotWaitedForWhereAPlainFileIsMeant() throws {
        let folder = try TemporaryFolder()
        #expect(mkfifo(folder.path + "/a.txt", 0o600) == 0)
        #expect(throws: FileFailure.unreadable(path: folder.path + "/a.txt", reason: "it is no plain file")) {
            try TextFile.read(folder.path + "/a.txt", plainOnly: true)
        }
    }

    @Test func whatATerminalWouldObeyIsMadeVisible() {
        #expect("a \u{1b}[31mcat\u{7}\u{202e}".shown() == #"a \u{1b}[31mcat\u{7}\u{202e}"#)
        #expect("α ≥ 0,5 ü 猫".shown() == "α ≥ 0,5 ü 猫")
        #expect("a\nb\r".shown(lines: true) == "a\nb\\u{d}")
    }
}

/// A folder that goes with the test.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("files-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    func write(_ name: String, _ bytes: [UInt8] = [1]) {
        _ = FileManager.default.createFile(atPath: "\(path)/\(name)", contents: Data(bytes))
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
