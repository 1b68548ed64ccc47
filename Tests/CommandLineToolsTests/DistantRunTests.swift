import Channels
import Foundation
import Records
import Results
import TestSupport
import Testing

private let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path
private let programs = package + "/.build/release"
private let isBuilt = FileManager.default.isExecutableFile(atPath: programs + "/testbed")

/// Runs whose nodes others start: with nothing but a secret, a name and an address, in folders of their own.
@Suite(.serialized, .enabled(if: isBuilt, "no testbed beside the tests"))
struct DistantRunTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    /// A program with its output in a file.
    final class Started {
        let process = Process()
        let output: String

        init(_ program: String, _ arguments: [String], in folder: String, environment: [String: String] = [:]) throws {
            output = "\(folder)/\(UUID().uuidString).log"
            try Data().write(to: URL(fileURLWithPath: output))
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
            process.executableURL = URL(fileURLWithPath: program)
            process.arguments = arguments
            process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
            process.currentDirectoryURL = URL(fileURLWithPath: folder)
            process.standardInput = FileHandle.nullDevice
            (process.standardOutput, process.standardError) = (handle, handle)
            try process.run()
        }

        var told: String { (try? String(contentsOfFile: output, encoding: .utf8)) ?? "" }

        /// - Returns: the exit code.
        func wait() -> Int32 {
            process.waitUntilExit()
            return process.terminationStatus
        }

        func waits(for words: String, seconds: Double = 60) -> Bool {
            let limit = Date().addingTimeInterval(seconds)
            while Date() < limit {
                if told.contains(words) { return true }
                if !process.isRunning { return told.contains(words) }
                usleep(50_000)
            }
            return false
        }
    }

    func testbed(_ topology: String, _ options: [String] = []) throws -> Started {
        try topology.write(toFile: folder.path + "/t.yaml", atomically: true, encoding: .utf8)
        return try Started(
            programs + "/testbed",
            ["run", folder.path + "/t.yaml", "-o", folder.path + "/run", "--secret-file", folder.path + "/secret"]
                + options,
            in: folder.path)
    }

    /// The line that was printed for a node, started elsewhere: in another folder and with a cache of its own.
    func start(_ name: String, of run: Started, more: [String] = []) throws -> Started {
        #expect(run.waits(for: "--name \(name)"), Comment(rawValue: run.told))
        let line = try #require(run.told.split(separator: "\n").first { $0.hasSuffix("--name \(name)") })
        let words = line.split(separator: " ").map(String.init)
        let place = "\(folder.path)/\(name)"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        return try Started(words[0], Array(words.dropFirst()) + ["--cache", "\(place)/cache"] + more, in: place)
    }

    let small = """
        name: small
        images: {folder: '\(package)/Topologies/Photos', count: 2, longestSide: 64}
        nodes: {camera: {role: transmitter}, air: {role: channel}, desk: {role: receiver}}
        links: {up: {from: camera, to: desk, through: air, bandwidth: 1 MHz, snr: 10 dB}}
        scheme: {budget: 50 ms, inpaint: harmonic}
        """

    func check(_ run: Started, _ nodes: [Started]) throws {
        #expect(run.wait() == 0, Comment(rawValue: run.told))
        for node in nodes { #expect(node.wait() == 0, Comment(rawValue: node.told)) }
        let results = try ResultsDatabase(path: folder.path + "/run/run.sqlite").results()
        #expect(results.images.count == 2)
        for image in results.images {
            #expect(image.status == .complete)
            for file in [image.receivedFile, image.originalFile] {
                #expect(FileManager.default.fileExists(atPath: "\(folder.path)/run/\(try #require(file))"))
            }
        }
        #expect((results.verdicts["up"]?[.delivered] ?? 0) >= 2)
    }

    /// Every node reads the table with the topology, from a copy of its own.
    @Test func aTableOfSchemesTravels() throws {
        try "order,code_rate,snr_db\n2,0.5,4\n".write(
            toFile: folder.path + "/schemes.csv", atomically: true, encoding: .utf8)
        let topology = small.replacing("snr: 10 dB", with: "snr: 10 dB, rate: {mcs: schemes.csv, harq: {delay: 2 ms}}")
        let run = try testbed(topology, ["--external"])
        let nodes = try ["desk", "air", "camera"].map { try start($0, of: run) }
        try check(run, nodes)
        let results = try ResultsDatabase(path: folder.path + "/run/run.sqlite").results()
        #expect(results.run?.rateLaw?.contains("schemes.csv (1 row)") == true && results.attempts["up"] != nil)
        // Nothing but the table's one row: a bit a channel use, hardly ever sent twice 6 dB above its SNR.
        #expect(results.images.allSatisfy { abs(($0.capacity ?? 0) / 1e6 - 1) < 1e-3 })
    }

    @Test func everyNodeIsStartedByHand() throws {
        let run = try testbed(small, ["--external"])
        let nodes = try ["desk", "air", "camera"].map { try start($0, of: run) }
        try check(run, nodes)
        // The photos were the transmitter's alone, and nothing of the run stays behind.
        for (node, has) in [("camera", true), ("air", false), ("desk", false)] {
            let place = "\(folder.path)/\(node)/cache"
            let objects = try FileManager.default.contentsOfDirectory(atPath: "\(place)/objects")
            #expect((objects.count > 2) == has, "\(node): \(objects.count) files")
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(place)/runs").isEmpty)
        }
        var status = stat()
        #expect(stat(folder.path + "/secret", &status) == 0 && status.st_mode & 0o777 == 0o600)
    }

    /// A launcher in place of a person; `env` stands for ssh.
    @Test func aLauncherStartsANode() throws {
        let topology = small.replacing(
            "desk: {role: receiver}",
            with: "desk: {role: receiver, launch: {command: env XDG_CACHE_HOME=\(folder.path)/desk}}")
        try check(testbed(topology), [])
    }

    /// An event kills a node on another host and starts it again, and so does a person with the whole of it.
    @Test func aNodeElsewhereIsKilledAndComesBack() throws {
        let topology = """
            name: away
            images: {folder: '\(package)/Topologies/Photos', count: 6, longestSide: 64, interval: 2500 ms}
            nodes:
              camera: {role: transmitter}
              air: {role: channel}
              desk: {role: receiver, start: external, restart: onFailure}
            links: {up: {from: camera, to: desk, through: air, bandwidth: 1 MHz, snr: 10 dB}}
            scheme: {budget: 50 ms}
            events: [{at: 1 s, kill: desk}]
            expect: {restarts: "== 2", delivered: ">= 4"}
            """
        let run = try testbed(topology)
        let first = try start("desk", of: run)
        #expect(run.waits(for: "[3/6]"), Comment(rawValue: run.told))
        kill(first.process.processIdentifier, SIGKILL)
        let second = try start("desk", of: run)
        #expect(run.wait() == 0, Comment(rawValue: run.told + second.told))
        #expect(second.wait() == 0, Comment(rawValue: second.told))
        let images = try ResultsDatabase(path: folder.path + "/run/run.sqlite").results().images
        // What the first host's node recorded is not lost: it was found again in the cache.
        #expect(images.count == 6 && images[0].status == .complete && images[5].status == .complete)
    }

    @Test func whoIsMissingIsNamed() throws {
        let run = try testbed(small + "\ncontroller: {wait: 1 s}\n", ["--external"])
        #expect(run.wait() == 1)
        #expect(run.told.contains("air, camera, desk: not there after 1 s"), Comment(rawValue: run.told))
    }

    @Test func whoDoesNotFitIsToldSoWithinSeconds() throws {
        let run = try testbed(small + "\ncontroller: {wait: 12 s}\n", ["--external"])
        let other = folder.path + "/other"
        let line = "\(String(repeating: "5", count: 64))\n"
        try Data(line.utf8).write(to: URL(fileURLWithPath: other))
        chmod(other, 0o600)
        let begun = Date()
        let stranger = try start("desk", of: run, more: ["--secret-file", other])
        #expect(stranger.wait() == 2)
        #expect(stranger.told.contains("it holds another secret"), Comment(rawValue: stranger.told))
        let nobody = try start("desk", of: run, more: ["--name", "nobody"])
        #expect(nobody.wait() == 2)
        #expect(nobody.told.contains("no such node is awaited there"), Comment(rawValue: nobody.told))
        #expect(Date().timeIntervalSince(begun) < 12)
        #expect(run.told.contains("holds another secret: both sides need the same secret file"))
        run.process.terminate()
        #expect(run.wait() == 1)
    }

    @Test func aSecretIsAskedFor() throws {
        try small.write(toFile: folder.path + "/t.yaml", atomically: true, encoding: .utf8)
        let run = try Started(
            programs + "/testbed", ["run", folder.path + "/t.yaml", "-o", folder.path + "/run", "--external"],
            in: folder.path)
        #expect(run.wait() == 2)
        #expect(run.told.contains("--secret-file FILE"), Comment(rawValue: run.told))
        let node = try Started(
            programs + "/rx-node", ["--controller", "127.0.0.1:9", "--name", "desk"], in: folder.path)
        #expect(node.wait() == 2)
        #expect(node.told.contains("--secret-file is missing"), Comment(rawValue: node.told))
    }
}
