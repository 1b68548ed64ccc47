import TestSupport
import Testing

@testable import Topologies

/// Addresses, ports, and who starts a node.
@Suite struct ReachTests {
    func topology(_ camera: String = "", _ air: String = "", _ controller: String = "") throws -> Topology {
        let text = """
            images: {folder: Photos}
            controller: {\(controller)}
            nodes:
              camera: {role: transmitter, \(camera)}
              air: {role: channel, \(air)}
              desk: {role: receiver, address: 10.0.0.3}
            links: {up: {from: camera, through: air, to: desk, bandwidth: 1 MHz, snr: 6 dB}}
            """
        return try Topology(yaml: text, path: ExampleTopology.folder + "/t.yaml")
    }

    func complaint(_ camera: String = "", _ air: String = "", _ controller: String = "") -> String {
        do {
            _ = try topology(camera, air, controller)
            return ""
        } catch { return "\(error)" }
    }

    @Test func aNodeElsewhereNeedsAControllerItReaches() {
        #expect(complaint("host: anna@lab3").contains("controller.address: is 127.0.0.1, which 'camera' on anna@lab3"))
        #expect(complaint("host: anna@lab3", "address: 10.0.0.1", "address: 10.0.0.1") == "")
        #expect(complaint("host: localhost") == "")
        #expect(complaint("start: external") == "")
    }

    @Test func itsPartnersMustBeReachableToo() {
        let words = complaint("host: lab3", "", "address: 10.0.0.1")
        #expect(words.contains("nodes.air.address: is 127.0.0.1, where 'camera' on another host does not reach it"))
        #expect(words.contains("t.yaml:5"))
        #expect(complaint("start: external", "start: external", "address: 10.0.0.1") == "")
    }

    @Test func whatEveryHostCallsItselfIsNoAddress() {
        #expect(complaint("address: 0.0.0.0").contains("nodes.camera.address: is 0.0.0.0, to which nobody can send"))
        #expect(complaint("", "", "address: '::'").contains("controller.address: is ::"))
        #expect(complaint("address: 10.0.0.2, bind: 0.0.0.0", "", "address: 10.0.0.1, bind: 0.0.0.0") == "")
        #expect(complaint("bind: 0.0.0.0") == "")
    }

    @Test func portsAreCountedAndGivenOut() throws {
        let node = try #require(topology("ports: 41000-41010").node("camera"))
        #expect(node.ports == 41000...41010 && node.controlPort == 41001 && node.linkPort(0) == 41002)
        #expect(complaint("ports: 41000-41001").contains("holds 2 ports; 'camera' needs 3"))
        #expect(complaint("", "ports: 41000-41002").contains("holds 3 ports; 'air' needs 4"))
        #expect(complaint("port: 65535") == "")
        #expect(complaint("", "port: 65535").contains("leaves no room for the ports of all its links"))
        for text in ["x", "41000", "2-1", "0-5", "41000-70000", "-", "1-2-3"] {
            #expect(complaint("ports: '\(text)'").contains("expected a first and a last port"), "\(text)")
        }
        #expect(complaint("ports: 500-600, port: 7").contains("exclude each other"))
        #expect(complaint("ports: 500-600, copies: 2").contains("cannot be shared by copies"))
    }

    @Test func oneWayToStartANode() throws {
        #expect(complaint("start: external, command: nice tx-node").contains("nodes.camera.command"))
        #expect(complaint("host: localhost, launch: {docker: gensemcom}").contains("launch exclude each other"))
        #expect(complaint("launch: {docker: a, srun: b}").contains("and 'srun' exclude each other"))
        #expect(complaint("launch: {}") == "")
        #expect(complaint("launch: {programs: /opt}").contains("expected one of ssh, srun, docker, command"))
        #expect(complaint("launch: {ssh: ''}").contains("is empty"))
        #expect(complaint("launch: {sh: x}").contains("unknown key"))
        // Whoever asks for a person gets one.
        #expect(try topology("host: localhost, start: external").node("camera")?.launch == nil)
        #expect(try topology("launch: {ssh: -p 2222 a@localhost}").node("camera")?.launch?.destination == "a@localhost")
    }

    @Test func anotherHostReadsItsOwnPaths() throws {
        let topology = try topology("start: external", "start: external")
        let camera = try #require(topology.node("camera"))
        let (text, paths) = topology.text(forHostOf: camera) { "files\($0)" }
        #expect(paths.contains(ExampleTopology.folder + "/Photos"))
        #expect(text.contains("folder: files\(ExampleTopology.folder)/Photos"))
        #expect(text.contains("bind: 0.0.0.0"))
        // A node that states its address is bound to it.
        let stated = try self.topology("start: external, address: 10.0.0.9")
        #expect(stated.text(forHostOf: stated.node("camera")!) { $0 }.yaml.contains("bind: 10.0.0.9"))
    }
}
