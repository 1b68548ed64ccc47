import Channels
import Foundation
import Records
import Results
import TestSupport
import Testing

private let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path
private let program = package + "/.build/release/testbed"
private let isBuilt = FileManager.default.isExecutableFile(atPath: program)

/// The product itself: processes, sockets, records, database.
@Suite(.serialized, .enabled(if: isBuilt, "no testbed beside the tests"))
struct SocketRunTests {
    /// - Returns: exit code, and all that was printed.
    func run(_ topology: String, _ output: String, _ more: String...) throws -> (status: Int32, told: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["run", topology, "-o", output] + more
        let pipe = Pipe()
        (process.standardOutput, process.standardError) = (pipe, pipe)
        try process.run()
        let told = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, told)
    }

    @Test func twoPhotosCrossALink() throws {
        let folder = try TemporaryFolder()
        let topology = """
            name: small
            images: {folder: '\(package)/Topologies/Photos', count: 2, longestSide: 64}
            nodes: {camera: {role: transmitter}, air: {role: channel}, desk: {role: receiver}}
            links: {up: {from: camera, to: desk, through: air, bandwidth: 1 MHz, snr: 10 dB}}
            scheme: {budget: 50 ms, inpaint: harmonic}
            """
        try topology.write(toFile: folder.path + "/t.yaml", atomically: true, encoding: .utf8)
        let (status, told) = try run(folder.path + "/t.yaml", folder.path + "/run")
        #expect(status == 0, Comment(rawValue: told))
        let results = try ResultsDatabase(path: folder.path + "/run/run.sqlite").results()
        #expect(results.images.count == 2)
        for image in results.images {
            #expect(image.status == .complete && image.totalBits > 0 && image.totalBits <= image.budgetBits)
            #expect((image.gvif ?? 0) > 0 && (image.gvif ?? 2) <= 1)
            let file = try #require(image.receivedFile)
            #expect(FileManager.default.fileExists(atPath: "\(folder.path)/run/\(file)"))
        }
        #expect(Set(results.nodes.map(\.name)).isSuperset(of: ["camera", "air", "desk"]))
        #expect((results.verdicts["up"]?[.delivered] ?? 0) >= 2)
    }

    /// A table of schemes of one's own, and what fails sent again: over sockets as under the virtual clock.
    @Test func failedCodewordsAreSentAgain() throws {
        let folder = try TemporaryFolder()
        let topology = """
            name: harq
            images: {folder: '\(package)/Topologies/Photos', count: 3, longestSide: 96}
            nodes: {camera: {role: transmitter}, air: {role: channel}, desk: {role: receiver}}
            links:
              up:
                {from: camera, to: desk, through: air, bandwidth: 1 MHz, snr: 6 dB,
                 rate: {mcs: table.csv, target: 0.4, symbols: 400, harq: {delay: 4 ms}}}
            scheme: {budget: 80 ms}
            """
        try "order,code_rate,snr_db\n2,0.5,6\n".write(
            toFile: folder.path + "/table.csv", atomically: true, encoding: .utf8)
        try topology.write(toFile: folder.path + "/t.yaml", atomically: true, encoding: .utf8)
        let (status, told) = try run(folder.path + "/t.yaml", folder.path + "/run")
        #expect(status == 0, Comment(rawValue: told))
        let results = try ResultsDatabase(path: folder.path + "/run/run.sqlite").results()
        // Four codewords in ten fail at first, and hardly any with twice the SNR.
        #expect((results.attempts["up"] ?? 0) > 1.2 && results.verdicts["up"]?[.lost] ?? 0 == 0)
        #expect(results.images.count == 3 && results.images.allSatisfy { ($0.airTime ?? 1) <= 0.082 })
        let report = try String(contentsOfFile: folder.path + "/run/report.html", encoding: .utf8)
        #expect(report.contains("attempts (HARQ), mean") && report.contains("HARQ with Chase combining"))
        // Each datagram's draws are its own: those of the virtual run.
        #expect(try run(folder.path + "/t.yaml", folder.path + "/virtual", "--virtual").status == 0)
        func attempts(_ run: String) throws -> [String] {
            let lines = try String(contentsOfFile: "\(folder.path)/\(run)/csv/packets.csv", encoding: .utf8)
                .split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
            let places = try ["image", "section", "index", "bits", "attempts"].map { name in
                try #require(lines.first?.firstIndex { $0 == name })
            }
            return lines.dropFirst().map { line in places.map { String(line[$0]) }.joined(separator: " ") }.sorted()
        }
        #expect(try attempts("run") == attempts("virtual"))
    }

    /// Codecs that are programs: one stays running in both nodes and ends with them, one fails and ends nothing.
    @Test func externalCodecsCrossALink() throws {
        let folder = try TemporaryFolder()
        try StandInCodec.write(to: folder.path + "/codec")
        let topology = """
            name: codecs
            images: {folder: '\(package)/Topologies/Photos', count: 2, longestSide: 64}
            nodes:
              good:
                role: transmitter
                scheme: {kind: command, codec: grey, encode: ./codec, decode: ./codec, persistent: yes}
              bad: {role: transmitter, scheme: {kind: command, codec: none, encode: 'false', decode: ./codec decode}}
              air: {role: channel}
              desk: {role: receiver}
            links:
              one: &link {from: good, to: desk, through: air, bandwidth: 1 MHz, snr: 10 dB}
              two: {<<: *link, from: bad}
            scheme: {budget: 10 ms}
            """
        try topology.write(toFile: folder.path + "/t.yaml", atomically: true, encoding: .utf8)
        let (status, told) = try run(folder.path + "/t.yaml", folder.path + "/run")
        #expect(
            status == 0 && told.contains("not sent: 2 images (bad, image 0: codec 'false': "), Comment(rawValue: told))
        let results = try ResultsDatabase(path: folder.path + "/run/run.sqlite").results()
        #expect(results.images.map(\.scheme) == ["grey", "grey"])
        for image in results.images {
            #expect(image.status == .complete && image.psnr != nil && image.keepsBudget)
            #expect(image.budgetBits - image.totalBits < 8)
        }
        let processes = try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap {
            FileManager.default.contents(atPath: "/proc/\($0)/cmdline").map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(!processes.contains { $0.contains(folder.path + "/codec") })
    }

    /// Processes read their own part of the topology: budgets, photos, kinds and fillings differ.
    @Test func twoCamerasEachInItsOwnWay() throws {
        let folder = try TemporaryFolder()
        let topology = """
            name: two
            images: {folder: '\(package)/Topologies/Photos', count: 2, longestSide: 64}
            nodes:
              gate: {role: transmitter, budget: 30 ms, images: {count: 1}}
              yard: {role: transmitter, budget: 90 ms, scheme: vae, images: {first: 9}, inpaint: none}
              air: {role: channel}
              desk: {role: receiver}
            bands: {ether: {bandwidth: 4 MHz}}
            links:
              near: {from: gate, to: desk, through: air, band: ether, snr: 10 dB}
              far: {from: yard, to: desk, through: air, band: ether, snr: 10 dB}
            scheme: {inpaint: harmonic, caption: label}
            """
        try topology.write(toFile: folder.path + "/t.yaml", atomically: true, encoding: .utf8)
        let (status, told) = try run(folder.path + "/t.yaml", folder.path + "/run")
        #expect(status == 0, Comment(rawValue: told))
        let images = try ResultsDatabase(path: folder.path + "/run/run.sqlite").results().images
        #expect(images.map(\.transmitter) == ["gate", "yard", "yard"])
        #expect(images.map(\.name) == ["astronaut.jpg", "rocket.jpg", "temple.jpg"])
        #expect(images.map(\.scheme) == ["proposed", "vae", "vae"])
        #expect(images.map { $0.receivedFile != nil } == [true, false, false])
        for (image, budget) in zip(images, [0.03, 0.09, 0.09]) {
            #expect(abs(Double(image.budgetBits) - (image.capacity ?? 0) * budget / 2) <= 1)
        }
    }

    /// Killed and started again by events under the default policy: what was sent meanwhile is away,
    /// at once and everywhere.
    @Test func aReceiverGoesAndComesBack() throws {
        let folder = try TemporaryFolder()
        let topology = """
            name: away
            images: {folder: '\(package)/Topologies/Photos', count: 5, longestSide: 64, interval: 1500 ms}
            nodes: {camera: {role: transmitter}, air: {role: channel}, desk: {role: receiver}}
            links: {up: {from: camera, to: desk, through: air, bandwidth: 1 MHz, snr: 10 dB}}
            scheme: {budget: 50 ms}
            events: [{at: 1 s, kill: desk}, {at: 1900 ms, restart: desk}]
            expect: {crashes: "== 0", restarts: "== 1", delivered: ">= 3", failed: ">= 1"}
            """
        try topology.write(toFile: folder.path + "/t.yaml", atomically: true, encoding: .utf8)
        let (status, told) = try run(folder.path + "/t.yaml", folder.path + "/run")
        #expect(status == 0, Comment(rawValue: told))
        let images = try ResultsDatabase(path: folder.path + "/run/run.sqlite").results().images
        #expect(images.count == 5 && images[1].status == .away && images[4].status == .complete)
        let csv = try String(contentsOfFile: folder.path + "/run/csv/images.csv", encoding: .utf8)
        for image in images {
            let word = image.status?.rawValue ?? "?"
            // A line of progress and a line of the closing table.
            let lines = told.split(separator: "\n").filter { $0.contains(image.name) && $0.hasSuffix(word) }
            #expect(lines.count == 2, "\(image.name) \(word)")
            #expect(csv.split(separator: "\n").contains { $0.contains(image.name) && $0.contains(",\(word),") })
            if image.status == .away {
                #expect(Double(image.finishedAt! - image.deadlineAt!) / 1e9 < 5)
            }
        }
    }
}
