import Channels
import Foundation
import Records
import Results
import Roles
import TestSupport
import Testing

@testable import Runs
@testable import Topologies

/// Two cameras with budgets, photos and schemes of their own, under the virtual clock.
@Suite(.serialized) struct OwnWayTests {
    func read(_ changes: [String]) throws -> Topology {
        try Topology(
            contentsOf: ExampleTopology.folder + "/two-cameras.yaml", overrides: ["images.longestSide=128"] + changes)
    }

    @Test func eachCameraKeepsItsOwnBudgetSchemeAndPhotos() throws {
        let photos = NSTemporaryDirectory() + "yard-\(UUID().uuidString)"
        let folder = NSTemporaryDirectory() + "own-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: photos, withIntermediateDirectories: true)
        defer { for path in [photos, folder] { try? FileManager.default.removeItem(atPath: path) } }
        for name in ["cat", "rocket"] {
            try FileManager.default.copyItem(
                atPath: "\(ExampleTopology.folder)/Photos/\(name).jpg", toPath: "\(photos)/\(name).jpg")
        }
        let topology = try read(
            ["nodes.yard.images.folder=\(photos)", "nodes.yard.images.first=2", "nodes.yard.images.interval=0"])
        let execution = try Execution(topology: topology, output: folder, command: ["testbed"])
        let result = try execution.runVirtually { _ in }
        #expect(result.exitCode == 0, "\(result.end.reason) \(result.failures)")
        let images = result.results.images
        let (gate, yard) = (
            images.filter { $0.transmitter == "gate" }, images.filter { $0.transmitter == "yard" }
        )
        #expect(gate.count == 4 && yard.count == 2)
        #expect(yard.map(\.name) == ["rocket.jpg", "cat.jpg"] && gate.first?.name == "astronaut.jpg")
        #expect(gate.allSatisfy { $0.scheme == "proposed" } && yard.allSatisfy { $0.scheme == "vae" })
        for (image, budget) in gate.map({ ($0, 0.02) }) + yard.map({ ($0, 0.08) }) {
            // Half the band at the capacity that was counted on.
            #expect(abs(Double(image.budgetBits) - (image.capacity ?? 0) * budget / 2) <= 1)
            #expect(image.totalBits <= image.budgetBits && (image.airTime ?? 1) <= budget)
        }
    }

    /// The rule of the band: an equal part for each, or all of it, which only those keep who are alone on the air.
    @Test(arguments: ["share", "whole"]) func aBandsBudgetsCountOnAPartOrOnTheWhole(_ rule: String) throws {
        let folder = NSTemporaryDirectory() + "own-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // The photos are large enough to fill what they are given; both cameras begin at once.
        let topology = try read([
            "bands.ether.budgets=\(rule)", "bands.ether.bandwidth=100 kHz", "links.near.model=awgn",
            "nodes.yard.budget=20 ms", "nodes.gate.images.count=1", "nodes.yard.images.count=1",
        ])
        let result = try Execution(topology: topology, output: folder, command: ["testbed"]).runVirtually { _ in }
        let images = result.results.images
        #expect(images.count == 2)
        for image in images {
            let whole = (image.capacity ?? 0) * 0.02
            #expect(abs(Double(image.budgetBits) - whole / (rule == "share" ? 2 : 1)) <= 1)
        }
        #expect(images.allSatisfy { $0.status == .complete } == (rule == "share"))
    }

