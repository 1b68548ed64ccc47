import Foundation
import TestSupport
import Testing
import Topologies
import Wire

@testable import Launching

@Suite struct LaunchCommandTests {
    func node(_ keys: String) throws -> NodeSettings {
        let text = """
            images: {folder: \(ExampleTopology.folder)/Photos}
            controller: {address: 10.0.0.1}
            nodes:
              camera: {role: transmitter, \(keys)}
              air: {role: channel, address: 10.0.0.1}
              desk: {role: receiver, address: 10.0.0.1}
            links: {up: {from: camera, through: air, to: desk, bandwidth: 1 MHz, snr: 6 dB}}
            """
        return try #require(try Topology(yaml: text, path: "t.yaml").node("camera"))
    }

    func command(_ keys: String) throws -> String {
        LaunchCommand.quoted(LaunchCommand(node: try node(keys), controller: "10.0.0.1:41000").command)
    }

    @Test func eachLauncherStartsTheSameCommand() throws {
        let words = "tx-node --controller 10.0.0.1:41000 --secret-file - --name camera"
        let usual = "-o BatchMode=yes -o ConnectTimeout=2 -o ServerAliveInterval=5"
        #expect(try command("host: anna@lab3") == "ssh \(usual) anna@lab3 'exec \(words)'")
        #expect(
            try command("launch: {ssh: -p 2222 lab3, programs: /opt/gen sem}")
                == #"""
                ssh -p 2222 \#(usual) lab3 'exec '\''/opt/gen sem/tx-node'\'' --controller 10.0.0.1:41000 \#
                --secret-file - --name camera'
                """#
        )
        #expect(try command("launch: {docker: gensemcom}") == "docker run --rm -i --network host gensemcom \(words)")
        #expect(try command("launch: {srun: -w node7}").hasPrefix("srun -w node7 /"))
        #expect(try command("launch: {command: [nice, -n, '5']}").hasPrefix("nice -n 5 /"))
        #expect(try command("launch: {command: nice}, ports: 500-510").hasSuffix("--name camera --port 500"))
    }

    @Test func aLineCanBePasted() throws {
        let line = LaunchCommand(node: try node("start: external"), controller: "10.0.0.1:41000").line(
            secretFile: "/home/a b/it's")
        #expect(line.hasSuffix(#"tx-node --controller 10.0.0.1:41000 --secret-file '/home/a b/it'\''s' --name camera"#))
    }

    @Test func whyItDidNotStartIsSaidWithWhatToDo() throws {
        let command = LaunchCommand(node: try node("host: anna@lab3"), controller: "10.0.0.1:41000")
        #expect(command.advice("Connection timed out", exitCode: 255).contains("'ssh anna@lab3' must work"))
        #expect(command.advice("command not found", exitCode: 127).contains("programs: /path"))
        for words in ["Unknown option '--secret-file'", "Missing expected argument '--topology <topology>'"] {
            #expect(command.advice("rx-node: \(words) (see --help)", exitCode: 2).contains("older build"))
        }
    }

    /// What a receiver, a channel and a transmitter need of the controller's host.
    @Test func aNodeGetsWhatItsRoleOpens() throws {
        let folder = try TemporaryFolder()
        for name in ["a.png", "a.txt", "b.png", "c.png"] {
            try name.write(toFile: "\(folder.path)/\(name)", atomically: true, encoding: .utf8)
        }
        try "1\n2\n".write(toFile: "\(folder.path)/air.trace", atomically: true, encoding: .utf8)
        let text = """
            images: {folder: \(folder.path)}
            nodes:
              camera: {role: transmitter, start: external}
              air: {role: channel, start: external}
              desk: {role: receiver, start: external}
            links:
              up: {from: camera, through: air, to: desk, bandwidth: 1 MHz, model: trace, \
            trace: \(folder.path)/air.trace}
            """
        let topology = try Topology(yaml: text, path: "\(folder.path)/t.yaml")
        var known: [String: (size: UInt64, digest: [UInt8])] = [:]
        func files(_ name: String) throws -> [String] {
            let node = try #require(topology.node(name))
            let photos = name == "camera" ? ["a.png", "b.png"].map { "\(folder.path)/\($0)" } : []
            let service = try NodeParcel.service(node, in: topology, photos: photos, known: &known)
            return service.manifest.entries.filter { $0.kind == .file }.map(\.path)
                .filter { $0.contains(folder.path) || $0 == "topology.yaml" }
                .map { $0.replacing("files\(folder.path)/", with: "") }
        }
        #expect(try files("camera") == ["topology.yaml", "a.png", "a.txt", "b.png"])
        #expect(try files("air") == ["topology.yaml", "air.trace"])
        #expect(try files("desk") == ["topology.yaml"])
    }

    /// Tables of schemes are read with the topology, by every node.
    @Test func everyNodeGetsTheTablesOfSchemes() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/table.csv"
        try "order,code_rate\n2,0.5\n".write(toFile: path, atomically: true, encoding: .utf8)
        let text = """
            images: {folder: \(folder.path)}
            nodes:
              camera: {role: transmitter, start: external}
              air: {role: channel, start: external}
              desk: {role: receiver, start: external}
            links: {up: {from: camera, through: air, to: desk, bandwidth: 1 MHz, snr: 9 dB, rate: {mcs: table.csv}}}
            """
        let topology = try Topology(yaml: text, path: "\(folder.path)/t.yaml")
        var known: [String: (size: UInt64, digest: [UInt8])] = [:]
        for name in ["camera", "air", "desk"] {
            let node = try #require(topology.node(name))
            let entries = try NodeParcel.service(node, in: topology, photos: [], known: &known).manifest.entries
            #expect(entries.contains { $0.kind == .file && $0.path == "files\(path)" })
        }
    }
}
