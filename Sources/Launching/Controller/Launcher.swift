import Adaptation
import Datagrams
import Determinism
import Nodes
import Processes
import Records
import Roles
import Topologies
import Wire

/// The controller's process: starts the nodes, talks to them over sealed links, and does what `ControllerRole` says.
package final class Launcher {
    let topology: Topology
    private let topologyFile: String
    private let folder: String
    private let secret = Secret.generate()
    /// What proves that a node which others start may come, and the file it is in, if any.
    let door: (secret: Secret, file: String?)?
    private let records: RecordFile
    var role: ControllerRole
    private let loop: EventLoop
    let socket: UDPSocket
    private let signals: Int32
    private var links: [String: (control: ControlLink, endpoint: Endpoint?, failed: Bool)] = [:]
    private var lanes: [UInt32: String] = [:]
    /// Nodes' processes, and launchers of those that are elsewhere.
    private(set) var children: [String: NodeProcess] = [:]
    /// Nodes that others start; nil where there are none.
    private(set) var distant: DistantNodes?
    private var alarms: Set<Instant> = []
    private var nextLook = MonotonicClock.now
    var end: RunEnd?
    let progress: (ProgressNote) -> Void
    /// What a person asks of the running testbed.
    let requests: LiveRequests?
    /// Datagrams at the control port that belong to no node.
    private var strangers = 0
    /// The external policy, with what it has been asked.
    private let policy: PolicyDriver?
    private var questions: [(transmitter: String, image: Int)] = []
    private static let socketToken: UInt64 = 1, signalToken: UInt64 = 2, policyToken: UInt64 = 3,
        requestToken: UInt64 = 4, firstChildToken: UInt64 = 16
    private var childTokens: [UInt64: String] = [:]
    private var nextChildToken = Launcher.firstChildToken

    /// - Parameters:
    ///   - topologyFile: the resolved file, which the nodes of this host read.
    ///   - door: the secret of nodes that others start, and its file; nil where there are none.
    ///   - requests: what a person asks while the run goes on.
    /// - Throws: `DatagramError`, `ResultsError`, `TransferFailure`.
    package init(
        topology: Topology, topologyFile: String, folder: String, role: ControllerRole,
        door: (secret: Secret, file: String?)? = nil, requests: LiveRequests? = nil,
        progress: @escaping (ProgressNote) -> Void
    ) throws {
        self.topology = topology
        self.topologyFile = topologyFile
        self.folder = folder
        self.door = door
        self.role = role
        self.progress = progress
        self.requests = requests
        signals = try ProcessLife.terminationDescriptor()
        records = try RecordFile(path: "\(folder)/records/controller.jsonl")
        loop = try EventLoop()
        socket = try UDPSocket(
            try Endpoint(host: topology.controller.bindAddress, port: UInt16(topology.controller.port)))
        try loop.watch(socket.descriptor, token: Self.socketToken)
        try loop.watch(signals, token: Self.signalToken)
        policy = topology.externalScheme == nil ? nil : try PolicyDriver(topology, folder: folder)
        if let policy { try loop.watch(policy.descriptor, token: Self.policyToken) }
        if let requests { try loop.watch(requests.descriptor, token: Self.requestToken) }
        guard let door else { return }
        distant = try DistantNodes(topology, photos: role.photos, secret: secret, door: door.secret, folder: folder)
    }

    package var crashes: Int { role.crashes }
    package var restarts: Int { role.restarts }

    /// When the run's time began; `nil` if it never did.
    package var origin: Instant? { role.hasBegun ? role.origin : nil }
    package func flush() throws { try records.flush() }

    package func append(_ record: Record) { records.append(record) }

    /// Runs to the end; nothing is left running when it returns or throws.
    package func run() throws -> RunEnd {
        defer {
            endChildren()
            policy?.end()
        }
        do {
            try gather()
            if end == nil { try perform(role.begin(now: MonotonicClock.now)) }
            while end == nil { try turn() }
        } catch {
            // Whoever is elsewhere must not wait for a controller that has failed.
            distant?.dismiss("the controller failed: \(error)")
            try? speak()
            throw error
        }
        try collect()
        try noteRefusals()
        return end!
    }

    /// Waits for what comes next, and serves it.
    func turn() throws {
        try speak()
        let instants = [alarms.min(), nextLook, distant?.nextInstant] + links.values.map(\.control.nextInstant)
        var ready: [UInt64] = []
        try loop.wait(until: instants.compactMap { $0 }.min()) { ready.append($0) }
        for token in ready { try serve(token) }
        let now = MonotonicClock.now
        if alarms.contains(where: { $0 <= now }) {
            alarms = alarms.filter { $0 > now }
            try perform(role.handle(.timer, now: now))
        }
        guard now >= nextLook else { return }
        // A child that handed its output on to another process ends unheard: look.
        for name in children.keys.sorted() { try look(at: name, wait: false) }
        // As process 1 of a container this is the parent of all that a captioner leaves behind.
        if ProcessLife.identifier == 1, let others = policy.map(\.processes) ?? [] {
            ProcessLife.reapForeign(own: children.values.map(\.identifier) + others)
        }
        try records.flush()
        nextLook = now + .milliseconds(100)
    }

    /// What was refused, and what was lost in this host, for the record.
    private func noteRefusals() throws {
        let known = distant?.refusals ?? RefusalCounts()
        let refused = links.values.reduce(known) { $0 + $1.control.refusals }
        let strangers = strangers + (distant?.strangers ?? 0)
        let causes = [refused.summary, strangers > 0 ? "\(strangers) of nobody" : nil].compactMap { $0 }
        if !causes.isEmpty { note("controller", .note, "rejected datagrams", causes.joined(separator: ", ")) }
        if let detail = socket.refusalSummary { note("controller", .warning, "datagrams lost in this host", detail) }
        if let record = policy?.strayRecord(at: MonotonicClock.now.nanoseconds) { records.append(record) }
        try records.flush()
    }

    func note(_ node: String, _ severity: EventRecord.Severity, _ what: String, _ detail: String) {
        let at = MonotonicClock.now.nanoseconds
        records.append(.event(EventRecord(at: at, node: node, severity: severity, what: what, detail: detail)))
    }

    private func serve(_ token: UInt64) throws {
        switch token {
        case Self.socketToken:
            let now = MonotonicClock.now
            for datagram in try socket.receive() { try hear(datagram, now: now) }
        case Self.signalToken:
            if let signal = ProcessLife.terminationSignal(signals) {
                try perform(
                    role.handle(
                        .interrupted(
                            reason: signal == ProcessLife.interrupt ? "interrupted" : "ended by signal \(signal)"),
                        now: MonotonicClock.now))
            }
        case Self.requestToken: try obey()
        case Self.policyToken:
            for (number, reply) in policy?.answers() ?? [] where end == nil {
                let (transmitter, image) = questions[number]
                try perform(
                    role.handle(.answered(transmitter: transmitter, image: image, reply), now: MonotonicClock.now))
            }
        default:
            guard let name = childTokens[token], let child = children[name] else { return }
            if !child.drain() {
                loop.unwatch(child.output)
                childTokens[token] = nil
                try look(at: name, wait: true)
            }
        }
    }

    private func look(at name: String, wait: Bool) throws {
        guard let child = children[name], let report = child.reap(wait: wait) else { return }
        children[name] = nil
        childTokens = childTokens.filter { $0.value != name }
        if let node = distant?.nodes[name] { return try launcherEnded(node, report) }
        try perform(role.handle(.exited(node: name, report), now: MonotonicClock.now))
    }

    private func hear(_ datagram: ReceivedDatagram, now: Instant) throws {
        if let distant, distant.owns(datagram.bytes) {
            return try happen(distant.hear(datagram, now: now) { try socket.send($0, to: $1) })
        }
        guard let lane = SealFormat.lane(of: datagram.bytes), let name = lanes[lane] else {
            strangers += 1
            return
        }
        let opened = links[name]!.control.refusals
        let messages = links[name]!.control.receive(datagram.bytes, now: now)
        // Only what authenticates may say where a node is.
        if links[name]!.control.refusals == opened { links[name]!.endpoint = datagram.sender }
        for message in messages {
            // Answered here and at once: every moment until then widens the error.
            if case .clockProbe(let probe) = message {
                links[name]!.control.send(
                    .clockReply(
                        ClockReply(
                            number: probe.number, probeSent: probe.sent, received: datagram.arrival,
                            sent: MonotonicClock.now)))
                try speak()
                continue
            }
            try perform(role.handle(.message(node: name, message), now: MonotonicClock.now))
        }
    }

    private func speak() throws {
        let now = MonotonicClock.now
        if let distant { try happen(distant.poll(now: now) { try socket.send($0, to: $1) }) }
        for name in links.keys.sorted() {
            guard let endpoint = links[name]!.endpoint else { continue }
            for datagram in try links[name]!.control.poll(now: now) { try socket.send(datagram, to: endpoint) }
            if let failure = links[name]!.control.failure, !links[name]!.failed {
                links[name]!.failed = true
                try perform(role.handle(.silent(node: name, reason: "\(failure)"), now: now))
            }
        }
    }

    func perform(_ actions: [ControllerRole.Action]) throws {
        for action in actions {
            switch action {
            case .start(let node, let epoch): try start(node, epoch: epoch)
            case .tell(let node, let message): links[node]?.control.send(message)
            case .kill(let node): try signal(node, .kill, .kill)
            case .pause(let node): try signal(node, .stop, .pause)
            case .resume(let node): try signal(node, .proceed, .resume)
            case .record(let record): records.append(record)
            case .progress(let note): progress(note)
            case .wake(let instant): alarms.insert(instant)
            case .finish(let end): self.end = end
            case .ask(let transmitter, let image, let situation):
                questions.append((transmitter, image))
                policy?.ask(questions.count - 1, situation)
            case .inform(let outcome, let picture): policy?.tell(outcome, picture: picture)
            }
        }
    }

    /// To a process here as a signal, to one elsewhere as an order.
    private func signal(_ name: String, _ signal: ProcessSignal, _ order: HostOrder) throws {
        guard let node = distant?.nodes[name] else { return children[name]?.send(signal) ?? () }
        if order == .kill { try happen(distant?.kill(node) ?? []) } else { node.order(order) }
    }

    private func start(_ name: String, epoch: UInt16) throws {
        guard let settings = topology.node(name) else { return }
        let control = ControlLink(secret, node: name, side: .controller, epoch: epoch)
        lanes[control.incomingLane] = name
        links[name] = (control, nil, false)
        if let node = distant?.nodes[name] { return try startDistant(node, epoch: epoch) }
        let options = NodeOptions(
            topology: topologyFile, name: name, controller: advertised, folder: folder, epoch: epoch)
        let executable = settings.command.isEmpty ? [Program.beside(settings.role.executable)] : settings.command
        try spawn(
            name, executable + options.arguments, environment: ["OPENBLAS_NUM_THREADS": String(settings.threads)],
            firstLine: secret.hexadecimal)
    }

    /// Starts a process that stands for a node; that it cannot be started is its end.
    func spawn(_ name: String, _ command: [String], environment: [String: String], firstLine: String) throws {
        do {
            let child = try NodeProcess(command: command, environment: environment, firstLine: firstLine)
            children[name] = child
            let token = nextChildToken
            nextChildToken += 1
            childTokens[token] = name
            try loop.watch(child.output, token: token)
        } catch let failure as StartFailure {
            let report = ExitReport(exitCode: failure.exitCode, lastWords: "\(failure)")
            if let node = distant?.nodes[name] { return try launcherEnded(node, report) }
            try perform(role.handle(.exited(node: name, report), now: MonotonicClock.now))
        }
    }

    /// Whatever is left is killed and waited for.
    private func endChildren() {
        for child in children.values { child.send(.kill) }
        for name in children.keys.sorted() { forget(name) }
    }

    /// Ends a process of which nothing is expected any more.
    func forget(_ name: String) {
        guard let child = children.removeValue(forKey: name) else { return }
        childTokens = childTokens.filter { $0.value != name }
        loop.unwatch(child.output)
        child.send(.kill)
        _ = child.reap(wait: true)
    }
}
