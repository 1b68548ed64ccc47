import Determinism
import TestSupport
import Testing
import Wire

@testable import Roles
@testable import Topologies

/// Work that grows with the number of images and nodes, counted and not timed.
@Suite struct GrowthTests {
    private enum Event: Sendable {
        case sent(link: Int, image: UInt32)
        case timer
    }

    /// How often a receiver is woken until three images a link, of which nothing arrives, are over.
    private func wakeUps(links: Int) -> Int {
        let names = (0..<links).map { "link\($0)" }
        var role = ReceiverRole(
            name: "rx", transmitters: Dictionary(uniqueKeysWithValues: names.map { ($0, "tx of \($0)") }),
            terms: Dictionary(
                uniqueKeysWithValues: names.map { ($0, .init(budget: .milliseconds(30), asksAgain: false)) }),
            grace: .milliseconds(100))
        var agenda = InstantQueue<Event>()
        for link in 0..<links {
            for image in 0..<UInt32(3) {
                let instant = Instant(nanoseconds: Int64(link) * 1_000 + Int64(image) * 50_000_000)
                agenda.push(.sent(link: link, image: image), at: instant)
            }
        }
        var (wakeUps, decoded) = (0, 0)
        while let (now, next) = agenda.pop(), wakeUps < 100 * links {
            let event: ReceiverRole.Event
            switch next {
            case .timer:
                wakeUps += 1
                event = .timer
            case .sent(let link, let image):
                event = .message(
                    .receptionNotice(
                        ReceptionNotice(image: image, link: "link\(link)", latencyBudget: .milliseconds(30), begun: now)
                    ))
            }
            for action in role.handle(event, now: now) {
                switch action {
                case .wake(let instant): agenda.push(.timer, at: max(now, instant))
                case .decode: decoded += 1
                default: break
                }
            }
        }
        #expect(decoded == 3 * links)
        return wakeUps
    }

    @Test func aReceiverIsWokenOnceAnImageHoweverManyAreOpen() {
        #expect(wakeUps(links: 1) == 3)
        #expect(wakeUps(links: 100) == 300)
        #expect(wakeUps(links: 1_000) == 3_000)
    }

    /// The counts that spare looking at every node are those that looking would give.
    @Test func theRosterCountsWhatItHolds() throws {
        let example = try Topology(yaml: ExampleTopology.yaml, path: ExampleTopology.folder + "/test.yaml").nodes[0]
        var roster = NodeRoster()
        var nodes: [String: NodeState] = [:]
        var random = RandomStream(seed: 5, name: "roster", index: 0)
        func draw(_ count: Int) -> Int { min(count - 1, Int(random.uniform() * Double(count))) }
        let phases: [NodeState.Phase] = [.absent, .starting, .greeted, .ready, .gone]
        for _ in 0..<2_000 {
            let name = "node\(draw(20))"
            var settings = example
            settings.name = name
            settings.joinsLater = name.hasSuffix("7")
            var state = nodes[name] ?? NodeState(settings: settings)
            state.phase = phases[draw(phases.count)]
            state.hello =
                state.phase == .greeted || state.phase == .ready
                ? Hello(role: .transmitter, epoch: 0, modelIdentity: UInt64(draw(3)), ports: []) : nil
            (nodes[name], roster[name]) = (state, state)
            let all = nodes.values
            #expect(roster.alive == all.filter(\.isAlive).count)
            #expect(roster.unready == all.filter { !$0.settings.joinsLater && $0.phase != .ready }.count)
            #expect(roster.ungreeted == all.filter { !$0.settings.joinsLater && $0.phase == .starting }.count)
            for identity in UInt64(1)...2 {
                let strangers = all.filter {
                    ($0.hello?.modelIdentity ?? 0) != 0 && $0.hello?.modelIdentity != identity
                }
                #expect((roster.stranger(to: identity) != nil) == !strangers.isEmpty)
            }
        }
    }
}
