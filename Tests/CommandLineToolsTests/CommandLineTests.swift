import Foundation
import Imaging
import TestSupport
import Testing

@testable import Results

private let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path
private let program = package + "/.build/release/testbed"
private let photo = package + "/Topologies/Photos/cat.jpg"
private let isBuilt = FileManager.default.isExecutableFile(atPath: program)

/// The program itself, as a user meets it: figures that agree with each other, and errors of one line with exit code 2.
@Suite(.serialized, .enabled(if: isBuilt, "no testbed beside the tests"))
struct CommandLineTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    struct Outcome {
        let code: Int32
        let output: String
        let error: String
    }

    static func testbed(_ arguments: String...) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let (output, error) = (Pipe(), Pipe())
        (process.standardOutput, process.standardError) = (output, error)
        try process.run()
        // Little is written to standard error: it does not fill its pipe while the other is read.
        let out = output.fileHandleForReading.readDataToEndOfFile()
        let err = error.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Outcome(
            code: process.terminationStatus, output: String(decoding: out, as: UTF8.self),
            error: String(decoding: err, as: UTF8.self))
    }

    private func refused(_ outcome: Outcome, _ words: [String], line: Int = #line) {
        let location = Comment(rawValue: "line \(line): \(outcome.error)")
        #expect(outcome.code == 2, location)
        #expect(outcome.error.split(separator: "\n").count == 1, location)
        for word in words { #expect(outcome.error.contains(word), location) }
    }

    private func json(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    /// A grey picture, left half black, right half white.
    private func halves(width: Int, height: Int) throws -> String {
        let path = folder.path + "/halves-\(width)x\(height).png"
        var map = Image(width: width, height: height, grey: 0)
        map.paste(Image(width: width / 2, height: height, grey: 255), x: width / 2, y: 0)
        try map.write(to: path)
        return path
    }

    @Test func whatDoesNotFitIsNamed() throws {
        let semantics = package + "/Tests/SemanticsTests/Golden"
        refused(
            try Self.testbed("cam", photo, "--label", "catt"),
            ["'catt' is not in the class list", "the nearest are '", "'cat'"])
        refused(try Self.testbed("cam", photo, "--label", "4711"), ["4711"])
        refused(
            try Self.testbed(
                "cam", photo, "--backbone", semantics + "/basic.safetensors", "--class-names",
                package + "/Sources/Semantics/Resources/classes.txt"),
            ["classes.txt names 101 classes", "basic.safetensors has 7"])
        refused(
            try Self.testbed("cam", photo, "--backbone", semantics + "/basic-results.safetensors"),
            ["basic-results.safetensors", "'conv1.weight' is missing"])
        refused(
            try Self.testbed("cam", photo, "--importance", halves(width: 200, height: 200)),
            ["200×200", "another aspect", "448×288"])
        refused(try Self.testbed("cam", photo, "--importance", "/nowhere.png"), ["/nowhere.png"])
        refused(try Self.testbed("cam", "/nowhere.jpg"), ["/nowhere.jpg"])
        refused(try Self.testbed("cam", photo, "--importance", "a.png", "--label", "cat"), ["exclude each other"])
    }

    /// The names that the reference lists are those that are printed, and none is missing there.
    @Test func namesOfFiguresStandInTheReference() throws {
        func keys(_ object: [String: Any], _ before: String = "") -> [String] {
            object.flatMap { key, value in
                // Stages are names of their own.
                key != "stages" ? (value as? [String: Any]).map { keys($0, "\(key).") } ?? [before + key] : [key]
            }
        }
        let (stream, picture) = (folder.path + "/cat.gsc", folder.path + "/cat.png")
        let outputs = [
            try Self.testbed("encode", photo, "-o", stream, "--budget", "60000", "--layout", "auto", "--json"),
            try Self.testbed("inspect", stream, "--json"),
            try Self.testbed("decode", stream, "-o", picture, "--inpaint", "none", "--json"),
            try Self.testbed("score", photo, picture, "--stream", stream, "--json"),
        ]
        var printed: Set<String> = []
        for output in outputs { printed.formUnion(keys(try json(output.output))) }
        let listed = Set(ContractName.commands.map(\.key))
        #expect(printed.subtracting(listed).isEmpty)
        // What these four had no cause to say: another network's, a gain between two rates, a damaged photo.
        #expect(listed.subtracting(printed).isSubset(of: ["lpips", "lpipsNetwork", "gain", "warnings"]))
    }

    @Test func scoreNamesWhatDoesNotFit() throws {
        let fidelity = package + "/Tests/FidelityTests/Golden"
        refused(
            try Self.testbed(
                "score", photo, photo, "--lpips", fidelity + "/alex.safetensors", "--lpips-heads",
                fidelity + "/vgg-heads.safetensors"),
            ["vgg-heads.safetensors", "'lin1.model.1.weight' has shape"])
        refused(try Self.testbed("score", photo, package + "/Topologies/Photos/coffee.jpg"), ["448×288", "512×384"])
        refused(try Self.testbed("score", photo, photo, "--stream", photo), ["not a GenSemCom bitstream"])
        refused(
            try Self.testbed("encode", photo, "-o", folder.path + "/a.gsc", "--slice-payload", "100"),
            ["100 bytes", "528"])
        refused(
            try Self.testbed("check", package + "/Topologies/quickstart.yaml", "--set", "scheme.slicePayload=100"),
            ["scheme.slicePayload is 100", "expected 528 to 1100"])
        refused(
            try Self.testbed(
                "run", package + "/Topologies/quickstart.yaml", "-o", folder.path + "/run", "--set", "scheme.label=catt"
            ),
            ["'catt' is not in the class list", "'cat'"])
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/run"))
    }

    @Test func severalLabelsAndMapsOfOnesOwn() throws {
        let paths = ["one", "two", "both", "own"].map { "\(folder.path)/\($0).npy" }
        for (labels, path) in [(["dog"], paths[0]), (["cat"], paths[1]), (["dog", "cat"], paths[2])] {
            let arguments = labels.flatMap { ["--label", $0] }
            let outcome =
                arguments.count == 2
                ? try Self.testbed("cam", photo, "--npy", path, arguments[0], arguments[1])
                : try Self.testbed("cam", photo, "--npy", path, arguments[0], arguments[1], arguments[2], arguments[3])
            #expect(outcome.code == 0, "\(outcome.error)")
        }
        let planes = try paths[..<3].map { try Plane(npy: $0) }
        #expect(planes[2].values == zip(planes[0].values, planes[1].values).map(max))
        let outcome = try Self.testbed(
            "cam", photo, "--importance", halves(width: 224, height: 144), "--npy", paths[3], "-o",
            folder.path + "/heat.png", "--json")
        #expect(outcome.code == 0, "\(outcome.error)")
        let own = try Plane(npy: paths[3])
        #expect(own[3, 2] == 0 && own[3, 25] == 1)
        #expect(try Image(contentsOf: folder.path + "/heat.png").width == 448)
    }

    @Test func encodeDecodeScoreAgree() throws {
        let (stream, picture) = (folder.path + "/cat.gsc", folder.path + "/cat.png")
        let encoded = try Self.testbed(
            "encode", photo, "-o", stream, "--rate", "9", "--alpha", "0.5", "--importance",
            halves(width: 448, height: 288), "--caption", "a cat", "--json")
        #expect(encoded.code == 0, "\(encoded.error)")
        #expect(try Self.testbed("decode", stream, "-o", picture, "--inpaint", "none").code == 0)
        let scored = try Self.testbed(
            "score", photo, picture, "--stream", stream, "--map", folder.path + "/maps", "--json")
        #expect(scored.code == 0, "\(scored.error)")
        let (sent, found) = (try json(encoded.output), try json(scored.output))
        let bits = try #require(found["bits"] as? [String: Int])
        #expect(bits["total"] == (sent["bits"] as? [String: Int])?["total"])
        let size = try FileManager.default.attributesOfItem(atPath: stream)[.size] as? Int
        #expect(bits["total"] == size.map { 8 * $0 })
        let (theirs, ours) = (
            try #require(sent["theoreticalBits"] as? Double), try #require(found["theoreticalBits"] as? Double)
        )
        #expect(abs(theirs - ours) < 1e-6 * ours)
        let coded = Double((bits["hyper"] ?? 0) + (bits["features"] ?? 0))
        #expect(coded < 1.003 * ours + 1000 && coded > 0.99 * ours)
        let (told, realised) = (try #require(sent["gvif"] as? Double), try #require(found["gvif"] as? Double))
        #expect(abs(told - realised) < 1e-6)
        let cells = try Plane(npy: folder.path + "/maps/information-cells.npy")
        #expect(cells.width == 28 && cells.height == 20)
        for name in ["information-cells.png", "information-channels.npy", "information-channels.png"] {
            #expect(FileManager.default.fileExists(atPath: "\(folder.path)/maps/\(name)"))
        }
    }
}
