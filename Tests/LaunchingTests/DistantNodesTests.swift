import Determinism
import Foundation
import TestSupport
import Testing
import Topologies
import Wire

@testable import Datagrams
@testable import Launching

/// The controller's side of hosts that come by themselves, without sockets.
@Suite struct DistantNodesTests {
    let door = Secret(wellKnown: "lasting")
    let folder: TemporaryFolder
    let topology: Topology
    let now = Instant(nanoseconds: 1_000_000_000)
    let place: Endpoint

    init() throws {
        folder = try TemporaryFolder()
        place = try Endpoint(host: "10.0.0.3", port: 5000)
        topology = try Topology(
            yaml: """
                images: {folder: \(ExampleTopology.folder)/Photos}
                nodes: {camera: {role: transmitter}, air: {role: channel}, desk: {role: receiver, start: external}}
                links: {up: {from: camera, through: air, to: desk, bandwidth: 1 MHz, snr: 6 dB}}
                """, path: "t.yaml")
    }

    func controller() throws -> DistantNodes {
        try DistantNodes(topology, photos: [:], secret: .generate(), door: door, folder: folder.path)
    }

    func hear(
        _ nodes: DistantNodes, _ bytes: [UInt8]
    ) throws -> (events: [DistantNodes.Event], sent: [[UInt8]]) {
        var sent: [[UInt8]] = []
        let datagram = ReceivedDatagram(bytes: bytes, sender: place, arrival: now)
        return (try nodes.hear(datagram, now: now) { bytes, _ in sent.append(bytes) }, sent)
    }

    /// A host as far as its first word, and all that it sent.
    func knock(_ nodes: DistantNodes) throws -> (link: ControlLink, said: [[UInt8]]) {
        let handshake = try NodeHandshake(door, name: "desk", build: SecretFile.build)
        guard let welcome = try hear(nodes, handshake.hello).sent.first,
            case .session(let session) = handshake.read(welcome)
        else { throw TransferFailure.protocolBroken("no session") }
        var link = ControlLink(session.secret, node: session.label, side: .node)
        link.send(.hostReport(.present(host: "lab3")))
        return (link, [handshake.hello] + (try link.poll(now: now)))
    }

    func arrivals(_ events: [DistantNodes.Event]) -> [String] {
        events.compactMap { if case .arrived(let node, let address) = $0 { "\(node) at \(address)" } else { nil } }
    }

    func exits(_ events: [DistantNodes.Event]) -> Int {
        events.count { if case .exited = $0 { true } else { false } }
    }

    /// What the controller says to a host, as that hears it.
    func messages(_ nodes: DistantNodes, _ link: inout ControlLink) throws -> [ControlMessage] {
        var datagrams: [[UInt8]] = []
        _ = try nodes.poll(now: now) { bytes, _ in datagrams.append(bytes) }
        return datagrams.flatMap { link.receive($0, now: now) }
    }

    func join(_ nodes: DistantNodes) throws -> ControlLink {
        var (link, said) = try knock(nodes)
        // A forged first word neither opens the session nor spoils it.
        var forged = said[1]
        forged[40] ^= 1
        #expect(try arrivals(hear(nodes, forged).events).isEmpty)
        #expect(try arrivals(hear(nodes, said[1]).events) == ["desk at 10.0.0.3"])
        let heard = try messages(nodes, &link)
        guard case .briefing(let briefing) = heard.first else {
            Issue.record("no briefing")
            return link
        }
        #expect(briefing.program == "rx-node" && briefing.secret != door)
        return link
    }

    @Test func aHostThatComesIsBriefed() throws {
        let nodes = try controller()
        #expect(nodes.missing == ["desk"])
        var link = try join(nodes)
        link.send(.hostReport(.prepared))
        for datagram in try link.poll(now: now) { _ = try hear(nodes, datagram) }
        #expect(nodes.missing.isEmpty)
    }

