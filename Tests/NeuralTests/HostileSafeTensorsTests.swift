import Foundation
import Testing

@testable import Neural

/// Safetensors files as broken tools and ill-meaning people write them: each ends in values or in one line.
@Suite struct HostileSafeTensorsTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    private var path: String { folder.appendingPathComponent("t.safetensors").path }

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    private func file(_ header: String, _ body: [UInt8]) -> [UInt8] {
        let text = Array(header.utf8)
        return (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text + body
    }

    private func load(_ bytes: [UInt8]) throws -> SafeTensors {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return try SafeTensors(path: path)
    }

    private func refusal(_ header: String, _ body: [UInt8] = [UInt8](repeating: 0, count: 16)) -> String {
        defer { try? FileManager.default.removeItem(at: folder) }
        do {
            let file = try load(file(header, body))
            for name in file.names { _ = try file.tensor(name) }
            return ""
        } catch { return "\(error)" }
    }

    @Test(arguments: [
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[1,-9223372036854775808]}}"#, "does not lie"),
        (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[8,4]}}"#, "does not lie"),
        (#"{"a":{"dtype":"Q4","shape":[1],"data_offsets":[]}}"#, "does not lie"),
        (#"{"a":{"dtype":"Q4","shape":[1],"data_offsets":[0,4]}}"#, "unsupported type"),
        (#"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}"#, "impossible shape"),
        (
            #"""
            {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}
            """#,
            "share bytes"
        ),
        (
            #"""
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}
            """#,
            "twice"
        ),
    ])
    func headersAreRefused(_ header: String, _ words: String) {
        let refusal = refusal(header)
        #expect(refusal.contains(words), Comment(rawValue: refusal))
        #expect(refusal.hasPrefix(folder.path) && !refusal.contains("\n"))
    }

    @Test func metadataWithColonsAndQuotesIsNoTensor() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let header = #"{"__metadata__":{"note":"a: \"b\", {c}"},"x":{"dtype":"I32","shape":[2],"data_offsets":[0,8]}}"#
        let file = try load(file(header, [1, 0, 0, 0, 255, 255, 255, 127]))
        #expect(file.names == ["x"])
        // 2³¹ − 1 has no single-precision form: whole numbers are not read through one.
        #expect(try file.integers("x").values == [1, .max])
    }

    @Test(arguments: ["F32", "F16", "BF16", "F64"]) func nonFiniteNumbersAreNamed(_ type: String) {
        let infinity: [UInt8] =
            switch type {
            case "F32": [0, 0, 0x80, 0x7f]
            case "F16": [0, 0x7c]
            case "BF16": [0x80, 0x7f]
            default: [0, 0, 0, 0, 0, 0, 0xf0, 0x7f]
            }
        let header = "{\"w.0\":{\"dtype\":\"\(type)\",\"shape\":[1],\"data_offsets\":[0,\(infinity.count)]}}"
        let refusal = refusal(header, infinity)
        #expect(refusal.contains("'w.0'") && refusal.contains("not finite"), Comment(rawValue: refusal))
    }

    @Test func integersMustBeWhole() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let header =
            #"""
            {"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"y":{"dtype":"I64","shape":[1],"data_offsets":[4,12]}}
            """#
        // 1e30, and 2⁴⁰.
        let file = try load(file(header, [0xca, 0xf2, 0x49, 0x71, 0, 0, 0, 0, 0, 1, 0, 0]))
        for name in ["x", "y"] { #expect(throws: SafeTensors.Failure.self) { try file.integers(name) } }
    }

    @Test func aPipeIsRefusedAtOnce() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try #require(mkfifo(path, 0o600) == 0)
        #expect(throws: SafeTensors.Failure.self) { try SafeTensors(path: path) }
    }

    @Test func mutatedFiles() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let header = """
            {"__metadata__":{"detail":"1"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},\
            "b":{"dtype":"I64","shape":[1],"data_offsets":[16,24]},\
            "c":{"dtype":"F16","shape":[0],"data_offsets":[24,24]}}
            """
        let whole = file(header, (0..<24).map { UInt8($0) })
        let count = ProcessInfo.processInfo.environment["GENSEMCOM_ALL"] == nil ? 2000 : 100_000
        var state: UInt64 = 7
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let spice = Array("-9223372036854775808 1e30 null [] {} \"\\u0000 F64 BF16 data_offsets".utf8)
        for _ in 0..<count {
            var bytes = whole
            for _ in 0...next(3) {
                let place = next(bytes.count)
                switch next(4) {
                case 0: bytes[place] = UInt8(next(256))
                case 1: bytes.removeSubrange(place..<min(bytes.count, place + 1 + next(8)))
                case 2:
                    let from = next(spice.count)
                    bytes.insert(contentsOf: spice[from..<min(spice.count, from + 1 + next(20))], at: place)
                default: bytes[place] = spice[next(spice.count)]
                }
                if bytes.isEmpty { break }
            }
            do {
                let file = try load(bytes)
                for name in file.names {
                    let tensor = try file.tensor(name)
                    #expect(tensor.values.count == tensor.shape.reduce(1, *))
                    _ = try? file.integers(name)
                }
            } catch { #expect(!"\(error)".contains("\n")) }
        }
    }
}
