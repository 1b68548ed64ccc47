import Adaptation
import Datagrams
import Determinism
import Foundation
import Processes
import Records
import Roles
import Topologies
import Wire

/// The controller's process: starts the nodes, talks to them over sealed links, and does what `ControllerRole` says.
package final class Launcher {
    private let topology: Topology
    private let topologyFile: String
    private let folder: String
    private let secret: Secret
    private let records: RecordFile
    private var role: ControllerRole
    private let loop: EventLoop
    private let socket: UDPSocket
    private let signals: Int32
    private var links: [String: (control: ControlLink, endpoint: Endpoint?, failed: Bool)] = [:]
    private var lanes: [UInt32: String] = [:]
    private var children: [String: NodeProcess] = [:]
    private var alarms: Set<Instant> = []
    private var end: RunEnd?
    private let progress: (ProgressNote) -> Void
    /// What a person asks of the running testbed.
    private let requests: LiveRequests?
    /// Datagrams at the control port that belong to no node.
    private var strangers = 0
    /// The external policy, with what it has been asked.
    private let policy: PolicyDriver?
    private var questions: [(transmitter: String, image: Int)] = []
    private static let socketToken: UInt64 = 1, signalToken: UInt64 = 2, policyToken: UInt64 = 3,
        firstChildToken: UInt64 = 16
    private var childTokens: [UInt64: String] = [:]
    private var nextChildToken = Launcher.firstChildToken

    /// - Parameters:
    ///   - topologyFile: the resolved file, which the nodes read.
    ///   - address: where the nodes reach the controller.
    /// - Throws: `DatagramError`, `ResultsError`.
    package init(
        topology: Topology, topologyFile: String, folder: String, role: ControllerRole, secret: Secret = .generate(),
        address: String = "127.0.0.1",
        requests: LiveRequests? = nil,
        progress: @escaping (ProgressNote) -> Void
    ) throws {
        self.topology = topology
        self.topologyFile = topologyFile
        self.folder = folder
        self.secret = secret
        self.role = role
        self.progress = progress
        self.requests = requests
        signals = try ProcessLife.terminationDescriptor()
        records = try RecordFile(path: "\(folder)/records/controller.jsonl")
        loop = try EventLoop()
        socket = try UDPSocket(try Endpoint(host: address, port: 0))
        try loop.watch(socket.descriptor, token: Self.socketToken)
        try loop.watch(signals, token: Self.signalToken)
        policy = topology.externalScheme == nil ? nil : try PolicyDriver(topology, folder: folder)
        if let policy { try loop.watch(policy.descriptor, token: Self.policyToken) }
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
        try perform(role.begin(now: MonotonicClock.now))
        var nextLook = MonotonicClock.now + .milliseconds(100)
        while end == nil {
            try speak()
            let deadline = ([alarms.min(), nextLook] + links.values.map(\.control.nextInstant)).compactMap { $0 }.min()
            var ready: [UInt64] = []
            try loop.wait(until: deadline) { ready.append($0) }
            for token in ready where end == nil { try serve(token) }
            let now = MonotonicClock.now
            if alarms.contains(where: { $0 <= now }) {
                alarms = alarms.filter { $0 > now }
                try perform(role.handle(.timer, now: now))
            }
            if now >= nextLook {
                // A child that handed its output on to another process ends unheard: look.
                for name in children.keys.sorted() { try look(at: name, wait: false) }
                // As process 1 of a container this is the parent of all that a captioner leaves behind.
                if ProcessLife.identifier == 1, let others = policy.map(\.processes) ?? [] {
                    ProcessLife.reapForeign(own: children.values.map(\.identifier) + others)
                }
                for request in requests?.take() ?? [] { try perform(role.handle(.asked(request), now: now)) }
                try records.flush()
                nextLook = now + .milliseconds(100)
            }
        }
        let refused = links.values.reduce(RefusalCounts()) { $0 + $1.control.refusals }
        let causes = [refused.summary, strangers > 0 ? "\(strangers) of nobody" : nil].compactMap { $0 }
        if !causes.isEmpty {
            let (at, detail) = (MonotonicClock.now.nanoseconds, causes.joined(separator: ", "))
            records.append(
                .event(
                    EventRecord(at: at, node: "controller", severity: .note, what: "rejected datagrams", detail: detail)
                ))
        }
        if let detail = socket.refusalSummary {
            let (at, what) = (MonotonicClock.now.nanoseconds, "datagrams lost in this host")
            records.append(
                .event(EventRecord(at: at, node: "controller", severity: .warning, what: what, detail: detail)))
        }
        if let record = policy?.strayRecord(at: MonotonicClock.now.nanoseconds) { records.append(record) }
        try records.flush()
        return end!
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
        try perform(role.handle(.exited(node: name, report), now: MonotonicClock.now))
    }

    private func hear(_ datagram: ReceivedDatagram, now: Instant) throws {
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
        for name in links.keys.sorted() {
            guard let endpoint = links[name]!.endpoint else { continue }
            for datagram in try links[name]!.control.poll(now: now) { try socket.send(datagram, to: endpoint) }
            if let failure = links[name]!.control.failure, !links[name]!.failed {
                links[name]!.failed = true
                try perform(role.handle(.silent(node: name, reason: "\(failure)"), now: now))
            }
        }
    }

    private func perform(_ actions: [ControllerRole.Action]) throws {
        for action in actions {
            switch action {
            case .start(let node, let epoch): try start(node, epoch: epoch)
            case .tell(let node, let message): links[node]?.control.send(message)
            case .kill(let node): children[node]?.send(.kill)
            case .pause(let node): children[node]?.send(.stop)
            case .resume(let node): children[node]?.send(.proceed)
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

    private func start(_ name: String, epoch: UInt16) throws {
        guard let settings = topology.node(name) else { return }
        let control = ControlLink(secret, node: name, side: .controller, epoch: epoch)
        lanes[control.incomingLane] = name
        links[name] = (control, nil, false)
        let options = NodeOptions(
            topology: topologyFile, name: name, controller: "\(socket.local)", folder: folder, epoch: epoch)
        let executable = settings.command.isEmpty ? [Self.siblingPath(settings.role.executable)] : settings.command
        do {
            let child = try NodeProcess(
                command: executable + options.arguments,
                environment: ["OPENBLAS_NUM_THREADS": String(settings.threads)],
                firstLine: secret.hexadecimal)
            children[name] = child
            let token = nextChildToken
            nextChildToken += 1
            childTokens[token] = name
            try loop.watch(child.output, token: token)
        } catch let failure as StartFailure {
            try perform(
                role.handle(
                    .exited(node: name, ExitReport(exitCode: failure.exitCode, lastWords: "\(failure)")),
                    now: MonotonicClock.now))
        }
    }

    /// An executable beside this one.
    static func siblingPath(_ name: String) -> String {
        let own =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        return (own as NSString).deletingLastPathComponent + "/" + name
    }

    /// Whatever is left is killed and waited for.
    private func endChildren() {
        for child in children.values { child.send(.kill) }
        for child in children.values { _ = child.reap(wait: true) }
        children = [:]
    }
}