    /// All that a host said in one run, said again in another on the same secret: nobody has come.
    @Test func aRecordedRunReplayedAtANewOneOpensNowhere() throws {
        let first = try controller()
        var (link, said) = try knock(first)
        _ = try hear(first, said[1])
        _ = try messages(first, &link)
        link.send(.hostReport(.prepared))
        said += try link.poll(now: now)
        let second = try controller()
        for datagram in said { #expect(try arrivals(hear(second, datagram).events).isEmpty) }
        #expect(second.nodes["desk"]?.session == nil && second.missing == ["desk"])
        // Nor are keys of the two runs the same.
        var (one, other) = (try join(try controller()), try join(second))
        one.send(.hostReport(.prepared))
        for datagram in try one.poll(now: now) { _ = try hear(second, datagram) }
        #expect(second.missing == ["desk"])
        other.send(.hostReport(.prepared))
        for datagram in try other.poll(now: now) { _ = try hear(second, datagram) }
        #expect(second.missing.isEmpty)
    }

    /// Recorded hellos cost an answer each, and neither memory nor the host that is there.
    @Test func replayedHellosDoNotDisturbTheHostThatIsThere() throws {
        let nodes = try controller()
        var link = try join(nodes)
        for _ in 0..<600 {
            let hello = try NodeHandshake(door, name: "desk", build: SecretFile.build).hello
            #expect(try hear(nodes, hello).sent.count == 1)
        }
        let desk = try #require(nodes.nodes["desk"])
        #expect(desk.offers.count <= 8)
        desk.order(.kill)
        #expect(try messages(nodes, &link) == [.hostOrder(.kill)])
    }

    @Test func whoComesLaterTakesThePlace() throws {
        let nodes = try controller()
        var first = try join(nodes)
        first.send(.hostReport(.prepared))
        for datagram in try first.poll(now: now) { _ = try hear(nodes, datagram) }
        let desk = try #require(nodes.nodes["desk"])
        nodes.launch(desk, epoch: 0)
        #expect(desk.isRunning)
        let (_, said) = try knock(nodes)
        let (events, sent) = try hear(nodes, said[1])
        #expect(exits(events) == 1 && !desk.isRunning)
        let farewell = sent.flatMap { first.receive($0, now: now) }
        #expect(farewell.contains(.hostOrder(.end(reason: "another host has taken its place", hasArrived: false))))
        // The first one's words count no more.
        first.send(.hostReport(.failed("x")))
        for datagram in try first.poll(now: now) { #expect(try hear(nodes, datagram).events.isEmpty) }
        #expect(desk.session != nil)
    }

    @Test func aHostThatFallsSilentIsGone() throws {
        let nodes = try controller()
        var link = try join(nodes)
        link.send(.hostReport(.prepared))
        for datagram in try link.poll(now: now) { _ = try hear(nodes, datagram) }
        let desk = try #require(nodes.nodes["desk"])
        nodes.launch(desk, epoch: 0)
        #expect(try exits(nodes.poll(now: now + .seconds(9)) { _, _ in }) == 0)
        #expect(try exits(nodes.poll(now: now + .seconds(11)) { _, _ in }) == 1)
        #expect(desk.session == nil && nodes.missing == ["desk"])
    }

    /// A stranger's name and a host's words reach a terminal as one line of plain text.
    @Test func nobodyWritesToTheTerminal() throws {
        let nodes = try controller()
        let stranger = try NodeHandshake(Secret(wellKnown: "other"), name: "a\n\u{1b}[2J", build: SecretFile.build)
        var link = try join(nodes)
        link.send(.hostReport(.failed("x\n\u{1b}[2J")))
        var lines: [String] = []
        for datagram in [stranger.hello] + (try link.poll(now: now)) {
            for event in try hear(nodes, datagram).events {
                switch event {
                case .said(let text), .passed(let text), .failed(_, let text): lines.append(text)
                case .arrived, .exited: break
                }
            }
        }
        #expect(lines.count == 2)
        #expect(lines.allSatisfy { line in line.unicodeScalars.allSatisfy { $0.value >= 0x20 } }, "\(lines)")
    }

    /// What a host must not say ends its transfer and touches no file.
    @Test func hostileHostsWriteNothing() throws {
        let nodes = try controller()
        var link = try join(nodes)
        let manifest = FileManifest([.init(.file, "topology.yaml", size: 1, digest: Digest.of([1]))]).serialised()
        link.send(.hostReport(.prepared))
        link.send(.filePiece(.init(file: 1, offset: 0, bytes: [1])))
        link.send(.hostReport(.offer(.init(size: UInt32(manifest.count), digest: Digest.of(manifest)))))
        link.send(.filePiece(.init(file: 0, offset: 0, bytes: manifest)))
        var failures: [String] = []
        for datagram in try link.poll(now: now) {
            for case .failed(_, let words) in try hear(nodes, datagram).events { failures.append(words) }
        }
        #expect(failures == ["the other side broke the protocol: results under the name 'topology.yaml'"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }
}
