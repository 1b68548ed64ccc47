import Adaptation
import Channels
import Declarations
import Files
import Foundation
import Glibc
import ImagePipeline
import Imaging
import Launching
import Nodes
import Records
import TestSupport
import Testing

@testable import Results
@testable import Runs
@testable import Topologies

/// Text, folders, preflight, figures and order: what public bug reports found elsewhere, tried here.
@Suite struct TextFaultTests {
    @Test func aTopologyIsReadThroughAPipeAndWithABOM() throws {
        let text = FaultFixture.yaml(photos: FaultFixture.photos)
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        defer { close(ends[0]) }
        let bytes = [0xef, 0xbb, 0xbf] + Array(text.replacingOccurrences(of: "\n", with: "\r\n").utf8)
        #expect(write(ends[1], bytes, bytes.count) == bytes.count)
        close(ends[1])
        let topology = try Topology(contentsOf: "/dev/fd/\(ends[0])")
        #expect(topology.links.first?.channel.snr == 10)
    }

    @Test func aTopologyInUTF16IsRefusedByName() throws {
        let folder = try TemporaryFolder()
        try Data("seed: 1".data(using: .utf16)!).write(to: URL(fileURLWithPath: folder.path + "/t.yaml"))
        let error = #expect(throws: TopologyError.self) { try Topology(contentsOf: folder.path + "/t.yaml") }
        #expect(error?.description.contains("t.yaml: is text in UTF-16") == true)
    }

    @Test func likeCharactersMeanTheSameAndHexadecimalMeansNothing() {
        #expect(Dimension.level.value(of: "\u{2212}10 dB") == -10)
        #expect(
            Dimension.duration.value(of: "25 \u{3bc}s") == 25e-6 && Dimension.duration.value(of: "25 \u{b5}s") == 25e-6)
        for text in ["0x10 Hz", "0x1p3 Hz", "inf Hz", "nan Hz", "1_000 Hz"] {
            #expect(Dimension.frequency.value(of: text) == nil)
        }
    }

    @Test func tracesWithWindowsLineEndsAreTheSame() throws {
        let (plain, windows) = ("1\n2\n5\n", "1\r\n2\r\n5\r\n")
        #expect(try OpportunityTrace(mahimahi: windows, name: "t") == OpportunityTrace(mahimahi: plain, name: "t"))
        let csv = "time_s,snr_db\n0,6\n0.05,3\n"
        #expect(
            try ChannelTrace(csv: csv.replacingOccurrences(of: "\n", with: "\r\n"), name: "t")
                == ChannelTrace(csv: csv, name: "t"))
    }
}

@Suite struct FolderFaultTests {
    /// `..` behind a link leads to what lies above the folder it points to.
    @Test func dotsBehindALinkLeadWhereTheSystemLeads() throws {
        let folder = try TemporaryFolder()
        let root = String(cString: realpath(folder.path, nil))
        for name in ["real/sub", "real/photos", "top/photos"] {
            try FileManager.default.createDirectory(atPath: "\(root)/\(name)", withIntermediateDirectories: true)
        }
        #expect(symlink("../real/sub", root + "/top/link") == 0)
        #expect(absolutePath("link/../photos", from: root + "/top") == root + "/real/photos")
        #expect(absolutePath("./a/../photos", from: root + "/top") == root + "/top/photos")
        #expect(absolutePath("../../x", from: "/a") == "/x")
    }

    @Test func whatCannotBeReadIsLeftOutAndTold() throws {
        let folder = try TemporaryFolder()
        let photos = folder.path + "/photos"
        try FileManager.default.createDirectory(atPath: photos, withIntermediateDirectories: true)
        try Image(width: 32, height: 32, grey: 90).write(to: photos + "/b.png")
        for (name, bytes) in [("._b.png", "x"), ("a.png", ""), ("c.jpg", "junk")] {
            _ = FileManager.default.createFile(atPath: "\(photos)/\(name)", contents: Data(bytes.utf8))
        }
        #expect(mkfifo(photos + "/d.png", 0o600) == 0)
        let preflight = try Preflight(Topology(yaml: FaultFixture.yaml(photos: photos), path: folder.path + "/t.yaml"))
        #expect(preflight.photos["tx"] == [photos + "/b.png"])
        #expect(preflight.warnings.count == 3)
        #expect(preflight.warnings.allSatisfy { $0.contains("left out") })
        try FileManager.default.removeItem(atPath: photos + "/b.png")
        let error = #expect(throws: InputError.self) {
            try Preflight(Topology(yaml: FaultFixture.yaml(photos: photos), path: folder.path + "/t.yaml"))
        }
        #expect(error?.description.contains("holds no photos that can be read") == true)
    }

    @Test func runsOfOneSecondHaveFoldersOfTheirOwn() async throws {
        let folder = try TemporaryFolder()
        let topology = try Topology(yaml: FaultFixture.yaml(photos: FaultFixture.photos), path: folder.path + "/t.yaml")
        let target = folder.path + "/one"
        let winners = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 { group.addTask { (try? RunFolder(creating: target, topology: topology)) != nil } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(winners == 1)
    }
}

