import Datagrams
import Determinism
import Files
import Foundation
import Nodes
import Processes
import Roles
import Wire

/// The host of a node: started by hand or by a launcher from afar, it takes the node's place in a run, has files sent
/// that are not here, runs the node as a process of its own, and sends back what that has written.
///
/// ```
/// agent ─ hello ─► controller              handshake: a session with a key of its own
/// agent ◄─ briefing ─ controller           who I am, what I need
/// agent ─ file requests ─► controller      what is not here by its digest
/// agent ◄─ launch, kill, pause, resume ─ controller       the process, as on the controller's own host
///    └─► node ◄───── control link, data ─────► as everywhere
/// agent ─ record ─► controller             piece by piece, while the node writes it
/// agent ◄─ file requests ─ controller      its record, whole, and its pictures, when the run is over
/// ```
/// While the node works the agent sleeps: a heartbeat every two seconds, and twice a second what the node has written
/// down since, is all it does. What takes long (reading weights for their digests) a thread of its own does, so that
/// the heart goes on beating.
package final class NodeAgent {
    /// What that thread has found.
    enum Found: Sendable {
        case missing([FileFetch.Wanted], of: FileManifest)
        case placed
        case results([FileService.Offered])
        case failed(any Error)
    }

    let options: AgentOptions
    private let loop: EventLoop
    private let socket: UDPSocket
    private let controller: Endpoint
    private let signals: Int32
    let store: NodeStore
    var link: ControlLink?
    var briefing: Briefing?
    var manifest: FileManifest?
    var fetch: FileFetch?
    var results: FileService?
    /// What the node has written, on its way to the controller.
    var stream: RecordStream?
    var folder = ""
    private var child: NodeProcess?
    let worker: JobThread
    /// The newest job; what older ones find is of no interest any more.
    var job = 0
    private var nextBeat = Instant(nanoseconds: .min)
    private var end: (reason: String, hasArrived: Bool)?
    private static let socketToken: UInt64 = 1, signalToken: UInt64 = 2, inputToken: UInt64 = 3, childToken: UInt64 = 4,
        workToken: UInt64 = 5
    private static let beat = Instant.Span.seconds(2)

    /// - Throws: `DatagramError`, `FileFailure`, in one line that names the address or the file.
    package init(_ options: AgentOptions) throws {
        self.options = options
        signals = try ProcessLife.terminationDescriptor()
        store = try NodeStore(options.cache)
        worker = try JobThread()
        loop = try EventLoop()
        controller = try Endpoint(options.controller)
        var local = controller.isLoopback ? controller : controller.anyOfSameFamily
        local.port = options.port
        socket = try UDPSocket(local)
        try loop.watch(socket.descriptor, token: Self.socketToken)
        try loop.watch(signals, token: Self.signalToken)
        try loop.watch(worker.descriptor, token: Self.workToken)
        if options.watchesInput { try loop.watchInput(token: Self.inputToken) }
    }

    /// Runs until the controller says that it is over. A controller that falls silent is looked for again.
    ///
    /// - Throws: `AgentFailure`, `FileFailure`, `TransferFailure`.
    package func run() throws {
        defer { endChild() }
        do {
            try knock(patience: nil)
            while end == nil {
                try turn()
                guard let failure = link?.failure else { continue }
                // Its node hears nothing either; the controller, where it is still there, counts it as dead.
                endChild()
                say("no word from the controller (\(failure)); looking for it")
                do { try knock(patience: 60) } catch { throw AgentFailure.controllerGone("\(failure)", folder: folder) }
            }
        } catch {
            tell(.failed("\(error)"))
            settle()
            throw error
        }
        settle()
        try leave()
    }

    func say(_ text: String) { StandardStream.error.write("\(options.name): \(text.shown())\n") }

    func tell(_ report: HostReport) { link?.send(.hostReport(report)) }

    // MARK: joining

    private func knock(patience: Double?) throws {
        (link, fetch, results, manifest, stream) = (nil, nil, nil, nil, nil)
        job += 1
        var wanted = options
        if let patience { wanted.patience = min(patience, options.patience) }
        var knocking = try Knocking(wanted, now: MonotonicClock.now)
        while true {
            let now = MonotonicClock.now
            if let hello = knocking.hello(now) { try socket.send(hello, to: controller) }
            if let line = try knocking.complain(now) { say(line) }
            try wait(until: knocking.nextInstant)
            for datagram in try socket.receive() {
                guard let session = knocking.hear(datagram.bytes) else { continue }
                link = ControlLink(session.secret, node: session.label, side: .node)
                nextBeat = Instant(nanoseconds: .min)
                return
            }
        }
    }

    /// Waits, and serves everything but the socket.
    private func wait(until deadline: Instant) throws {
        var ready: [UInt64] = []
        try loop.wait(until: deadline) { ready.append($0) }
        for token in ready {
            switch token {
            case Self.inputToken where ProcessLife.inputHasEnded(): quit("whoever started it is gone")
            case Self.signalToken where ProcessLife.terminationSignal(signals) != nil: quit("interrupted")
            case Self.childToken: if child?.drain() == false { reap(wait: true) }
            case Self.workToken:
                for (number, value) in worker.finished() where number == job {
                    if let found = value as? Found { try take(found) }
                }
            default: break
            }
        }
    }

    /// Ends at once; the controller hears why, if it can.
    private func quit(_ reason: String) -> Never {
        endChild()
        tell(.failed(reason))
        try? speak()
        say(reason)
        ProcessLife.end(1)
    }

    // MARK: the loop

    private func turn() throws {
        let now = MonotonicClock.now
        if now >= nextBeat {
            tell(.present(host: ProcessInfo.processInfo.hostName))
            if let fetch, manifest != nil { tell(.fetching(done: fetch.done, total: fetch.total)) }
            nextBeat = now + Self.beat
        }
        if let report = stream?.report(now: now, isFree: link?.isSettled ?? false) { tell(report) }
        try speak()
        try wait(until: [nextBeat, link?.nextInstant, stream?.nextInstant].compactMap(\.self).min() ?? nextBeat)
        for datagram in try socket.receive() {
            for message in link?.receive(datagram.bytes, now: MonotonicClock.now) ?? [] { try obey(message) }
        }
        reap(wait: false)
    }

    private func speak() throws {
        guard let datagrams = try link?.poll(now: MonotonicClock.now), !datagrams.isEmpty else { return }
        try socket.send(datagrams, to: controller)
    }

    /// Says the last words to their end, or for a second.
    private func settle() {
        let limit = MonotonicClock.now + .seconds(1)
        while let link, !link.isSettled, link.failure == nil, MonotonicClock.now < limit {
            try? speak()
            try? loop.wait(until: min(limit, self.link?.nextInstant ?? limit))
            for datagram in (try? socket.receive()) ?? [] {
                _ = self.link?.receive(datagram.bytes, now: MonotonicClock.now)
            }
        }
        try? speak()
    }

    private func obey(_ message: ControlMessage) throws {
        switch message {
        case .briefing(let briefing): try take(briefing)
        case .filePiece(let piece):
            try fetch?.take(piece)
            try goOn()
        case .fileRequest(let request):
            if let results { link?.send(.filePiece(results.piece(request))) }
        case .hostOrder(let order): try obey(order)
        default: break
        }
    }

    private func obey(_ order: HostOrder) throws {
        switch order {
        case .launch(let epoch): launch(epoch)
        case .kill: child?.send(.kill)
        case .pause: child?.send(.stop)
        case .resume: child?.send(.proceed)
        case .collect:
            stream = nil
            compute { [name = options.name, folder] in .results(try ReturnedFiles.found(of: name, folder: folder)) }
        case .end(let reason, let hasArrived): end = (reason, hasArrived)
        }
    }

    // MARK: the process

    private func launch(_ epoch: UInt16) {
        guard let briefing else { return }
        endChild()
        let node = NodeOptions(
            topology: "\(folder)/topology.yaml", name: options.name, controller: options.controller, folder: folder,
            epoch: epoch)
        do {
            let child = try NodeProcess(
                command: [Program.beside(options.program)] + node.arguments,
                // Models that this host happens to have are no part of the run.
                environment: ["OPENBLAS_NUM_THREADS": String(briefing.threads), "GENSEMCOM_MODELS": folder],
                firstLine: briefing.secret.hexadecimal)
            self.child = child
            try loop.watch(child.output, token: Self.childToken)
            say("started\(epoch > 0 ? " again" : "")")
        } catch { tell(.exited(code: 1, signal: nil, words: "\(error)")) }
    }

    private func reap(wait: Bool) {
        guard let child, let report = child.reap(wait: wait) else { return }
        loop.unwatch(child.output)
        self.child = nil
        if !report.isClean { say("\(report.summary)\(report.lastWords.isEmpty ? "" : ": \(report.lastWords)")") }
        tell(.exited(code: report.exitCode, signal: report.signal, words: String(report.lastWords.prefix(2_000))))
    }

    private func endChild() {
        guard let child else { return }
        loop.unwatch(child.output)
        child.send(.kill)
        _ = child.reap(wait: true)
        self.child = nil
    }

    private func leave() throws {
        guard let end else { return }
        if end.hasArrived, !folder.isEmpty { try? FileManager.default.removeItem(atPath: folder) }
        guard end.reason.isEmpty else {
            let kept = end.hasArrived || folder.isEmpty ? "" : "; what was recorded is in \(folder)"
            throw AgentFailure.dismissed(end.reason + kept)
        }
        say("the run is over\(end.hasArrived ? "" : "; what was recorded is in \(folder)")")
    }
}
