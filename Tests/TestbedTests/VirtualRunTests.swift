import Foundation
import Testing

@testable import Testbed

/// The whole testbed with its shipped models under the virtual clock: small photos, so that it takes seconds.
@Suite(.serialized) struct VirtualRunTests {
    func run(_ changes: [String] = [], extra: String = "") throws -> (result: Execution.Result, folder: String) {
        let yaml = TopologyTests.good + "\n" + extra
        let topology = try Topology(yaml: yaml, path: TopologyTests.folder + "/test.yaml", overrides: ["images.longestSide=128"] + changes)
        let folder = NSTemporaryDirectory() + "virtual-\(UUID().uuidString)"
        let execution = try Execution(topology: topology, output: folder, command: ["testbed"])
        return (try execution.runVirtually { _ in }, folder)
    }

    func contents(_ folder: String) -> [String: Data] {
        var files: [String: Data] = [:]
        for part in ["csv", "images", "records"] {
            for file in (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(part)")) ?? [] {
                files["\(part)/\(file)"] = FileManager.default.contents(atPath: "\(folder)/\(part)/\(file)")
            }
        }
        return files
    }

    @Test func twoRunsAreTheSameByteForByte() throws {
        let (first, second) = (try run(), try run())
        defer { for folder in [first.folder, second.folder] { try? FileManager.default.removeItem(atPath: folder) } }
        let (a, b) = (contents(first.folder), contents(second.folder))
        #expect(a.keys.sorted() == b.keys.sorted() && a.count > 15)
        for name in a.keys { #expect(a[name] == b[name], "\(name) differs") }
        #expect(first.result.exitCode == 0)
    }

    @Test(arguments: [-2, 6, 20])
    func bitsNeverPassTheBudgetAndLatencyIsBitsOverCapacity(_ snr: Int) throws {
        let (result, folder) = try run(["links.up.model=awgn", "links.up.snr=\(snr) dB"])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(result.results.images.count == 2)
        for image in result.results.images {
            #expect(image.totalBits <= image.budgetBits)
            let expected = Double(image.totalBits) / (image.capacity ?? 1)
            #expect(abs((image.airTime ?? 0) - expected) < 1e-6, "\(image.airTime ?? 0) against \(expected)")
            #expect((image.airTime ?? 1) <= 0.02)
            #expect(image.status == .complete)
        }
    }

    @Test func lossNeverYieldsASilentlyWrongPicture() throws {
        let (result, folder) = try run(["links.up.loss=30 %", "links.up.corruption=5 %", "links.up.duplication=10 %", "images.count=4"])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(result.results.images.count == 4)
        for image in result.results.images {
            #expect(image.status != nil)
            if image.status == .complete { #expect(image.slicesReceived == image.slicesExpected) }
            #expect((image.gvif ?? 0) <= (image.predictedGVIF ?? 1) + 1e-3)
        }
    }

    @Test func aKilledReceiverComesBack() throws {
        let (result, folder) = try run(
            ["images.count=5", "images.interval=1 s", "nodes.b.restart=onFailure"], extra: "events:\n  - {at: 2.05 s, kill: b}\n")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(result.end.exitCode == 0)
        #expect(result.figures.values["crashes"] == 1 && result.figures.values["restarts"] == 1)
        #expect((result.figures.values["delivered"] ?? 0) >= 4)
    }

    @Test func expectationsDecideTheExitCode() throws {
        let (result, folder) = try run(extra: "expect: {gvif: \">= 0.99\"}\n")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(result.exitCode == 1 && result.failures.count == 1)
    }
}
