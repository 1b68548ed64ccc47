import Adaptation
import Determinism
import TestSupport
import Testing
import Wire

@testable import Records
@testable import Roles
@testable import Topologies

/// What the topology's `events:` make the controller do, and undo.
@Suite struct TimedEventTests {
    let begun = Instant(nanoseconds: 0)
    /// The run's time begins a little after the last node is ready.
    var origin: Instant { begun + .milliseconds(20) }

    /// A controller whose three nodes are ready.
    func running(_ more: String) throws -> ControllerRole {
        let topology = try Topology(
            yaml: ExampleTopology.yaml + "\n" + more, path: ExampleTopology.folder + "/test.yaml")
        var role = ControllerRole(
            topology: topology, policies: ["a": .optimal(topology.scheme.constraints)],
            photos: ["a": ["x.png", "y.png"]])
        _ = role.begin(now: begun)
        for name in ["a", "air", "b"] { greet(name, &role, now: begun) }
        for name in ["a", "air", "b"] { _ = role.handle(.message(node: name, .ready(Ready(note: ""))), now: begun) }
        return role
    }

    func greet(_ name: String, epoch: UInt16 = 0, _ role: inout ControllerRole, now: Instant) {
        let kinds: [String: Wire.NodeRole] = ["a": .transmitter, "air": .channel, "b": .receiver]
        let hello = Hello(
            role: kinds[name]!, epoch: epoch, modelIdentity: 5,
            ports: [PortBinding(purpose: "up", port: 9)])
        _ = role.handle(.message(node: name, .hello(hello)), now: now)
    }

    func adjustments(_ actions: [ControllerRole.Action]) -> [String] {
        actions.compactMap {
            guard case .tell(let node, .adjustment(let change)) = $0 else { return nil }
            return "\(node): \(change.link) \(change.quantity) = \(change.value)"
        }
    }

    func notes(_ actions: [ControllerRole.Action], _ severity: EventRecord.Severity = .note) -> [String] {
        actions.compactMap {
            guard case .record(.event(let event)) = $0, event.severity == severity else { return nil }
            return event.what
        }
    }

    func at(_ seconds: Double) -> Instant { origin + .seconds(seconds) }

    @Test func aLinkGetsItsNewValueWhenItsTimeHasCome() throws {
        var role = try running("events:\n  - {at: 2 s, set: {links.up.snr: 3 dB}}\n")
        #expect(adjustments(role.handle(.timer, now: at(1.999))).isEmpty)
        let actions = role.handle(.timer, now: at(2))
        #expect(adjustments(actions) == ["air: up snr = 3 dB"] && notes(actions) == ["set"])
        #expect(adjustments(role.handle(.timer, now: at(3))).isEmpty)
    }

    @Test func aLinkThatFlapsComesBack() throws {
        var role = try running("events:\n  - {at: 1 s, flap: up, duration: 300 ms}\n")
        let actions = role.handle(.timer, now: at(1))
        #expect(adjustments(actions) == ["air: up down = yes"])
        #expect(actions.contains { if case .wake(at(1.3)) = $0 { true } else { false } })
        #expect(adjustments(role.handle(.timer, now: at(1.3))) == ["air: up down = no"])
    }

    @Test func aNodeThatIsCutOffLosesItsLinks() throws {
        var role = try running("events:\n  - {at: 1 s, partition: b, duration: 1 s}\n")
        #expect(adjustments(role.handle(.timer, now: at(1))) == ["air: up down = yes"])
        #expect(adjustments(role.handle(.timer, now: at(2))) == ["air: up down = no"])
    }

    @Test func aNodeThatIsStoppedGoesOn() throws {
        var role = try running("events:\n  - {at: 1 s, pause: b, duration: 1 s}\n")
        #expect(role.handle(.timer, now: at(1)).contains { if case .pause("b") = $0 { true } else { false } })
        #expect(role.handle(.timer, now: at(2)).contains { if case .resume("b") = $0 { true } else { false } })
        #expect(!role.handle(.timer, now: at(3)).contains { if case .resume = $0 { true } else { false } })
    }

