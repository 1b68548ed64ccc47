import Declarations
import Foundation
import Records
import Roles
import TestSupport
import Testing

@testable import Results
@testable import Runs
@testable import Topologies

/// Captioner, policy and codec work in the topology's folder:
/// relative paths of the programs and of their arguments alike.
@Suite(.serialized) struct WorkingFolderTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        let tools = folder.path + "/tools"
        try FileManager.default.createDirectory(atPath: tools, withIntermediateDirectories: true)
        try StandInCodec.write(to: tools + "/codec")
        for (name, text) in [
            ("caption", "#!/bin/sh\ncat \"$1\"\n"),
            ("policy", "#!/bin/sh\nwhile read -r question; do cat \"$1\"; done\n"),
            ("words.txt", "two of us\n"), ("answer.json", "{\"alpha\": 0.25, \"rate\": 3}\n"),
        ] {
            try text.write(toFile: "\(tools)/\(name)", atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(tools)/\(name)")
        }
    }

    /// - Parameter place: from the working folder to the tools.
    func topology(_ place: String, _ changes: [String] = []) throws -> Topology {
        let yaml = """
            images: {folder: '\(ExampleTopology.folder)/Photos', count: 1, longestSide: 64, together: yes}
            nodes:
              ours: {role: transmitter}
              other:
                role: transmitter
                scheme: {kind: command, encode: \(place)/codec encode, decode: \(place)/codec decode}
              air: {role: channel}
              desk: {role: receiver}
            links:
              a: &link {from: ours, through: air, to: desk, bandwidth: 1 MHz, snr: 12 dB}
              b: {<<: *link, from: other, fadesLike: a}
            scheme:
              budget: 10 ms
              captioner: sh \(place)/caption \(place)/words.txt
              policy: external
              policyCommand: [\(place)/policy, \(place)/answer.json]
            """
        return try Topology(yaml: yaml, path: folder.path + "/t.yaml", overrides: changes)
    }

    @Test(arguments: [("./tools", []), (".", ["workingFolder=tools"])])
    func pathsAreTakenFromTheTopologysFolder(_ place: String, _ changes: [String]) throws {
        let result = try Execution(
            topology: topology(place, changes), output: folder.path + "/run", command: ["testbed"]
        ).runVirtually { _ in }
        #expect(result.exitCode == 0, "\(result.end.reason)")
        let images = result.results.images
        #expect(images.count == 2 && images.allSatisfy { $0.status == .complete })
        let ours = try #require(images.first { $0.transmitter == "ours" })
        #expect(ours.prompt == "two of us" && ours.wording == "captioner")
        #expect(ours.policy == "external" && ours.rate == 3)
        // What a run leaves says it, too: its topology runs again from any place.
        let again = try Topology(contentsOf: folder.path + "/run/topology.yaml")
        #expect(try again.workingFolder == topology(place, changes).workingFolder)
        _ = try Preflight(again)
    }

    @Test func aWorkingFolderThatIsNoneIsNamed() throws {
        let topology = try topology("./tools", ["workingFolder=nowhere"])
        #expect { try Preflight(topology) } throws: {
            "\($0)" == "workingFolder: '\(folder.path)/nowhere' is no folder"
        }
        let lost = try self.topology("./tool")
        #expect { try Preflight(lost) } throws: {
            "\($0)" == "scheme.policyCommand: '\(folder.path)/tool/policy' is no program that can be run"
        }
    }

    @Test func onAnotherHostItIsTheNodesOwn() throws {
        let topology = try topology("./tools", ["nodes.other.start=external"])
        let (near, far) = (try #require(topology.node("ours")), try #require(topology.node("other")))
        #expect(topology.programFolder(of: near) == folder.path && topology.programFolder(of: far) == nil)
        let (text, paths) = topology.text(forHostOf: far) { "files\($0)" }
        #expect(!text.contains("workingFolder") && !paths.contains(folder.path))
        #expect(text.contains("./tools/codec"))
        // Its programs are looked for there and not here.
        _ = try Preflight(
            try self.topology("./tools", ["nodes.other.start=external", "nodes.other.scheme.encode=./there"]))
    }
}
