import Datagrams
import Determinism
import Foundation
import Records
import Wire

/// The process around a role: the sealed control link, the data sockets, the worker thread, the record, and the wait.
///
/// A node opens its sockets, calls ``greet(role:modelIdentity:)``, and then ``run(_:)`` until it is over. Everything
/// runs on the calling thread except the jobs, which one worker thread takes in order.
package final class NodeRuntime {
    package enum Input {
        case message(ControlMessage)
        /// A datagram on the socket of that link.
        case datagram(link: String, ReceivedDatagram)
        case timer
        /// Standard input has ended, or a signal came: the launcher is gone or wants an end.
        case interrupted(String)
    }

    package let options: NodeOptions
    package let secret: Secret
    package let records: RecordFile
    private let loop: EventLoop
    private let controlSocket: UDPSocket
    private let controller: Endpoint
    private var control: ControlLink
    private var dataSockets: [(link: String, socket: UDPSocket)] = []
    private let worker: JobThread
    /// Datagrams at data ports on which nothing is expected.
    private var strays = 0
    /// Data datagrams that did not open, as the node's own openers count them; asked for when the node leaves.
    package var refusals: () -> RefusalCounts = { RefusalCounts() }
    private var nextJob = 0
    private var completions: [Int: (any Sendable) throws -> Void] = [:]
    private var alarms: Set<Instant> = []
    private var stopping = false
    private let signals: Int32
    private var clock: ClockKeeper
    /// What is still to be said before the clock is set.
    private var readiness: (role: String, note: String)?
    private static let inputToken: UInt64 = 1, signalToken: UInt64 = 2, workToken: UInt64 = 3, controlToken: UInt64 = 4,
        firstDataToken: UInt64 = 16

    /// - Throws: `DatagramError`, `ResultsError`; each names the address or the file.
    package init(_ options: NodeOptions, secret: Secret, address: String, spin: Instant.Span = .zero) throws {
        self.options = options
        self.secret = secret
        // Before any thread starts, so that all inherit the mask.
        signals = try ProcessLife.terminationDescriptor()
        records = try RecordFile(path: options.recordPath)
        loop = try EventLoop(spin: spin)
        controller = try Endpoint(options.controller)
        clock = ClockKeeper(controller: controller)
        controlSocket = try UDPSocket(try Endpoint(host: address, port: 0))
        control = ControlLink(secret, node: options.name, side: .node, epoch: options.epoch)
        worker = try JobThread()
        try loop.watchInput(token: Self.inputToken)
        try loop.watch(signals, token: Self.signalToken)
        try loop.watch(worker.descriptor, token: Self.workToken)
        try loop.watch(controlSocket.descriptor, token: Self.controlToken)
    }

    /// Opens the socket at which datagrams of a link arrive, or from which they leave.
    package func open(link: String, address: String, port: UInt16 = 0) throws {
        let socket = try UDPSocket(try Endpoint(host: address, port: port))
        try loop.watch(socket.descriptor, token: Self.firstDataToken + UInt64(dataSockets.count))
        dataSockets.append((link, socket))
    }

    package func socket(of link: String) -> UDPSocket? { dataSockets.first { $0.link == link }?.socket }

    /// Says who this node is.
    package func greet(role: Wire.NodeRole, modelIdentity: UInt64, host: String = "") {
        let ports =
            [PortBinding(purpose: "control", port: controlSocket.local.port)]
            + dataSockets.map { PortBinding(purpose: $0.link, port: $0.socket.local.port) }
        tell(
            .hello(
                Hello(
                    name: options.name, role: role, epoch: options.epoch,
                    processIdentifier: UInt32(ProcessLife.identifier),
                    host: host, modelIdentity: modelIdentity,
                    ports: ports)))
    }

    /// Says that models are loaded and peers are known, and writes down who this is.
    package func announce(role: String, note: String) {
        readiness = (role, note)
        declareReady()
    }

    /// Once the clock is the controller's: instants before that mean nothing to others.
    private func declareReady() {
        guard let (role, note) = readiness, clock.isSettled else { return }
        readiness = nil
        nodeRecord = NodeRecord(
            name: options.name, role: role, process: ProcessLife.identifier, host: ProcessInfo.processInfo.hostName,
            readyAt: now.nanoseconds)
        (nodeRecord!.clockOffset, nodeRecord!.clockError) = (
            clock.state(at: MonotonicClock.local)?.offset, clock.state(at: MonotonicClock.local)?.error
        )
        records.append(.node(nodeRecord!))
        tell(.ready(Ready(note: note)))
    }

    package func tell(_ message: ControlMessage) { control.send(message) }
    package func wake(at instant: Instant) { alarms.insert(instant) }

    /// Runs `work` on the worker thread, then `done` here.
    package func compute<Value: Sendable>(
        _ work: @escaping @Sendable () -> Value, then done: @escaping (Value) throws -> Void
    ) {
        let number = nextJob
        nextJob += 1
        completions[number] = { value in if let value = value as? Value { try done(value) } }
        worker.submit(number, work)
    }

    /// Tells the controller how far a job is; to be called from inside the job.
    package var reporter: @Sendable (Wire.Progress) -> Void { { [worker] in worker.report($0) } }

    package var now: Instant { MonotonicClock.now }
    /// Alarms up to here have rung: a clock that is set back meanwhile must not hide them from their role.
    package private(set) var rungUntil = Instant(nanoseconds: .min)

    /// A datagram came where the node only sends.
    package func countStray() { strays += 1 }

    /// Ends the loop once the controller has acknowledged everything and all jobs are done, or after two seconds.
    package func leave(counters: [Counter]) {
        guard !stopping else { return }
        stopping = true
        writeMemory()
        try? records.flush()
        control.send(.farewell(Farewell(counters: counters)))
    }

    /// Ends at once, without a farewell: nobody is left to hear it.
    package func quit() {
        writeMemory()
        try? records.flush()
        ProcessLife.end(1)
    }

    private var nodeRecord: NodeRecord?

    /// The last a node writes: what it refused, and its memory.
    private func writeMemory() {
        let causes = [
            (control.refusals + refusals()).summary, strays > 0 ? "\(strays) where nothing is received" : nil,
        ].compactMap { $0 }
        if !causes.isEmpty {
            let detail = causes.joined(separator: ", ")
            records.append(
                .event(
                    EventRecord(
                        at: now.nanoseconds, node: options.name, severity: .note, what: "rejected datagrams",
                        detail: detail)))
        }
        let sockets = dataSockets.map(\.socket) + [controlSocket]
        let drops = sockets.reduce(0) { $0 + $1.kernelDrops }
        let losses =
            (drops > 0 ? ["\(drops) in the kernel's receive buffers"] : []) + sockets.compactMap(\.refusalSummary)
        if !losses.isEmpty {
            let (what, detail) = ("datagrams lost in this host", losses.joined(separator: ", "))
            records.append(
                .event(
                    EventRecord(at: now.nanoseconds, node: options.name, severity: .warning, what: what, detail: detail)
                ))
        }
        guard var record = nodeRecord else { return }
        record.peakMemory = ProcessLife.peakMemory
        (record.clockOffset, record.clockError) = (
            clock.state(at: MonotonicClock.local)?.offset, clock.state(at: MonotonicClock.local)?.error
        )
        records.append(.node(record))
        nodeRecord = nil
    }

    /// Feeds `handle` until the node has left.
    ///
    /// - Throws: `NodeFailure.controllerGone`, `DatagramError`, `ResultsError` when the record cannot be written.
    package func run(_ handle: (Input) throws -> Void) throws {
        var leaveBy: Instant?
        var nextFlush = now + .milliseconds(200)
        while true {
            if let probe = clock.probe(MonotonicClock.local) { control.send(probe) }
            for datagram in try control.poll(now: MonotonicClock.local) {
                try controlSocket.send(datagram, to: controller)
            }
            if stopping {
                if leaveBy == nil { leaveBy = now + .seconds(2) }
                // Files that are still being written belong to the record.
                if completions.isEmpty, control.isSettled { return }
                if now >= leaveBy! { return }
            }
            if let failure = control.failure {
                if stopping { return }
                throw NodeFailure.controllerGone("\(failure)")
            }
            var ready: [UInt64] = []
            let talk = [control.nextInstant, clock.nextInstant].compactMap { $0.map { $0 + MonotonicClock.offset } }
            let deadline = (talk + [alarms.min(), leaveBy, nextFlush].compactMap { $0 }).min()
            try loop.wait(until: deadline) { ready.append($0) }
            for token in ready {
                switch token {
                case Self.inputToken: try readInput(handle)
                case Self.signalToken:
                    if let signal = ProcessLife.terminationSignal(signals) {
                        try handle(.interrupted("signal \(signal)"))
                    }
                case Self.workToken:
                    for progress in worker.reports() { tell(.progress(progress)) }
                    for result in worker.finished() {
                        try completions.removeValue(forKey: result.number)?(result.value)
                    }
                case Self.controlToken:
                    for datagram in try controlSocket.receive() {
                        for message in control.receive(datagram.bytes, now: MonotonicClock.local) {
                            guard case .clockReply(let reply) = message else {
                                try handle(.message(message))
                                continue
                            }
                            if let offset = clock.take(reply, back: datagram.arrival - MonotonicClock.offset) {
                                MonotonicClock.offset = offset
                            }
                            if readiness != nil, clock.isSettled {
                                declareReady()
                                nextFlush = now
                            }
                        }
                    }
                default:
                    let (link, socket) = dataSockets[Int(token - Self.firstDataToken)]
                    // A few batches at a time: whoever floods the port must not keep the node from its controller.
                    for _ in 0..<4 {
                        let batch = try socket.receive()
                        for datagram in batch { try handle(.datagram(link: link, datagram)) }
                        if batch.count < 64 { break }
                    }
                }
            }
            let instant = now
            if alarms.contains(where: { $0 <= instant }) {
                alarms = alarms.filter { $0 > instant }
                rungUntil = instant
                try handle(.timer)
            }
            if instant >= nextFlush {
                try records.flush()
                nextFlush = instant + .milliseconds(200)
            }
        }
    }

    private func readInput(_ handle: (Input) throws -> Void) throws {
        guard ProcessLife.inputHasEnded() else { return }
        loop.unwatch(0)
        // The launcher holds the other end; nobody is left to report to.
        quit()
    }
}
