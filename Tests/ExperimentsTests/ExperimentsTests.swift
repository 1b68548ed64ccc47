import Adaptation
import Foundation
import Report
import TestSupport
import Testing

@testable import Experiments
@testable import Launching
@testable import Nodes
@testable import Topologies

@Suite struct ExperimentsTests {
    @Test func ledgerPicksUpWhereItStopped() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/ledger.tsv"
        var calls = 0
        func run(_ ledger: ResultCache) throws -> [Double] {
            try (0..<5).map { index in
                try ledger.value("key/\(index)") {
                    calls += 1
                    return Double(index) / 3
                }
            }
        }
        let first = try run(ResultCache(path: path))
        #expect(calls == 5)
        // Killed in the middle of a line: that one alone is computed again, to the same value.
        let whole = try String(contentsOfFile: path, encoding: .utf8)
        try String(whole.dropLast(6)).write(toFile: path, atomically: true, encoding: .utf8)
        let ledger = try ResultCache(path: path)
        #expect(try run(ledger) == first && calls == 6 && ledger.found == 4)
        #expect(try run(ResultCache(path: path)) == first && calls == 6)
    }

    @Test func curvesAreReadAsDrawn() {
        #expect(Curve.value(at: 2, [(3, 30), (1, 10)]) == 20)
        #expect(Curve.value(at: 4, [(3, 30), (1, 10)]) == nil)
        #expect(
            Curve.rises([(2, 1), (1, 0)]) && !Curve.rises([(1, 1), (2, 0)])
                && Curve.rises([(1, 1), (2, 0.99)], slack: 0.02))
        let point = Curve.point(1, [1, 2, 3, 4, 5])
        #expect(point?.y == 3 && point!.low! < 2 && point!.high! > 4)
        #expect(Curve.point(1, [1, 2, 3, 4])?.low == nil)
    }

    /// What `reproduce` sends over the link is a topology like any other.
    @Test func figuresAreTopologies() throws {
        let folder = try TemporaryFolder()
        let runs = LinkRuns(
            program: "testbed", isVirtual: true, photos: ExampleTopology.folder + "/Photos",
            folder: folder.path + "/it's here", longestSide: 256, codec: nil,
            classifier: nil, progress: { _ in })
        let document = try runs.document(
            "fig9a", senders: [.proposed, .vae, .textOnly],
            scheme: [("policy", "optimal"), ("budget", "20 ms"), ("infeasible", "prompt-only")], snr: "0 dB",
            axes: [("links.*.snr", ["-2 dB", "4 dB"]), ("scheme.alphaMax", ["0.7", "0.8"])])
        let topology = try Topology(yaml: document, path: ExampleTopology.folder + "/test.yaml")
        #expect(topology.links.count == 3 && topology.scheme.budget == 0.02 && topology.images.longestSide == 256)
        #expect(topology.scheme.labels == ["top"])
        #expect(try SweepPlan(topology, file: "test.yaml").points.count == 4)
        #expect(Set(topology.nodes.compactMap(\.scheme?.kind)) == [.proposed, .vae, .textOnly])

        // Runs of another set-up in the same place are not mixed with these.
        try FileManager.default.createDirectory(atPath: runs.folder + "/fig9a", withIntermediateDirectories: true)
        try document.replacingOccurrences(of: "20 ms", with: "30 ms").write(
            toFile: runs.folder + "/fig9a/topology.yaml", atomically: true, encoding: .utf8)
        #expect { try runs.lines("fig9a", document) } throws: { "\($0)".contains("another set-up") }
    }

    @Test func budgetsFollowShannon() {
        #expect(ExperimentContext.budgetBits(snr: 0, latency: 0.02) == 20000)
        #expect(ExperimentContext.budgetBits(snr: 10 * log10(3.0), latency: 0.01, bandwidth: 2e6) == 40000)
    }

    static func situation() -> Situation {
        let cells = CellTable(
            importance: [0.9, 0.6, 0.3, 0], bits: [[100, 100, 100, 100], [300, 300, 300, 300]],
            information: [[1, 1, 1, 1], [2, 2, 2, 2]],
            referenceInformation: 8, overheadBits: 50, promptOnlyBits: 20)
        return Situation(
            profile: ImageProfile(cells: cells, maskBits: { _ in 10 }), snr: 3, capacity: 1e6, latencyBudget: 0.01,
            budgetBits: 700)
    }

    @Test func anExternalProgramDecides() throws {
        let example = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "../../Scripts/tools/example-policy"
        ).standardizedFileURL.path
        guard FileManager.default.isExecutableFile(atPath: example),
            FileManager.default.isExecutableFile(atPath: "/usr/bin/python3")
        else { return }
        let program = try PolicyProgram(command: [example], patience: 20)
        var situation = Self.situation()
        for budget in [20, 70, 170, 400, 700, 1300, 5000] {
            situation.budgetBits = budget
            let ours = exactOptimum(
                profile: situation.profile, budgetBits: budget, constraints: .init(fallback: .promptOnly))
            let theirs = try program.decide(situation)
            #expect(
                theirs.predictedGVIF == ours.predictedGVIF && (theirs.predictedBits <= budget || theirs.isPromptOnly))
        }
    }

    @Test func programsThatMisbehaveAreNamed() throws {
        func failure(_ command: [String]) throws -> PolicyProgram.Failure? {
            let program = try PolicyProgram(command: command, patience: 0.3)
            do {
                _ = try program.decide(Self.situation())
                return nil
            } catch let failure as PolicyProgram.Failure { return failure }
        }
        #expect(try failure(["sh", "-c", "read q; echo '{\"alpha\": 0.5, \"rate\": 2}'; sleep 1"]) == nil)
        #expect(
            try failure(["sh", "-c", "read q; echo hello; sleep 1"])
                == .senseless("sh -c read q; echo hello; sleep 1", line: "hello"))
        #expect("\(try failure(["sh", "-c", "read q; echo '{\"alpha\": 0.5, \"rate\": 9}'"])!)".contains("expected"))
        #expect(try failure(["sleep", "5"]) == .noAnswer("sleep 5", seconds: 0.3, lastWords: ""))
        #expect(try failure(["true"]) == .ended("true", lastWords: ""))
        #expect(
            try failure(["sh", "-c", "read q; echo first >&2; echo no such table >&2; exit 3"])
                == .ended("sh -c read q; echo first >&2; echo no such table >&2; exit 3", lastWords: "no such table"))
    }
}

