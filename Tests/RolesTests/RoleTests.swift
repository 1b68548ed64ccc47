import Adaptation
import Determinism
import TestSupport
import Testing
import Wire

@testable import Records
@testable import Roles
@testable import Topologies

@Suite struct ReceiverRoleTests {
    let start = Instant(nanoseconds: 1_000_000_000)

    func role() -> ReceiverRole {
        ReceiverRole(
            name: "rx", transmitters: ["up": "tx"],
            terms: ["up": .init(budget: .milliseconds(30), asksAgain: false)], grace: .milliseconds(100))
    }

    func datagram(
        _ section: DataDatagram.Section, _ index: UInt16, of count: UInt16, last: Bool = false
    ) -> DataDatagram {
        DataDatagram(image: 4, section: section, index: index, count: count, isLast: last, bytes: [1, 2, 3])
    }

    func received(_ actions: [ReceiverRole.Action]) -> ReceivedImage? {
        for case .decode(let image) in actions { return image }
        return nil
    }

    @Test func decodesWhenEverythingIsThere() {
        var role = role()
        #expect(received(role.handle(.datagram(link: "up", datagram(.slice, 0, of: 2), at: start), now: start)) == nil)
        #expect(
            received(role.handle(.datagram(link: "up", datagram(.preamble, 0, of: 1), at: start), now: start)) == nil)
        let image = received(
            role.handle(.datagram(link: "up", datagram(.slice, 1, of: 2, last: true), at: start), now: start))
        #expect(image?.isComplete == true && image?.slices.map(\.index) == [0, 1] && image?.transmitter == "tx")
        // What comes once more changes nothing.
        #expect(role.handle(.datagram(link: "up", datagram(.slice, 1, of: 2), at: start), now: start).isEmpty)
        #expect(role.stragglers == 1)
    }

    @Test func concludesWithWhatCameWhenTimeIsOver() {
        var role = role()
        _ = role.handle(.datagram(link: "up", datagram(.preamble, 0, of: 1), at: start), now: start)
        _ = role.handle(.datagram(link: "up", datagram(.slice, 1, of: 2), at: start), now: start)
        #expect(received(role.handle(.timer, now: start + .milliseconds(129))) == nil)
        let image = received(role.handle(.timer, now: start + .milliseconds(130)))
        #expect(image?.isComplete == false && image?.slices.map(\.index) == [1])
    }

    @Test func anImageOfWhichNothingComesEndsAsLost() {
        var role = role()
        _ = role.handle(
            .message(
                .receptionNotice(
                    ReceptionNotice(image: 9, link: "up", latencyBudget: .milliseconds(30), begun: start))),
            now: start)
        let image = received(role.handle(.timer, now: start + .milliseconds(131)))
        #expect(image?.image == 9 && image?.preamble == nil)
        let actions = role.handle(.decoded(DecodedImage(image: 9, link: "up")), now: start + .milliseconds(132))
        let verdicts = actions.compactMap {
            if case .tell(.receptionReport(let outcome)) = $0 { outcome.verdict } else { nil }
        }
        #expect(verdicts == [.lost])
    }

    @Test func latencyCountsFromTheDeparture() {
        var role = role()
        _ = role.handle(
            .datagram(link: "up", datagram(.preamble, 0, of: 1, last: true), at: start + .milliseconds(7)),
            now: start + .milliseconds(8))
        _ = role.handle(
            .message(
                .receptionNotice(
                    ReceptionNotice(image: 4, link: "up", latencyBudget: .milliseconds(30), begun: start))),
            now: start + .milliseconds(8))
        let actions = role.handle(.decoded(DecodedImage(image: 4, link: "up")), now: start + .milliseconds(90))
        let times = actions.compactMap { if case .record(.reception(let record)) = $0 { record.airTime } else { nil } }
        #expect(times == [0.007])
    }
}

@Suite struct ControllerRoleTests {
    func role() throws -> ControllerRole {
        let topology = try Topology(yaml: ExampleTopology.yaml, path: ExampleTopology.folder + "/test.yaml")
        return ControllerRole(
            topology: topology, policies: ["a": .optimal(topology.scheme.constraints)],
            photos: ["a": ["x.png", "y.png"]])
    }

    func hello(_ name: String, _ role: Wire.NodeRole, identity: UInt64 = 5) -> ControlMessage {
        .hello(
            Hello(
                role: role, epoch: 0, modelIdentity: identity,
                ports: [PortBinding(purpose: "up", port: 9)]))
    }

