import Adaptation
import Foundation
import Testing

@testable import Testbed

@Suite struct ExperimentsTests {
    @Test func ledgerPicksUpWhereItStopped() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/ledger.tsv"
        var calls = 0
        func run(_ ledger: Ledger) throws -> [Double] {
            try (0..<5).map { index in try ledger.value("key/\(index)") { calls += 1; return Double(index) / 3 } }
        }
        let first = try run(Ledger(path: path))
        #expect(calls == 5)
        // Killed in the middle of a line: that one alone is computed again, to the same value.
        let whole = try String(contentsOfFile: path, encoding: .utf8)
        try String(whole.dropLast(6)).write(toFile: path, atomically: true, encoding: .utf8)
        let ledger = try Ledger(path: path)
        #expect(try run(ledger) == first && calls == 6 && ledger.found == 4)
        #expect(try run(Ledger(path: path)) == first && calls == 6)
    }

    @Test func curvesAreReadAsDrawn() {
        #expect(Curve.value(at: 2, [(3, 30), (1, 10)]) == 20)
        #expect(Curve.value(at: 4, [(3, 30), (1, 10)]) == nil)
        #expect(Curve.rises([(2, 1), (1, 0)]) && !Curve.rises([(1, 1), (2, 0)]) && Curve.rises([(1, 1), (2, 0.99)], slack: 0.02))
        let point = Curve.point(1, [1, 2, 3])
        #expect(point?.y == 2 && point!.low! < 1 && point!.high! > 3)
    }

    @Test func budgetsFollowShannon() {
        #expect(Laboratory.budgetBits(snr: 0, latency: 0.02) == 20000)
        #expect(Laboratory.budgetBits(snr: 10 * log10(3.0), latency: 0.01, bandwidth: 2e6) == 40000)
    }

    static func situation() -> Situation {
        let cells = CellTable(
            importance: [0.9, 0.6, 0.3, 0], bits: [[100, 100, 100, 100], [300, 300, 300, 300]], information: [[1, 1, 1, 1], [2, 2, 2, 2]],
            referenceInformation: 8, overheadBits: 50, promptOnlyBits: 20)
        return Situation(
            profile: ImageProfile(cells: cells, maskBits: { _ in 10 }), snr: 3, capacity: 1e6, latencyBudget: 0.01, budgetBits: 700)
    }

    @Test func anExternalProgramDecides() throws {
        let example = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../Scripts/example-policy").standardizedFileURL.path
        guard FileManager.default.isExecutableFile(atPath: example), FileManager.default.isExecutableFile(atPath: "/usr/bin/python3") else { return }
        let program = try PolicyProgram(command: [example], patience: 20)
        var situation = Self.situation()
        for budget in [20, 70, 170, 400, 700, 1300, 5000] {
            situation.budgetBits = budget
            let ours = exactOptimum(profile: situation.profile, budgetBits: budget, constraints: .init(fallback: .promptOnly))
            let theirs = try program.decide(situation)
            #expect(theirs.predictedGVIF == ours.predictedGVIF && (theirs.predictedBits <= budget || theirs.isPromptOnly))
        }
    }

    @Test func programsThatMisbehaveAreNamed() throws {
        func failure(_ command: [String]) throws -> PolicyProgram.Failure? {
            let program = try PolicyProgram(command: command, patience: 0.3)
            do { _ = try program.decide(Self.situation()); return nil } catch let failure as PolicyProgram.Failure { return failure }
        }
        #expect(try failure(["sh", "-c", "read q; echo '{\"alpha\": 0.5, \"rate\": 2}'; sleep 1"]) == nil)
        #expect(try failure(["sh", "-c", "read q; echo hello; sleep 1"]) == .senseless("sh -c read q; echo hello; sleep 1", line: "hello"))
        #expect("\(try failure(["sh", "-c", "read q; echo '{\"alpha\": 0.5, \"rate\": 9}'"])!)".contains("expected"))
        #expect(try failure(["sleep", "5"]) == .noAnswer("sleep 5", seconds: 0.3))
        #expect(try failure(["true"]) == .ended("true"))
    }
}