@Suite struct SweepTests {
    static func topology(_ sweep: String, in folder: TemporaryFolder) throws -> (Topology, String) {
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "../../Topologies/quickstart.yaml"
        ).standardizedFileURL
        var text = try String(contentsOf: source, encoding: .utf8)
        if let old = text.range(of: "\nsweep:") { text = String(text[..<old.lowerBound]) + "\n" }
        let photos = source.deletingLastPathComponent().path
        let path = folder.path + "/sweep.yaml"
        try (text.replacingOccurrences(of: "Photos", with: photos + "/Photos") + sweep).write(
            toFile: path, atomically: true, encoding: .utf8)
        return (try Topology(contentsOf: path, overrides: [], seed: 5), path)
    }

    static let axes =
        """
        \n\
        sweep:
          links.uplink.snr: [0 dB, 6 dB, 12 dB]
          scheme.budget: {from: 10 ms, to: 30 ms, step: 20 ms}
          repetitions: 2\n
        """

    @Test func pointsAreTheProductOfAxesAndRepetitions() throws {
        let folder = try TemporaryFolder()
        let (topology, path) = try Self.topology(Self.axes, in: folder)
        let plan = try SweepPlan(topology, file: path)
        #expect(plan.points.count == 12 && Set(plan.points.map(\.name)).count == 12)
        #expect(
            plan.points[0].settings.map(\.value) == ["0 dB", "10 ms"] && plan.points[1].seed == 6
                && plan.points[2].settings[1].value == "30 ms")
        #expect(Set(plan.points.map(\.seed)) == [5, 6])
    }

    /// A stand-in for `testbed run`: writes the records of a run whose seed it was given.
    static func stub(_ folder: TemporaryFolder, records: String) throws -> [String] {
        let path = folder.path + "/stub"
        let text =
            """
            #!/bin/sh
            for last; do :; done
            mkdir -p "$last"
            cp -r \(records)/records "$last/records"
            touch "$last/run.sqlite"
            echo "$@" >> \(folder.path)/calls\n
            """
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        return [path]
    }

    @Test func aKilledSweepGoesOnAndEndsWithTheSameDatabase() throws {
        let folder = try TemporaryFolder()
        let (topology, path) = try Self.topology(Self.axes, in: folder)
        let plan = try SweepPlan(topology, file: path)
        try SyntheticRun(images: 2).write(to: folder.path + "/run")
        let command = try Self.stub(folder, records: folder.path + "/run")
        func sweep(_ name: String) throws -> (SweepExecution.Outcome, String) {
            let output = folder.path + "/" + name
            let outcome = try SweepExecution(plan: plan, folder: output, command: command, arguments: [path], jobs: 4)
                .run { _, _, _ in }
            let summary = try SweepSummary(plan: plan, folder: output)
            #expect(try summary.write(to: output) == output + "/sweep.html")
            return (outcome, summary.csv)
        }
        let (whole, matrix) = try sweep("a")
        #expect(whole.done == 12 && whole.failed.isEmpty)
        // As kill -9 leaves it: some points whole, one half done by a process that is gone, some not begun.
        _ = try sweep("b")
        for point in plan.points.suffix(5) {
            try FileManager.default.removeItem(atPath: "\(folder.path)/b/points/\(point.name)")
        }
        try FileManager.default.createDirectory(
            atPath:
                "\(folder.path)/b/points/\(plan.points[11].name).partial-\(ProcessInfo.processInfo.hostName)-999999999",
            withIntermediateDirectories: true)
        let (resumed, again) = try sweep("b")
        #expect(resumed.found == 7 && resumed.done == 5 && again == matrix)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path + "/b/points").sorted()
                == plan.points.map(\.name).sorted())
        let page = try String(contentsOfFile: folder.path + "/b/sweep.html", encoding: .utf8)
        #expect(page.contains("GVIF against links.uplink.snr") && !page.contains("{{"))
        // Another plan is not mixed in.
        let (other, otherPath) = try Self.topology("\nsweep:\n  links.uplink.snr: [1 dB]\n", in: folder)
        let foreign = SweepExecution(
            plan: try SweepPlan(other, file: otherPath), folder: folder.path + "/b", command: command,
            arguments: [otherPath], jobs: 1)
        #expect(throws: ExperimentError.self) { try foreign.run { _, _, _ in } }
    }

    @Test func topologiesWithoutASweepAreRefused() throws {
        let folder = try TemporaryFolder()
        let (topology, path) = try Self.topology("", in: folder)
        #expect(throws: ExperimentError.self) { try SweepPlan(topology, file: path) }
    }
}
