import ArgumentParser
import Foundation
import Records
import Results
import Roles
import TestSupport
import Testing

@testable import CommandLineTools
@testable import Runs
@testable import Topologies

/// The whole testbed with its shipped models under the virtual clock: small photos, so that it takes seconds.
@Suite(.serialized) struct VirtualRunTests {
    func run(_ changes: [String] = [], extra: String = "") throws -> (result: Execution.Result, folder: String) {
        let yaml = ExampleTopology.yaml + "\n" + extra
        let topology = try Topology(
            yaml: yaml, path: ExampleTopology.folder + "/test.yaml", overrides: ["images.longestSide=128"] + changes)
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

    @Test(arguments: ["60", "auto"])
    func aLayoutGoesAlongWithinTheBudget(_ size: String) throws {
        let changes = [
            "links.up.model=awgn", "links.up.snr=12 dB", "scheme.inpaint=layout", "scheme.policy=fixed",
            "scheme.alpha=0.6", "scheme.rate=6",
        ]
        let (with, folder) = try run(changes + ["scheme.layout=\(size)"])
        let (without, other) = try run(changes)
        defer { for folder in [folder, other] { try? FileManager.default.removeItem(atPath: folder) } }
        for (image, plain) in zip(with.results.images, without.results.images) {
            #expect(image.totalBits <= image.budgetBits && plain.layoutBits == 0 && plain.inpainting != "layout")
            // All cells may go: then there is nothing to lay out.
            guard (image.requestedShare ?? 1) < 1 else { continue }
            #expect(image.layoutBits > 0 && image.layoutBits <= (size == "auto" ? image.budgetBits / 20 : 480))
            #expect(image.promptBits == plain.promptBits + image.layoutBits && image.inpainting == "layout")
            #expect((image.predictedBits ?? 0) <= image.budgetBits)
        }
        #expect(with.results.images.contains { $0.layoutBits > 0 })
    }

    @Test func lossNeverYieldsASilentlyWrongPicture() throws {
        let (result, folder) = try run([
            "links.up.loss=30 %", "links.up.corruption=5 %", "links.up.duplication=10 %", "images.count=4",
        ])
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
            ["images.count=5", "images.interval=1 s", "nodes.b.restart=onFailure"],
            extra: "events:\n  - {at: 2.05 s, kill: b}\n")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(result.end.exitCode == 0)
        #expect(result.figures.values["crashes"] == 0 && result.figures.values["restarts"] == 1)
        #expect((result.figures.values["delivered"] ?? 0) >= 4)
    }

    /// The channel gives datagrams up by the budget in force, and hears of a change.
    @Test func aLargerBudgetReachesTheChannel() throws {
        let (result, folder) = try run(
            [
                "images.count=4", "images.interval=500 ms", "scheme.budget=3 ms", "scheme.policy=fixed",
                "scheme.alpha=0", "scheme.rate=12",
                "links.up.model=awgn", "links.up.snr=10 dB",
            ], extra: "events:\n  - {at: 900 ms, set: {scheme.budget: 20 ms}}\n")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let images = result.results.images.sorted { $0.image < $1.image }
        let times = images.map { $0.airTime ?? 0 }
        #expect(
            times.prefix(2).allSatisfy { $0 <= 0.003 } && times.suffix(2).allSatisfy { $0 > 0.003 && $0 <= 0.02 },
            "\(times)")
        #expect(images.suffix(2).allSatisfy { $0.status == .complete })
    }

    /// What one image cost in a recorded run is charged for the same image;
    /// the replay differs from the recording in nothing.
    @Test func aRecordedRunIsReplayedWithItsComputeTimes() throws {
        let first = try run(["timing.declared.analyse=123 ms", "timing.declared.decode=77 ms"])
        let second = try run(["timing.charge=measured", "timing.recording=\(first.folder)"])
        let third = try run()
        defer {
            for folder in [first.folder, second.folder, third.folder] {
                try? FileManager.default.removeItem(atPath: folder)
            }
        }
        let (a, b, c) = (contents(first.folder), contents(second.folder), contents(third.folder))
        #expect(a["csv/stages.csv"] == b["csv/stages.csv"] && a["csv/images.csv"] == b["csv/images.csv"])
        #expect(a["csv/stages.csv"] != c["csv/stages.csv"])
    }

    /// A run's channel as `testbed export --channel` writes it, played again without the events that shaped it:
    /// the same run.
    @Test func anExportedChannelIsPlayedAgain() throws {
        let changing =
            "events:\n  - {at: 700 ms, set: {links.up.snr: 3 dB}}\n  - {at: 1100 ms, set: {links.up.model: awgn}}\n"
        let first = try run(
            [
                "images.count=6", "images.interval=250 ms", "links.up.model=rayleigh", "links.up.coherence=40 ms",
                "links.up.snr=9 dB",
            ], extra: changing)
        let trace = NSTemporaryDirectory() + "channel-\(UUID().uuidString).csv"
        try ExportCommand.parse([first.folder, "--channel", trace]).run()
        let second = try run([
            "images.count=6", "images.interval=250 ms", "links.up.model=trace", "links.up.trace=\(trace)",
            "links.up.traceFormat=csv",
        ])
        defer {
            for path in [first.folder, second.folder, trace] { try? FileManager.default.removeItem(atPath: path) }
        }
        let (a, b) = (first.result.results.images, second.result.results.images)
        #expect(a.count == 6 && b.count == 6)
        for (x, y) in zip(a, b) {
            #expect(x.totalBits == y.totalBits && x.alpha == y.alpha && x.rate == y.rate && x.status == y.status)
            #expect(
                abs((x.capacity ?? 0) / (y.capacity ?? 1) - 1) < 1e-12
                    && abs((x.airTime ?? 0) - (y.airTime ?? 1)) < 2e-9)
        }
        #expect(Set(a.map { $0.capacity ?? 0 }).count >= 4, "the channel did change")
    }

    @Test func aMulticastImageHasAReceptionAndAScoreForEachReceiver() throws {
        let (result, folder) = try run(
            ["links.up.to=[b, c]", "nodes.c.role=receiver"], extra: "expect: {delivered: \"== 4\"}\n")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(result.exitCode == 0, "\(result.failures)")
        #expect(result.results.images.map(\.receiver).sorted { $0! < $1! } == ["b", "b", "c", "c"])
        #expect(result.results.images.allSatisfy { $0.psnr != nil && $0.status == .complete })
    }

    @Test func aKilledTransmitterComesBackAndSendsTheRest() throws {
        let (result, folder) = try run(
            ["images.count=4", "images.interval=1 s", "nodes.a.restart=onFailure"],
            extra: "events:\n  - {at: 1.05 s, kill: a}\n")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(result.end.exitCode == 0 && result.figures.values["restarts"] == 1)
        #expect((result.figures.values["delivered"] ?? 0) >= 3)
    }

    @Test func expectationsDecideTheExitCode() throws {
        let (result, folder) = try run(extra: "expect: {gvif: \">= 0.99\"}\n")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(result.exitCode == 1 && result.failures.count == 1)
    }
}