    /// Budgets count on what the link's law of rates carries, and codewords fail as often as it says.
    @Test(arguments: ["{finiteBlocklength: {error: 0.2}, symbols: 300}", "{mcs: nr-table-1, symbols: 300}"])
    func aLinkBeyondShannonCarriesLessAndFailsSometimes(_ rate: String) throws {
        let folder = NSTemporaryDirectory() + "own-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let topology = try read([
            "links.near.rate=\(rate)", "links.near.model=awgn", "links.near.snr=9.5 dB", "images.count=8",
            "nodes.yard.images.count=1", "nodes.gate.images.interval=0",
        ])
        let result = try Execution(topology: topology, output: folder, command: ["testbed"]).runVirtually { _ in }
        let gate = result.results.images.filter { $0.transmitter == "gate" }
        let law = topology.links[0].channel.rate
        for image in gate {
            #expect(abs((image.capacity ?? 0) / (2e6 * law.efficiency(pow(10, 0.95))) - 1) < 1e-9)
            #expect(image.totalBits <= image.budgetBits)
        }
        #expect(gate.contains { $0.status != .complete } && (result.results.verdicts["near"]?[.lost] ?? 0) > 0)
        #expect(result.results.images.first { $0.transmitter == "yard" }?.status == .complete)
        #expect(result.results.run?.rateLaw?.contains("symbols") == true)
    }

    /// What fails is sent again within the budget, which counts on what attempts leave of C.
    @Test func codewordsThatFailAreSentAgainWithinTheBudget() throws {
        func run(_ harq: String) throws -> (Execution.Result, RateLaw) {
            let folder = NSTemporaryDirectory() + "own-\(UUID().uuidString)"
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let topology = try read([
                "links.near.rate={mcs: nr-table-1, symbols: 300, target: 0.3\(harq)}", "links.near.model=awgn",
                "links.near.snr=9.5 dB", "images.count=8", "nodes.yard.images.count=1", "nodes.gate.images.interval=0",
                "nodes.gate.budget=60 ms",
            ])
            let execution = try Execution(topology: topology, output: folder, command: ["testbed"])
            return (try execution.runVirtually { _ in }, topology.links[0].channel.rate)
        }
        let (without, _) = try run("")
        let (with, law) = try run(", harq: {attempts: 5, delay: 1 ms}")
        let snr = Decibels.linear(9.5)
        let gate = with.results.images.filter { $0.transmitter == "gate" }
        for image in gate {
            #expect(abs((image.capacity ?? 0) / (2e6 * law.efficiency(snr) / law.meanAttempts(snr)) - 1) < 1e-9)
            #expect((image.airTime ?? 0) <= 0.06 + 1e-9)
        }
        func complete(_ result: Execution.Result) -> Int {
            result.results.images.count { $0.transmitter == "gate" && $0.status == .complete }
        }
        #expect(complete(with) > complete(without))
        let (lost, lostWithout) = (
            with.results.verdicts["near"]?[.lost] ?? 0, without.results.verdicts["near"]?[.lost] ?? 0
        )
        #expect(lost < lostWithout / 4)
        let attempts = try #require(with.results.attempts["near"])
        // A datagram ends with the last of its codewords.
        #expect(attempts > law.meanAttempts(snr) && attempts < 3)
        #expect(without.results.attempts.isEmpty && with.results.attempts["far"] == nil)
        #expect(
            with.results.run?.rateLaw?.contains("HARQ with Chase combining, up to 5 attempts, the next 1 ms after")
                == true)
    }

    @Test func copiesBeginWithPhotosOfTheirOwn() throws {
        func first(_ changes: [String]) throws -> [String: String] {
            try PhotoPlan(read(changes + ["nodes.gate.copies=3"])).photos.mapValues {
                URL(fileURLWithPath: $0[0]).lastPathComponent
            }
        }
        let plain = try first(["nodes.yard.images.first=1"])
        #expect(plain["gate1"] == "astronaut.jpg" && plain["gate2"] == "cat.jpg" && plain["gate3"] == "coffee.jpg")
        #expect(plain["yard"] == "astronaut.jpg")
        let shifted = try first(["images.first=2", "nodes.gate.images.first=9"])
        #expect(shifted["gate1"] == "rocket.jpg" && shifted["gate2"] == "temple.jpg")
        // Past the folder's end it goes on from its beginning.
        #expect(shifted["gate3"] == "astronaut.jpg")
    }
}