@Suite struct PreflightFaultTests {
    @Test(arguments: [
        ("scheme: {policy: fixed, rate: 30}", "scheme.rate is 30"),
        ("scheme: {lowestRate: 40}", "scheme.lowestRate is 40"),
        ("scheme: {highestRate: 40}", "scheme.highestRate is 40"),
        (
            "scheme: {policy: threshold-table, policyTable: [{snr: 0 dB, alpha: 0.5, rate: 77}]}",
            "scheme.policyTable[0].rate is 77"
        ),
        (
            "events: [{at: 1 s, set: {scheme.rate: 50}}]\nscheme: {policy: fixed, rate: 3}",
            "events.set scheme.rate is 50"
        ),
        ("scheme: {policy: external, policyCommand: nosuchprogram}", "'nosuchprogram' is no program"),
        ("scheme: {captioner: nosuchcaptioner --fast}", "'nosuchcaptioner' is no program"),
        ("scheme: {policy: algorithm1, policyFile: bad.json}", "bad.json: not a policy table"),
        ("scheme: {policy: algorithm1, policyFile: empty.json}", "empty.json: a policy table whose entries do not fit"),
        ("scheme: {inpaint: emptyfolder}", "emptyfolder"), ("models: {codec: bad.safetensors}", "bad.safetensors"),
        ("models: {classifier: pointer.safetensors}", "a git-lfs pointer"),
        ("models: {classNames: latin1.txt}", "latin1.txt: line 2 is not UTF-8"),
    ])
    func checkReadsWhatTheRunWillRead(_ lines: String, _ words: String) throws {
        let folder = try FaultFixture.folder()
        let topology = try Topology(
            yaml: FaultFixture.yaml(photos: folder.path + "/photos", lines), path: folder.path + "/t.yaml")
        let error = #expect(throws: (any Error).self) { try Preflight(topology) }
        let text = "\(error!)"
        #expect(text.contains(words) && !text.contains("\n"), Comment(rawValue: text))
    }

    @Test func captionsAndTracesAreReadBeforeTheRun() throws {
        let folder = try FaultFixture.folder()
        let caption = folder.path + "/photos/a.txt"
        func failure(_ bytes: [UInt8]) throws -> String {
            _ = FileManager.default.createFile(atPath: caption, contents: Data(bytes))
            do {
                _ = try Preflight(
                    Topology(yaml: FaultFixture.yaml(photos: folder.path + "/photos"), path: folder.path + "/t.yaml"))
                return ""
            } catch {
                return "\(error)"
            }
        }
        #expect(try failure([0x63, 0xe9]).contains("a.txt: line 1 is not UTF-8"))
        #expect(try failure([0xff, 0xfe, 0x61, 0]).contains("a.txt: is text in UTF-16"))
        #expect(try failure([]).contains("it holds no caption"))
        #expect(try failure(Array("a \u{1b}[31mcat".utf8)).contains("control characters"))
        #expect(try failure(Array("\u{feff}a cat\r\n".utf8)) == "")
        let trace = FaultFixture.yaml(photos: folder.path + "/photos").replacingOccurrences(
            of: "snr: 10 dB", with: "model: trace, trace: bad.mahi")
        let error = #expect(throws: ChannelError.self) {
            try Preflight(Topology(yaml: trace, path: folder.path + "/t.yaml"))
        }
        #expect(error?.description.contains("line 2") == true)
        try "time_s,snr_db\n0,3\n0.1,high\n".write(toFile: folder.path + "/bad.csv", atomically: true, encoding: .utf8)
        let levels = trace.replacingOccurrences(of: "bad.mahi", with: "bad.csv, traceFormat: csv")
        let other = #expect(throws: ChannelError.self) {
            try Preflight(Topology(yaml: levels, path: folder.path + "/t.yaml"))
        }
        #expect(other?.description.contains("bad.csv”, line 3: “high” is not a number") == true)
    }
}

@Suite struct FigureFaultTests {
    func results(_ images: [ImageResult]) -> RunResults {
        RunResults(images, validity: Validity(sortedLateness: [], bound: 0.002))
    }