    /// What an event killed is no crash; what died by itself is.
    @Test func aNodeThatDiesEndsTheRunUnlessAnEventKilledIt() throws {
        var role = try running("events:\n  - {at: 1 s, kill: b}\n")
        #expect(role.handle(.timer, now: at(1)).contains { if case .kill("b") = $0 { true } else { false } })
        _ = role.handle(.exited(node: "b", ExitReport(signal: 9)), now: at(1))
        #expect(role.failure == nil && role.crashes == 0)
        var other = try running("events:\n  - {at: 5 s, kill: b}\n")
        _ = other.handle(.exited(node: "b", ExitReport(signal: 9)), now: at(1))
        #expect(other.failure == RunEnd(exitCode: 1, reason: "b: killed by signal 9"))
    }

    /// The new incarnation hears every change that is in force, once.
    @Test func aNodeThatIsRestartedHearsWhatChanged() throws {
        var role = try running(
            """
            events:
              - {at: 1 s, set: {links.up.snr: 3 dB}}
              - {at: 1.5 s, set: {links.up.snr: 4 dB}}
              - {at: 2 s, restart: air}
            """)
        for seconds in [1, 1.5] { _ = role.handle(.timer, now: at(seconds)) }
        #expect(role.handle(.timer, now: at(2)).contains { if case .kill("air") = $0 { true } else { false } })
        let again = role.handle(.exited(node: "air", ExitReport(signal: 9)), now: at(2.1))
        #expect(again.contains { if case .start("air", 1) = $0 { true } else { false } })
        #expect(role.failure == nil && role.restarts == 1)
        greet("air", epoch: 1, &role, now: at(2.2))
        let ready = role.handle(.message(node: "air", .ready(Ready(note: ""))), now: at(2.3))
        #expect(adjustments(ready) == ["air: up snr = 4 dB"])
        #expect(
            ready.contains { if case .tell("air", .start(let start)) = $0 { start.origin == origin } else { false } })
    }

    @Test func aNodeThatLeavesIsNoFailure() throws {
        var role = try running("events:\n  - {at: 1 s, leave: b}\n")
        #expect(role.handle(.timer, now: at(1)).contains { if case .tell("b", .stop) = $0 { true } else { false } })
        let gone = role.handle(.exited(node: "b", ExitReport(exitCode: 0)), now: at(1.1))
        #expect(notes(gone).contains("left") && role.failure == nil && role.crashes == 0)
    }

    @Test func aNewBudgetReachesTheChannelAndTheScheme() throws {
        var role = try running("events:\n  - {at: 1 s, set: {scheme.budget: 35 ms}}\n")
        #expect(adjustments(role.handle(.timer, now: at(1))) == ["air: up budget = 35 ms"])
        #expect(role.scheme(of: "a").budget == 0.035)
    }

    /// What a person asks of the running testbed goes the same way; before the run it is left out.
    @Test func aLiveRequestIsASet() throws {
        var role = try running("")
        let request = LiveRequest(key: "links.up.snr", value: "1 dB")
        #expect(adjustments(role.handle(.asked(request), now: at(1))) == ["air: up snr = 1 dB"])
        let refused = role.handle(.asked(LiveRequest(key: "scheme.labels", value: "top")), now: at(1))
        #expect(notes(refused, .warning) == ["set"] && adjustments(refused).isEmpty)
        let topology = try Topology(yaml: ExampleTopology.yaml, path: ExampleTopology.folder + "/test.yaml")
        var idle = ControllerRole(topology: topology, policies: ["a": .fixed(alpha: 0, rate: 1)], photos: [:])
        let early = idle.handle(.asked(request), now: begun)
        #expect(notes(early, .warning) == ["set"] && adjustments(early).isEmpty)
    }
}
