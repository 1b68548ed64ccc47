import Determinism
import Records
import Topologies
import Wire

/// What the controller knows of one node.
struct NodeState: Sendable {
    enum Phase: Sendable { case absent, starting, greeted, ready, gone }

    var settings: NodeSettings
    var phase = Phase.absent
    var epoch: UInt16 = 0
    var hello: Hello?
    /// Since when the phase holds.
    var since = Instant(nanoseconds: 0)
    var restarts = 0
    var complaint: String?
    var isPaused = false
    /// It was asked to go, by a leave event: its end is no failure.
    var isExpectedToEnd = false
    /// An event kills it, which is no crash; whether it starts again then.
    var isKilled = false
    var isToReturn = false

    var isAlive: Bool { phase == .starting || phase == .greeted || phase == .ready }
    var isAwaited: Bool { phase == .starting || phase == .greeted }

    init(settings: NodeSettings) { self.settings = settings }
}

extension ControllerRole {
    mutating func launch(_ name: String, now: Instant) -> [Action] {
        guard var node = nodes[name], !node.isAlive else { return [] }
        if node.phase == .gone { node.epoch &+= 1 }
        node.phase = .starting
        node.since = now
        node.complaint = nil
        node.isPaused = false
        node.isExpectedToEnd = false
        (node.isKilled, node.isToReturn) = (false, false)
        nodes[name] = node
        return [.start(node: name, epoch: node.epoch), plan(.awaited(node: name), at: now + patience)]
    }

    package mutating func greet(_ hello: Hello, from name: String, now: Instant) -> [Action] {
        guard let node = nodes[name], node.phase == .starting, hello.epoch == node.epoch else { return [] }
        if hello.modelIdentity != 0, let other = nodes.stranger(to: hello.modelIdentity) {
            return abandon("\(name) and \(other) loaded different codec weights", exitCode: 2, now: now)
        }
        var greeted = node
        (greeted.hello, greeted.phase, greeted.since) = (hello, .greeted, now)
        nodes[name] = greeted
        var actions = [plan(.awaited(node: name), at: now + patience)]
        if phase == .gathering, nodes.ungreeted > 0 { return actions }
        // Everyone learns where everyone is; whoever was ready before hears the new addresses.
        for (name, node) in nodes.sorted where node.phase == .greeted || node.phase == .ready {
            actions.append(.tell(node: name, .peers(Peers(peers: peers(of: name)))))
        }
        return actions
    }

    /// Takes note of where a node is seen that has not stated its address.
    package mutating func locate(_ name: String, at address: String) { nodes[name]?.settings.address = address }

    /// Whether the node was started at any time.
    package func hasCome(_ name: String) -> Bool { nodes[name].map { $0.phase != .absent } ?? false }

    /// The ends of links that a node must know: where it sends, and whose datagrams it accepts.
    package func peers(of name: String) -> [Peer] {
        var peers: [Peer] = []
        for link in linksOfNode[name] ?? [] {
            func add(_ other: String) {
                guard let hello = nodes[other]?.hello,
                    let port = hello.ports.first(where: { $0.purpose == link.name })?.port
                else { return }
                let host = nodes[other]?.settings.address ?? "127.0.0.1"
                peers.append(
                    Peer(link: link.name, role: hello.role, host: host, port: port))
            }
            if link.from == name { add(link.through) }
            if link.through == name { for receiver in link.to { add(receiver) } }
            if link.to.contains(name) { add(link.through) }
        }
        return peers
    }

