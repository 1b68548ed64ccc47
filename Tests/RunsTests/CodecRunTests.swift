import Foundation
import Records
import Roles
import TestSupport
import Testing

@testable import Results
@testable import Runs
@testable import Topologies

/// External codecs in whole runs under the virtual clock, beside ours.
@Suite(.serialized) struct CodecRunTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try StandInCodec.write(to: folder.path + "/codec")
    }

    func yaml(_ codec: String) -> String {
        """
        images: {folder: '\(ExampleTopology.folder)/Photos', count: 2, longestSide: 64, together: yes}
        nodes:
          ours: {role: transmitter}
          other: {role: transmitter, scheme: {kind: command, codec: grey, \(codec)}}
          air: {role: channel}
          desk: {role: receiver}
        links:
          a: &link {from: ours, through: air, to: desk, bandwidth: 1 MHz, snr: 8 dB}
          b: {<<: *link, from: other, fadesLike: a}
        scheme: {budget: 10 ms}
        """
    }

    func topology(_ codec: String, _ changes: [String] = []) throws -> Topology {
        try Topology(yaml: yaml(codec), path: folder.path + "/t.yaml", overrides: changes)
    }

    func run(_ codec: String, into name: String = "run") throws -> Execution.Result {
        try Execution(topology: topology(codec), output: "\(folder.path)/\(name)", command: ["testbed"])
            .runVirtually { _ in }
    }

    static let commands = "encode: ./codec encode, decode: [./codec, decode]"

    @Test(arguments: [commands, "encode: ./codec, decode: ./codec, persistent: yes"])
    func itFillsTheBudgetAndIsMeasuredLikeTheOthers(_ codec: String) throws {
        let result = try run(codec)
        #expect(result.exitCode == 0 && result.results.images.count == 4)
        let (ours, others) = (
            result.results.images.filter { $0.transmitter == "ours" },
            result.results.images.filter { $0.transmitter == "other" }
        )
        for (mine, image) in zip(ours, others) {
            #expect(image.scheme == "grey" && image.gvif == nil && image.threshold == nil && image.status == .complete)
            #expect(image.budgetBits == mine.budgetBits && image.keepsBudget && image.budgetBits - image.totalBits < 8)
            #expect(image.headerBits == 96 && image.psnr != nil && image.streamFile?.hasSuffix(".bin") == true)
            let file = try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/run/\(image.streamFile!)"))
            #expect(file.count * 8 == image.featureBits)
        }
        #expect(result.figures.values["gvif"]! > 0.1)
    }

    @Test func runsOfOneSeedAreTheSame() throws {
        _ = try (run(Self.commands, into: "one"), run(Self.commands, into: "two"))
        for name in ["ours", "other", "desk", "controller"] {
            let records = ["one", "two"].map {
                FileManager.default.contents(atPath: "\(folder.path)/\($0)/records/\(name).jsonl")
            }
            #expect(records[0] != nil && records[0] == records[1], "\(name)")
        }
    }

    @Test func anEncoderThatFailsLosesItsImagesAndNoOthers() throws {
        try StandInCodec.write("#!/bin/sh\necho 'install x' >&2\nexit 4\n", to: folder.path + "/bad")
        let result = try run("encode: ./bad, decode: ./codec decode")
        #expect(result.end.exitCode == 0)
        #expect(result.results.images.map(\.transmitter) == ["ours", "ours"])
        let events = result.results.events.filter { $0.what == EventRecord.notSent }
        #expect(events.count == 2 && events.allSatisfy { $0.node == "other" })
        for event in events {
            #expect(event.detail.contains("codec './bad': ") && event.detail.contains("Photos/"))
            #expect(event.detail.hasSuffix(": ended with 4: install x"), Comment(rawValue: event.detail))
        }
        #expect(result.figures.values["failed"] == 2)
    }

    @Test func aDecoderThatFailsLeavesTheReason() throws {
        try StandInCodec.write("#!/bin/sh\nexit 5\n", to: folder.path + "/bad")
        let result = try run("encode: ./codec encode, decode: ./bad")
        let images = result.results.images.filter { $0.transmitter == "other" }
        #expect(result.end.exitCode == 0 && images.count == 2 && images.allSatisfy { $0.status == .undecodable })
        #expect(
            result.results.events.contains {
                $0.detail.contains("codec './bad': image 0 of other: ended with 5")
            })
    }

    @Test func programsAreFoundFromTheTopologysFolderAndLookedForBeforeTheRun() throws {
        let codec = try #require(try topology(Self.commands).node("other")?.scheme?.codec)
        #expect(codec.encode == ["./codec", "encode"] && codec.name == "grey" && !codec.isPersistent)
        // As resolved it is read again, by nodes that were started in any folder.
        let again = try Topology(yaml: topology(Self.commands).resolvedYAML, path: "/elsewhere/t.yaml")
        #expect(again.node("other")?.scheme?.codec == codec && again.workingFolder == folder.path)
        func failure(_ codec: String) -> String {
            do {
                _ = try Preflight(topology(codec))
                return ""
            } catch { return "\(error)" }
        }
        #expect(failure(Self.commands) == "")
        #expect(
            failure("encode: ./none, decode: ./codec")
                == "nodes.other.scheme.encode: '\(folder.path)/none' is no program that can be run")
        #expect(
            failure("encode: ./codec, decode: nosuchdecoder -x")
                == "nodes.other.scheme.decode: 'nosuchdecoder' is no program that can be run")
        // What a node on another host will find there is not known here.
        let away = yaml("encode: ./none, decode: ./codec").replacingOccurrences(
            of: "other: {role", with: "other: {command: ssh edge tx-node, role")
        if FileManager.default.isExecutableFile(atPath: "/usr/bin/ssh") {
            _ = try Preflight(Topology(yaml: away, path: folder.path + "/t.yaml"))
        }
    }

    @Test func aSchemeThatSaysTooLittleOrTooMuchIsRefused() throws {
        func problem(_ text: String, _ changes: [String] = []) -> String {
            do {
                _ = try Topology(
                    yaml: ExampleTopology.yaml + "\n" + text, path: ExampleTopology.folder + "/t.yaml",
                    overrides: changes)
                return ""
            } catch { return "\(error)" }
        }
        #expect(problem("  kind: command\n  encode: a").contains("scheme.decode: is missing"))
        #expect(problem("  encode: a\n  decode: b").contains("scheme.encode: belongs to schemes of kind command"))
        #expect(problem("  kind: command\n  encode: a\n  decode: b\n  codec: vae").contains("scheme.codec: is 'vae'"))
        #expect(problem("  kind: command\n  encode: a\n  decode: b\n  codec: '<b>'").contains("scheme.codec: is '<b>'"))
        #expect(
            problem("  kind: command\n  encode: a\n  decode: b", ["images.preencoded=yes"])
                .contains("keeps no pictures, which 'a' needs for its external codec"))
        // A node of another kind takes nothing of a codec that all others use.
        let mixed = ExampleTopology.yaml.replacingOccurrences(
            of: "a: {role: transmitter}", with: "a: {role: transmitter, scheme: jpeg2000}")
        let topology = try Topology(
            yaml: mixed + "\n  kind: command\n  encode: true\n  decode: true", path: ExampleTopology.folder + "/t.yaml")
        #expect(topology.scheme(of: "a").codec == nil && topology.scheme.codec?.encode == ["true"])
    }
}
