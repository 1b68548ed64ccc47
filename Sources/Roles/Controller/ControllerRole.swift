import Adaptation
import Determinism
import Records
import Topologies
import Wire

/// The controller's decisions: who is there, which image goes next, with which (α, Φ), and when the run is over.
///
/// No I/O and no clock. The state of the nodes is in `ControllerRole+Nodes.swift`, the way of an image in
/// `ControllerRole+Images.swift`, timed events in `ControllerRole+Events.swift`.
package struct ControllerRole: Sendable {
    package enum Event: Sendable {
        case message(node: String, ControlMessage)
        /// The node's process has ended, whether asked to or not.
        case exited(node: String, ExitReport)
        /// The control link gave up on the node.
        case silent(node: String, reason: String)
        /// Ctrl-C, or the run's time limit.
        case interrupted(reason: String)
        /// A person wants another value.
        case asked(LiveRequest)
        case timer
        /// What an external policy said to `Action.ask`.
        case answered(transmitter: String, image: Int, PolicyReply)
    }

    package enum Action: Sendable {
        /// Start the node's process as its `epoch`-th incarnation.
        case start(node: String, epoch: UInt16)
        case tell(node: String, ControlMessage)
        case kill(node: String)
        case pause(node: String)
        case resume(node: String)
        case record(Record)
        case progress(ProgressNote)
        case wake(Instant)
        case finish(RunEnd)
        /// Put the question to the external policy.
        case ask(transmitter: String, image: Int, Situation)
        /// Tell the external policy what became of an image it decided on.
        case inform(PolicyOutcome, picture: String)
    }

    enum Alarm: Sendable {
        case awaited(node: String)
        case advance(transmitter: String)
        case overdue(transmitter: String, image: Int)
        /// The budget and the grace of an image are over that left while its receiver was away.
        case absent(transmitter: String, image: Int, receiver: String)
        case event(TimedEvent.Kind)
        case undo(TimedEvent.Kind)
        case limit
        case stop
        /// A report that was under way is heard.
        case heard(ChannelReport)
        /// A block begins that an image waits for.
        case reconsider(transmitter: String)
    }

    enum Phase: Sendable, Equatable { case gathering, running, stopping, over }

    package let topology: Topology
    /// How each transmitter sends, and what chooses for it; both as events have left them.
    package internal(set) var schemes: [String: Scheme]
    package internal(set) var policies: [String: Policy]
    /// Where each transmitter's photos come from, and when.
    let sources: [String: PhotoSource]
    var phase = Phase.gathering
    var nodes = NodeRoster()
    var links: [String: LinkState] = [:]
    var queues: [String: ImageQueue] = [:]
    /// Largest time seen from a setting to its departure: what a block must hold beyond T_max.
    var encodeGuard: Instant.Span = .milliseconds(60)
    /// Longest answer of an external policy so far: what a block must hold beyond that.
    var answerGuard: Instant.Span = .zero
    /// Which instant each transmitter's images wait for.
    var reconsidering: [String: Instant] = [:]
    /// Channel reports that did not come through.
    var lostReports = 0
    package internal(set) var origin = Instant(nanoseconds: 0)
    /// Whether the first image may have started.
    package internal(set) var hasBegun = false
    package let routes: [String: Route]
    /// Links that touch each node.
    package let linksOfNode: [String: [LinkSettings]]
    package let transmitterOfLink: [String: String]
    /// Among how many links the capacity of each is divided for its budgets; 1 where it has a band of its own, or
    /// counts on the whole of a shared one.
    let sharers: [String: Int]
    let totalImages: Int
    var doneImages = 0
    /// Transmitters that still have images.
    var busyTransmitters: Int
    var pendingJoins: Int
    /// Restarts that the topology still has in store for a node.
    var pendingRestarts: [String: Int] = [:]
    /// How each receiver fills what each transmitter sends there.
    let fillings: [String: [String: Scheme]]
    /// Changes of links made so far.
    var adjustments = AdjustmentLog()
    var agenda = InstantQueue<Alarm>()
    /// First failure; decides the exit code.
    package var failure: RunEnd?
    package var stopBy: Instant?
    package private(set) var restarts = 0
    package var crashes = 0

    /// - Parameters:
    ///   - policies: how (α, Φ) is chosen for each transmitter.
    ///   - photos: paths of the photos each transmitter sends, in order.
    package init(topology: Topology, policies: [String: Policy], photos: [String: [String]]) {
        self.topology = topology
        self.policies = policies
        schemes = topology.schemeByTransmitter
        sources = Dictionary(
            uniqueKeysWithValues: topology.transmitters.map { ($0.name, $0.images ?? topology.images) })
        routes = topology.routes
        fillings = topology.fillings
        var touching: [String: [LinkSettings]] = [:]
        for link in topology.links {
            for node in Set([link.from, link.through] + link.to) { touching[node, default: []].append(link) }
        }
        linksOfNode = touching
        transmitterOfLink = topology.transmitterOfLink
        var members = Dictionary(grouping: topology.links.compactMap(\.band)) { $0 }.mapValues(\.count)
        for band in topology.bands where band.budgets == .whole { members[band.name] = 1 }
        sharers = Dictionary(
            uniqueKeysWithValues: topology.links.map { ($0.name, $0.band.flatMap { members[$0] } ?? 1) })
        // A codec that is not ours codes a picture several times over until it meets the budget.
        if schemes.values.contains(where: { $0.kind.isForeign }) { encodeGuard = .milliseconds(700) }
        totalImages = photos.values.reduce(0) { $0 + $1.count }
        busyTransmitters = topology.nodes.filter { $0.role == .transmitter && !(photos[$0.name] ?? []).isEmpty }.count
        pendingJoins = topology.events.filter { if case .join = $0.kind { true } else { false } }.count
        for case .restart(let node) in topology.events.map(\.kind) { pendingRestarts[node, default: 0] += 1 }
        for node in topology.nodes { nodes[node.name] = NodeState(settings: node) }
        for link in topology.links {
            links[link.name] = LinkState(settings: link, estimator: topology.controller.estimator(of: link.channel))
        }
        for node in topology.nodes where node.role == .transmitter {
            queues[node.name] = ImageQueue(photos: photos[node.name] ?? [])
        }
    }

    /// Starts every node that is there from the beginning.
    package mutating func begin(now: Instant) -> [Action] {
        var actions: [Action] = []
        for node in topology.nodes where !node.joinsLater { actions += launch(node.name, now: now) }
        return actions
    }

    /// The photos of each transmitter, in the order of sending.
    package var photos: [String: [String]] { queues.mapValues(\.photos) }

    func scheme(of transmitter: String) -> Scheme { schemes[transmitter] ?? topology.scheme }

    /// Puts something on the agenda.
    mutating func plan(_ alarm: Alarm, at instant: Instant) -> Action {
        agenda.push(alarm, at: instant)
        return .wake(instant)
    }

    /// Time a node has to say hello and to become ready: weights are read in it.
    package let patience = Instant.Span.seconds(60)
    /// Time to say farewell after a stop; beyond it a node is killed.
    let farewellPatience = Instant.Span.seconds(5)

    package mutating func handle(_ event: Event, now: Instant) -> [Action] {
        guard phase != .over else { return [] }
        switch event {
        case .message(let node, let message): return hear(message, from: node, now: now)
        case .exited(let node, let report): return lose(node, report, now: now)
        case .silent(let node, let reason):
            guard phase != .stopping, nodes[node]?.phase == .ready || nodes[node]?.phase == .greeted else { return [] }
            return [.kill(node: node), note(now, node, .failure, "unreachable", reason)]
        case .interrupted(let reason):
            if failure == nil { failure = RunEnd(exitCode: 1, reason: reason) }
            return [note(now, "controller", .warning, "interrupted", reason)] + stop(now: now)
        case .asked(let request):
            guard phase == .running else {
                return [
                    note(
                        now, "controller", .warning, "set",
                        "\(request.key) = \(request.value) came before or after the run")
                ]
            }
            return perform(.set(key: request.key, value: request.value), now: now)
        case .timer: return tick(now)
        case .answered(let transmitter, let image, let reply): return answer(reply, to: transmitter, image, now: now)
        }
    }

    private mutating func hear(_ message: ControlMessage, from node: String, now: Instant) -> [Action] {
        switch message {
        case .hello(let hello): return greet(hello, from: node, now: now)
        case .ready(let ready): return markReady(node, ready, now: now)
        case .farewell: return []
        case .nodeError(let complaint):
            nodes[node]?.complaint = complaint.text
            return []
        case .profile(let report): return consider(report, from: node, now: now)
        case .transmissionReport(let departure): return depart(departure, from: node, now: now)
        case .omission(let omission): return omit(omission, from: node, now: now)
        case .channelReport(let report): return learn(report, now: now)
        case .receptionReport(let outcome): return conclude(outcome, at: node, now: now)
        case .retransmissionRequest(let repetition):
            guard let transmitter = transmitterOfLink[repetition.link], nodes[transmitter]?.phase == .ready else {
                return []
            }
            return [.tell(node: transmitter, message)]
        case .progress(let progress): return [.progress(.node("\(node): \(progress.text)"))]
        default: return []
        }
    }

    private mutating func tick(_ now: Instant) -> [Action] {
        var actions: [Action] = []
        while phase != .over, let alarm = agenda.popDue(now) {
            switch alarm {
            case .awaited(let node):
                if let state = nodes[node], state.isAwaited, phase == .gathering || phase == .running,
                    now >= state.since + patience
                {
                    actions += abandon(
                        "\(node): not ready after \(Int(saturating: patience.seconds)) s", exitCode: 1, now: now)
                }
            case .advance(let transmitter): actions += advance(transmitter, now: now)
            case .heard(let report): if phase == .running { actions += hear(report, now: now) }
            case .reconsider(let transmitter):
                reconsidering[transmitter] = nil
                actions += settle(transmitter, now: now)
            case .overdue(let transmitter, let image): actions += overdue(image, of: transmitter, now: now)
            case .absent(let transmitter, let image, let receiver):
                actions += absent(image, of: transmitter, at: receiver, now: now)
            case .event(let kind): if phase == .running { actions += perform(kind, now: now) + finishIfDone(now) }
            case .undo(let kind): if phase == .running { actions += undo(kind, now: now) }
            case .limit:
                guard phase == .running else { break }
                actions.append(note(now, "controller", .note, "time limit", "\(topology.timing.limit ?? 0) s"))
                actions += stop(now: now)
            case .stop:
                guard phase == .stopping, let stopBy, now >= stopBy else { break }
                for (name, node) in nodes.sorted where node.isAlive {
                    actions.append(.kill(node: name))
                }
                actions += over()
            }
        }
        return actions
    }

    // MARK: endings

    mutating func finishIfDone(_ now: Instant) -> [Action] {
        guard phase == .running, pendingJoins == 0 else { return [] }
        if busyTransmitters > 0 {
            // What a node that is gone had left to send nobody waits for, unless it is to come back.
            let left = queues.contains { name, queue in
                !queue.isDone && (nodes[name]?.isAlive == true || comesBack(name))
            }
            if left { return [] }
        }
        return stop(now: now)
    }

    package mutating func stop(now: Instant) -> [Action] {
        guard phase == .gathering || phase == .running else { return [] }
        phase = .stopping
        stopBy = now + farewellPatience
        var actions: [Action] = []
        for (name, node) in nodes.sorted where node.isAlive {
            if node.phase == .starting {
                actions.append(.kill(node: name))
            } else {
                if node.isPaused { actions.append(.resume(node: name)) }
                actions.append(.tell(node: name, .stop(Stop())))
            }
        }
        actions.append(plan(.stop, at: stopBy!))
        return nodes.alive > 0 ? actions : actions + over()
    }

    /// Ends at once: what is wrong now does not get better.
    mutating func abandon(_ reason: String, exitCode: Int32, now: Instant) -> [Action] {
        if failure == nil { failure = RunEnd(exitCode: exitCode, reason: reason) }
        return [note(now, "controller", .failure, "run ended", reason)] + stop(now: now)
    }

    package mutating func over() -> [Action] {
        phase = .over
        return [.finish(failure ?? RunEnd(exitCode: 0, reason: ""))]
    }

    mutating func countRestart() { restarts += 1 }

    package func note(
        _ now: Instant, _ node: String, _ severity: EventRecord.Severity, _ what: String, _ detail: String
    ) -> Action {
        .record(.event(EventRecord(at: now.nanoseconds, node: node, severity: severity, what: what, detail: detail)))
    }
}