    mutating func markReady(_ name: String, _ ready: Ready, now: Instant) -> [Action] {
        guard let node = nodes[name], node.phase == .greeted else { return [] }
        nodes[name]?.phase = .ready
        nodes[name]?.since = now
        var actions: [Action] = [.progress(.node("\(name) is ready\(ready.note.isEmpty ? "" : ": \(ready.note)")"))]
        if phase == .running {
            // A node that came later or came back joins the clock of the run.
            actions.append(.tell(node: name, .start(Start(origin: origin, seed: topology.seed))))
            actions += adjustments(for: name, now: now)
            return actions + advance(name, now: now)
        }
        guard phase == .gathering, nodes.unready == 0 else { return actions }
        phase = .running
        // A little ahead, so that every node has heard of it when block 0 begins.
        origin = now + .milliseconds(20)
        hasBegun = true
        for (name, node) in nodes.sorted where node.phase == .ready {
            actions.append(.tell(node: name, .start(Start(origin: origin, seed: topology.seed))))
        }
        for transmitter in queues.keys.sorted() { actions += advance(transmitter, now: now) }
        for event in topology.events.sorted(by: { $0.at < $1.at }) {
            actions.append(plan(.event(event.kind), at: origin + .seconds(event.at)))
        }
        if let limit = topology.timing.limit { actions.append(plan(.limit, at: origin + .seconds(limit))) }
        return actions
    }

    mutating func lose(_ name: String, _ report: ExitReport, now: Instant) -> [Action] {
        guard let node = nodes[name], node.isAlive else { return [] }
        nodes[name]?.phase = .gone
        nodes[name]?.hello = nil
        if phase == .stopping { return nodes.alive > 0 ? [] : over() }
        if node.isExpectedToEnd {
            return [note(now, name, .note, "left", report.summary)] + fail(imagesOf: name, "\(name) left", now: now)
                + finishIfDone(now)
        }
        if node.isKilled { return loseKilled(name, node, now: now) }
        crashes += 1
        let words = node.complaint ?? report.lastWords
        let reason = "\(name): \(report.summary)\(words.isEmpty ? "" : ": \(words)")"
        var actions: [Action] = [
            note(now, name, .failure, "crash", "\(report.summary)\(words.isEmpty ? "" : ": \(words)")"),
            .progress(.node(reason)),
        ]
        let comesBack =
            phase == .running && node.settings.restart == .onFailure && node.restarts < node.settings.restartLimit
        if comesBack {
            // Before its images are given up: a run whose last transmitter comes back is not over.
            nodes[name]?.restarts += 1
            countRestart()
            actions += launch(name, now: now)
        }
        actions += fail(imagesOf: name, "\(name) died", now: now)
        if comesBack { return actions }
        if phase == .running, node.settings.restart == .ignore { return actions + finishIfDone(now) }
        // Before the run a node that refuses its input says so with exit code 2; that is the run's, too.
        let code: Int32 = phase == .gathering && report.exitCode == 2 ? 2 : 1
        return actions + abandon(code == 2 && !words.isEmpty ? words : reason, exitCode: code, now: now)
    }

    /// The end of a node that an event killed: what the experiment asked for. Its restart policy brings it back as
    /// after any death; without one it stays away until a restart, and the run goes on.
    private mutating func loseKilled(_ name: String, _ node: NodeState, now: Instant) -> [Action] {
        var actions = [note(now, name, .note, "killed", "as the topology asks")]
        let isSaved = node.settings.restart == .onFailure && node.restarts < node.settings.restartLimit
        if phase == .running, node.isToReturn || isSaved {
            // Before its images are given up: a run whose last transmitter comes back is not over.
            if !node.isToReturn { nodes[name]?.restarts += 1 }
            countRestart()
            actions += launch(name, now: now)
        }
        return actions + fail(imagesOf: name, "\(name) was killed", now: now) + settleAll(now: now) + finishIfDone(now)
    }

    /// Whether a node is not there and nothing in store brings it back.
    func isGoneForGood(_ name: String) -> Bool { nodes[name]?.phase == .gone && !comesBack(name) }

    /// Whether an event is yet to start it again.
    func comesBack(_ name: String) -> Bool { pendingRestarts[name, default: 0] > 0 }

    /// Images that wait for a channel that is gone are given up.
    private mutating func settleAll(now: Instant) -> [Action] { queues.keys.sorted().flatMap { settle($0, now: now) } }
}