    @Test func nothingIsSentBeforeEveryNodeIsReady() throws {
        var role = try role()
        let now = Instant(nanoseconds: 0)
        #expect(role.begin(now: now).filter { if case .start = $0 { true } else { false } }.count == 3)
        _ = role.handle(.message(node: "a", hello("a", .transmitter)), now: now)
        _ = role.handle(.message(node: "air", hello("air", .channel, identity: 0)), now: now)
        let peers = role.handle(.message(node: "b", hello("b", .receiver)), now: now)
        #expect(peers.filter { if case .tell(_, .peers) = $0 { true } else { false } }.count == 3)
        for node in ["a", "air"] {
            let actions = role.handle(.message(node: node, .ready(Ready(note: ""))), now: now)
            #expect(!actions.contains { if case .tell = $0 { true } else { false } })
        }
        let actions = role.handle(.message(node: "b", .ready(Ready(note: ""))), now: now)
        #expect(
            actions.contains {
                if case .tell("a", .assignment(let assignment)) = $0 { assignment.image == 0 } else { false }
            })
    }

    @Test func differentWeightsEndTheRunAsMisuse() throws {
        var role = try role()
        let now = Instant(nanoseconds: 0)
        _ = role.begin(now: now)
        _ = role.handle(.message(node: "a", hello("a", .transmitter, identity: 1)), now: now)
        _ = role.handle(.message(node: "b", hello("b", .receiver, identity: 2)), now: now)
        for node in ["a", "air", "b"] { _ = role.handle(.exited(node: node, ExitReport(exitCode: 0)), now: now) }
        #expect(role.failure?.exitCode == 2)
    }

    @Test func aNodeThatRefusesItsInputDecidesTheExitCode() throws {
        var role = try role()
        let now = Instant(nanoseconds: 0)
        _ = role.begin(now: now)
        _ = role.handle(
            .exited(node: "a", ExitReport(exitCode: 2, lastWords: "codec.safetensors: no such file")), now: now)
        #expect(role.failure == RunEnd(exitCode: 2, reason: "codec.safetensors: no such file"))
    }

    @Test func silenceEndsTheWaiting() throws {
        var role = try role()
        _ = role.begin(now: Instant(nanoseconds: 0))
        _ = role.handle(.timer, now: Instant(nanoseconds: 61_000_000_000))
        #expect(role.failure?.exitCode == 1)
    }

    /// A controller of two transmitters whose run has begun, and what it told until then.
    func running(_ changes: [String]) throws -> (role: ControllerRole, actions: [ControllerRole.Action]) {
        let topology = try Topology(
            contentsOf: ExampleTopology.folder + "/two-cameras.yaml", overrides: changes)
        var role = ControllerRole(
            topology: topology, policies: ["gate": .fixed(alpha: 0.5, rate: 1), "yard": .fixed(alpha: 0.5, rate: 2)],
            photos: ["gate": ["x.png", "y.png"], "yard": ["z.png"]])
        let now = Instant(nanoseconds: 0)
        var actions = role.begin(now: now)
        for node in topology.nodes {
            let kind: Wire.NodeRole =
                node.role == .channel ? .channel : node.role == .receiver ? .receiver : .transmitter
            actions += role.handle(
                .message(node: node.name, hello(node.name, kind, identity: node.role == .channel ? 0 : 5)), now: now)
        }
        for node in topology.nodes {
            actions += role.handle(.message(node: node.name, .ready(Ready(note: ""))), now: now)
        }
        return (role, actions + role.handle(.timer, now: role.origin))
    }

    @Test func everyTransmitterIsAskedUnderItsOwnTerms() throws {
        let (role, actions) = try running([])
        var budgets: [String: Double] = [:]
        for case .tell(let node, .assignment) in actions { budgets[node] = role.scheme(of: node).budget }
        #expect(budgets == ["gate": 0.02, "yard": 0.08])
    }

    @Test func aChangeOfTheSchemeReachesThoseItMeans() throws {
        var (role, _) = try running([])
        func budgets() -> [Double] { ["gate", "yard"].map { role.schemes[$0]?.budget ?? 0 } }
        // Both have a budget of their own, which a change for all leaves.
        let none = role.handle(.asked(LiveRequest(key: "scheme.budget", value: "5 ms")), now: role.origin)
        #expect(budgets() == [0.02, 0.08])
        #expect(!none.contains { if case .tell = $0 { true } else { false } })
        let one = role.handle(.asked(LiveRequest(key: "nodes.gate.budget", value: "5 ms")), now: role.origin)
        #expect(budgets() == [0.005, 0.08])
        var told: [String] = []
        for case .tell("air", .adjustment(let adjustment)) in one {
            told.append("\(adjustment.link) \(adjustment.quantity) \(adjustment.value)")
        }
        #expect(told == ["near budget 5 ms"])
        _ = role.handle(.asked(LiveRequest(key: "scheme.rate", value: "7")), now: role.origin)
        #expect(
            role.policies["gate"] == .fixed(alpha: 0.5, rate: 7) && role.policies["yard"] == .fixed(alpha: 0.5, rate: 7)
        )
        _ = role.handle(.asked(LiveRequest(key: "nodes.*.scheme.alpha", value: "0.25")), now: role.origin)
        #expect(role.policies["yard"] == .fixed(alpha: 0.25, rate: 7))
    }
}
