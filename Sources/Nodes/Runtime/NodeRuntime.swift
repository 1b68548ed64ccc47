import Datagrams
import Determinism
import Foundation
import Records
import Topologies
import Wire

/// The process around a node: the sealed control link, the clock, the worker thread, the record, and the wait.
///
/// Everything runs on the calling thread except the jobs, which one worker thread takes in order. Within one turn the
/// node's own datagrams come before what the controller says.
package final class NodeRuntime {
    let options: NodeOptions
    private let records: any RecordSink
    private let loop: EventLoop
    private let controlSocket: UDPSocket
    private let controller: Endpoint
    private var control: ControlLink
    private let worker: JobThread?
    /// Datagrams at ports on which nothing is expected.
    private var strays = 0
    private var nextJob = 0
    private var runningJobs = 0
    private var alarms: Set<Instant> = []
    /// Until when the farewell may take; nil: it has not been said.
    private var leaveBy: Instant?
    private var nextFlush = MonotonicClock.now
    private let signals: Int32
    private var clock: ClockKeeper
    /// What is still to be said before the clock is set.
    private var readiness: String?
    private var nodeRecord: NodeRecord?
    private var title = ""
    private static let inputToken: UInt64 = 1, signalToken: UInt64 = 2, workToken: UInt64 = 3, controlToken: UInt64 = 4,
        firstPortToken: UInt64 = 16
    private static let flushInterval = Instant.Span.milliseconds(100)

    /// - Parameters:
    ///   - settings: of the node, which say from which address and port the controller is spoken to.
    ///   - spin: how long before an instant the loop stays awake at most;
    ///     above zero it also comes before ordinary threads.
    ///   - computes: whether the node has jobs.
    ///   - records: in place of the plain file.
    /// - Throws: `DatagramError`, `ResultsError`, `StartFailure`; each names the address or the file.
    init(
        _ options: NodeOptions, secret: Secret, at settings: NodeSettings, keepsTime spin: Instant.Span? = nil,
        computes: Bool = false, records: (any RecordSink)? = nil
    ) throws {
        self.options = options
        // Before any thread starts, so that all inherit the mask.
        signals = try ProcessLife.terminationDescriptor()
        self.records = try records ?? RecordFile(path: options.recordPath)
        loop = try EventLoop(spin: spin ?? .zero, keepsTime: spin != nil)
        controller = try Endpoint(options.controller)
        clock = ClockKeeper(controller: controller)
        controlSocket = try UDPSocket(
            try Endpoint(host: settings.bindAddress, port: UInt16(settings.controlPort)))
        control = ControlLink(secret, node: options.name, side: .node, epoch: options.epoch)
        worker = computes ? try JobThread() : nil
        try loop.watchInput(token: Self.inputToken)
        try loop.watch(signals, token: Self.signalToken)
        if let worker { try loop.watch(worker.descriptor, token: Self.workToken) }
        try loop.watch(controlSocket.descriptor, token: Self.controlToken)
    }

    // MARK: what a node asks for

    var now: Instant { MonotonicClock.now }

    func tell(_ message: ControlMessage) { control.send(message) }
    func append(_ record: Record) { records.append(record) }
    func wake(at instant: Instant) { alarms.insert(instant) }
    /// A datagram came where the node only sends.
    func countStray() { strays += 1 }

    /// Runs `work` on the worker thread; its result comes back as an event.
    func compute(_ work: @escaping @Sendable () -> any Sendable) {
        guard let worker else { preconditionFailure("a node that has jobs says so") }
        runningJobs += 1
        nextJob += 1
        worker.submit(nextJob, work)
    }

    /// Tells the controller how far a job is; to be called from inside the job.
    var reporter: @Sendable (Wire.Progress) -> Void { { [worker] in worker?.report($0) } }

    /// Says that models are loaded and peers are known, and writes down who this is.
    func announce(note: String) {
        readiness = note
        declareReady()
    }

    /// Ends the loop once the controller has acknowledged everything and all jobs are done, or after two seconds.
    func leave(_ node: some Node) {
        guard leaveBy == nil else { return }
        leaveBy = now + .seconds(2)
        writeLast(node)
        control.send(.farewell(Farewell()))
    }

    // MARK: the loop

    /// Says who the node is, and drives it until it has left.
    ///
    /// - Throws: `NodeFailure.controllerGone`, `DatagramError`, `ResultsError` when the record cannot be written, and
    ///   what the node throws; the controller is told.
    func run(_ node: inout some Node) throws {
        title = node.title
        do {
            try greet(node)
            while try turn(&node) {}
            try flush(&node)
        } catch {
            control.send(.nodeError(NodeError(text: "\(error)")))
            try? speak()
            try? flush(&node)
            records.finish()
            throw error
        }
        records.finish()
    }

    private func greet(_ node: some Node) throws {
        for (number, port) in node.ports.enumerated() {
            try loop.watch(port.socket.descriptor, token: Self.firstPortToken + UInt64(number))
        }
        let ports =
            [PortBinding(purpose: "control", port: controlSocket.local.port)]
            + node.ports.map { PortBinding(purpose: $0.link, port: $0.socket.local.port) }
        tell(
            .hello(
                Hello(
                    role: node.kind, epoch: options.epoch, modelIdentity: node.modelIdentity,
                    ports: ports)))
    }

    private var readyTokens: [UInt64] = []
    private var readyPorts: [Int] = []

    /// - Returns: false once the node has left.
    private func turn<Driven: Node>(_ node: inout Driven) throws -> Bool {
        try speak()
        if let leaveBy, runningJobs == 0 && control.isSettled || now >= leaveBy { return false }
        if let failure = control.failure {
            if leaveBy != nil { return false }
            throw NodeFailure.controllerGone("\(failure)")
        }
        readyTokens.removeAll(keepingCapacity: true)
        readyPorts.removeAll(keepingCapacity: true)
        try loop.wait(until: deadline(node.nextInstant)) { readyTokens.append($0) }
        for token in readyTokens where token >= Self.firstPortToken {
            readyPorts.append(Int(token - Self.firstPortToken))
        }
        try node.serve(readyPorts, self)
        for token in readyTokens where token < Self.firstPortToken { try serve(token, &node) }
        let instant = now
        if let first = alarms.min(), first <= instant {
            alarms = alarms.filter { $0 > instant }
            try node.handle(.timer(instant), self)
        }
        if now >= nextFlush {
            try flush(&node)
            nextFlush = now + Self.flushInterval
        }
        return true
    }

    private func deadline(_ instant: Instant?) -> Instant {
        var deadline = nextFlush
        for own in [control.nextInstant, clock.nextInstant] {
            if let own { deadline = min(deadline, own + MonotonicClock.offset) }
        }
        for other in [instant, alarms.min(), leaveBy] { if let other { deadline = min(deadline, other) } }
        return deadline
    }

    private func serve<Driven: Node>(_ token: UInt64, _ node: inout Driven) throws {
        switch token {
        case Self.inputToken where ProcessLife.inputHasEnded(): quit(&node)
        case Self.signalToken where ProcessLife.terminationSignal(signals) != nil: quit(&node)
        case Self.workToken:
            for progress in worker?.reports() ?? [] { tell(.progress(progress)) }
            for result in worker?.finished() ?? [] {
                runningJobs -= 1
                guard let value = result.value as? Driven.Finished else { continue }
                try node.handle(.finished(value), self)
            }
        case Self.controlToken:
            for datagram in try controlSocket.receive() {
                for message in control.receive(datagram.bytes, now: MonotonicClock.local) {
                    if case .clockReply(let reply) = message {
                        setClock(reply, back: datagram.arrival - MonotonicClock.offset)
                    } else {
                        try node.handle(.message(message), self)
                    }
                }
            }
        default: break
        }
    }

    private func speak() throws {
        if let probe = clock.probe(MonotonicClock.local) { control.send(probe) }
        let datagrams = try control.poll(now: MonotonicClock.local)
        if !datagrams.isEmpty { try controlSocket.send(datagrams, to: controller) }
    }

    private func setClock(_ reply: ClockReply, back: Instant) {
        if let offset = clock.take(reply, back: back) { MonotonicClock.offset = offset }
        declareReady()
    }

    /// Once the clock is the controller's: instants before that mean nothing to others.
    private func declareReady() {
        guard let note = readiness, clock.isSettled else { return }
        readiness = nil
        nodeRecord = stamped(
            NodeRecord(
                name: options.name, role: title, process: ProcessLife.identifier,
                host: ProcessInfo.processInfo.hostName, readyAt: now.nanoseconds))
        nodeRecord.map { append(.node($0)) }
        tell(.ready(Ready(note: note)))
        nextFlush = now
    }

    private func stamped(_ record: NodeRecord) -> NodeRecord {
        var record = record
        let state = clock.state(at: MonotonicClock.local)
        (record.clockOffset, record.clockError) = (state?.offset, state?.error)
        return record
    }

    private func flush(_ node: inout some Node) throws {
        try records.flush()
        try node.flush()
    }

    // MARK: the end

    /// Ends at once, without a farewell: the launcher holds the other end of the input, and nobody is left to hear it.
    private func quit(_ node: inout some Node) -> Never {
        writeLast(node)
        try? flush(&node)
        records.finish()
        ProcessLife.end(1)
    }

    /// The last a node writes: what it refused, what was lost, and its memory.
    private func writeLast(_ node: some Node) {
        func note(_ severity: EventRecord.Severity, _ what: String, _ detail: String) {
            append(
                .event(
                    EventRecord(at: now.nanoseconds, node: options.name, severity: severity, what: what, detail: detail)
                ))
        }
        let causes = [
            (control.refusals + node.refusals).summary,
            strays + node.strays > 0 ? "\(strays + node.strays) where nothing is received" : nil,
        ].compactMap { $0 }
        if !causes.isEmpty { note(.note, "rejected datagrams", causes.joined(separator: ", ")) }
        var losses = node.losses
        losses.sockets.append(controlSocket)
        if let summary = losses.summary { note(.warning, "datagrams lost in this host", summary) }
        guard let record = nodeRecord else { return }
        var last = stamped(record)
        last.peakMemory = ProcessLife.peakMemory
        append(.node(last))
        nodeRecord = nil
    }
}

/// Where a node's records go.
protocol RecordSink: AnyObject {
    func append(_ record: Record)
    /// - Throws: `ResultsError` when the disk refuses.
    func flush() throws
    /// Returns once everything is in the file.
    func finish()
}

extension RecordFile: RecordSink {
    package func finish() { try? flush() }
}