    @Test func theMeanOfNothingIsAbsentAndHoldsNoBound() throws {
        let figures = RunFigures(results([]), planned: 2, crashes: 0, restarts: 0)
        for name in ["latency", "latencyP99", "psnr", "maskPSNR", "gvif", "gvifLeast", "lateness"] {
            #expect(figures.values[name] == nil)
        }
        #expect(figures.values["delivered"] == 0 && figures.values["failed"] == 2)
        let bound = ExpectedBound(figure: "latency", comparison: .atMost, bound: 0.001, text: "latency: <= 1 ms")
        #expect(
            figures.failures(of: [bound]) == [
                "expected latency: <= 1 ms, but nothing was measured: the run has no latency"
            ])
    }
}

extension FigureFaultTests {
    /// A picture without error has no place in a mean; where all are such, nothing else can be said.
    @Test func theMeanIsThatOfPicturesThatDiffer() throws {
        let folder = try TemporaryFolder()
        try SyntheticRun(exact: [1, 4]).write(to: folder.path)
        var images = try RunClosing.close(folder: folder.path).results.images
        let finite = images.compactMap(\.psnr).filter(\.isFinite)
        #expect(finite.count == 6)
        let mean = try #require(RunFigures(results(images), planned: 8, crashes: 0, restarts: 0).values["psnr"])
        #expect(abs(mean - finite.reduce(0, +) / 6) < 1e-12)
        images.removeAll { $0.psnr != .infinity }
        #expect(RunFigures(results(images), planned: 2, crashes: 0, restarts: 0).values["psnr"] == .infinity)
    }
}

@Suite struct PolicyOrderTests {
    /// A line printed unasked must not answer the next photo.
    @Test func strayLinesAnswerNothing() throws {
        let script = """
            import json, sys, time
            for line in sys.stdin:
                print(json.dumps({"alpha": 0.5, "rate": 2}), flush=True)
                print(json.dumps({"alpha": 0.0, "rate": 1}), flush=True)
            """
        let program = try PolicyProgram(command: ["python3", "-c", script], patience: 20)
        #expect(try program.decide(ExperimentsTestFixture.situation).rate == 2)
        usleep(200_000)
        #expect(try program.decide(ExperimentsTestFixture.situation).rate == 2)
        #expect(program.strayLines == 1)
    }

    /// With numbers nothing depends on when a line comes.
    @Test func anAnswerThatBearsAnotherNumberIsLeftOut() throws {
        let script = """
            import json, sys
            for line in sys.stdin:
                n = json.loads(line)["id"]
                print(json.dumps({"alpha": 0.0, "rate": 1, "id": n - 1}))
                print(json.dumps({"alpha": 0.5, "rate": 2, "id": n}), flush=True)
            """
        let program = try PolicyProgram(command: ["python3", "-c", script], patience: 20)
        for asked in 1...3 {
            #expect(try program.decide(ExperimentsTestFixture.situation).rate == 2)
            #expect(program.strayLines == asked)
        }
    }
}

enum FaultFixture {
    static let photos = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "../../Topologies/Photos"
    ).standardizedFileURL.path

    static func yaml(photos: String, _ more: String = "") -> String {
        """
        images: {folder: \(photos)}
        nodes:
          tx: {role: transmitter}
          ch: {role: channel}
          rx: {role: receiver}
        links:
          uplink: {from: tx, to: rx, through: ch, bandwidth: 1 MHz, snr: 10 dB}
        \(more)

        """
    }

    /// One photo, and every kind of file that is no good.
    static func folder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for name in ["photos", "emptyfolder"] {
            try FileManager.default.createDirectory(atPath: "\(folder.path)/\(name)", withIntermediateDirectories: true)
        }
        try Image(width: 32, height: 32, grey: 90).write(to: folder.path + "/photos/a.png")
        let files: [(String, [UInt8])] = [
            ("bad.json", Array("{".utf8)),
            ("empty.json", Array(#"{"entries": [], "alphaMax": 0.8, "minimalRate": 1, "codec": ""}"#.utf8)),
            ("bad.safetensors", [1, 2, 3]),
            ("pointer.safetensors", Array("version https://git-lfs.github.com/spec/v1\n".utf8)),
            ("latin1.txt", Array("a\n".utf8) + [0xe9, 0x0a]), ("bad.mahi", Array("1\nx\n".utf8)),
        ]
        for (name, bytes) in files {
            _ = FileManager.default.createFile(atPath: "\(folder.path)/\(name)", contents: Data(bytes))
        }
        return folder
    }
}

enum ExperimentsTestFixture {
    static let situation: Situation = {
        let cells = CellTable(
            importance: [0.9, 0.4], bits: [[100, 90], [200, 180]], information: [[1, 0.5], [2, 1]],
            referenceInformation: 3, overheadBits: 40, promptOnlyBits: 60)
        return Situation(
            profile: ImageProfile(cells: cells, maskBits: { _ in 16 }), snr: 6, capacity: 1e5, latencyBudget: 0.02,
            budgetBits: 2000)
    }()
}
