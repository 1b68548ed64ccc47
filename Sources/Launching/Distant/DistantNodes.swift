import Datagrams
import Determinism
import Files
import Records
import Roles
import Topologies
import Wire

/// All nodes of the run whose processes other hosts, or persons, start: lets them in, sends them what they need, passes
/// orders on, and takes in what they bring back.
final class DistantNodes {
    enum Event {
        /// Something for a person to read.
        case said(String)
        /// The same, of no importance once the next is there.
        case passed(String)
        /// A host has come, from this address.
        case arrived(node: String, address: String)
        case exited(node: String, ExitReport)
        /// The node cannot play its part, in one line.
        case failed(node: String, String)
    }

    let nodes: [String: DistantNode]
    private let secret: Secret
    private let run: [UInt8]
    private let folder: String
    private var handshake: ControllerHandshake
    private var lanes: [UInt32: String] = [:]
    private var toldRefusals: Set<String> = []
    /// Datagrams that belonged to nobody, or did not open.
    private(set) var strangers = 0
    /// Five heartbeats.
    private static let patience = Instant.Span.seconds(10)

    /// - Parameters:
    ///   - photos: of each transmitter.
    ///   - secret: of the run.
    ///   - door: proves who may come.
    ///   - folder: of the run, into which everything is brought back.
    /// - Throws: `TransferFailure`, `InputError`, naming a file that a node needs.
    init(_ topology: Topology, photos: [String: [String]], secret: Secret, door: Secret, folder: String) throws {
        self.secret = secret
        self.folder = folder
        run = Array(Digest.of(Array(secret.hexadecimal.utf8)).prefix(16))
        handshake = ControllerHandshake(door, build: SecretFile.build)
        var known: [String: (size: UInt64, digest: [UInt8])] = [:]
        var nodes: [String: DistantNode] = [:]
        for node in topology.nodes where node.isDistant {
            nodes[node.name] = DistantNode(
                node, try NodeParcel.service(node, in: topology, photos: photos[node.name] ?? [], known: &known),
                folder: folder)
        }
        self.nodes = nodes
    }

    var sorted: [DistantNode] { nodes.values.sorted { $0.name < $1.name } }

    /// Names of those that are to be there from the beginning and cannot be started yet.
    var missing: [String] { sorted.filter { !$0.isThere && !$0.settings.joinsLater }.map(\.name) }

    /// What did not open in the sessions there are.
    var refusals: RefusalCounts {
        nodes.values.reduce(RefusalCounts()) { $0 + ($1.session?.link.refusals ?? RefusalCounts()) }
    }

    // MARK: datagrams

    /// Whether a datagram is for these nodes' hosts.
    func owns(_ datagram: [UInt8]) -> Bool {
        HandshakeFormat.isHello(datagram) || SealFormat.lane(of: datagram).map { lanes[$0] != nil } ?? false
    }

    func hear(
        _ datagram: ReceivedDatagram, now: Instant, send: ([UInt8], Endpoint) throws -> Void
    ) throws -> [Event] {
        if HandshakeFormat.isHello(datagram.bytes) { return try greet(datagram) { try send($0, datagram.sender) } }
        guard let lane = SealFormat.lane(of: datagram.bytes), let name = lanes[lane], let node = nodes[name] else {
            strangers += 1
            return []
        }
        let (messages, isNew, replaced) = node.receive(datagram, lane: lane, now: now)
        var events: [Event] = []
        if isNew {
            lanes = lanes.filter { $0.value != name }
            lanes[lane] = name
            if node.isRunning { events.append(lose(node, "another host has taken its place")) }
            if var old = replaced {
                old.link.send(.hostOrder(.end(reason: "another host has taken its place", hasArrived: false)))
                for bytes in try old.link.poll(now: now) { try send(bytes, old.endpoint) }
            }
            node.tell(
                .briefing(
                    Briefing(
                        run: run, secret: secret, program: node.settings.role.executable,
                        threads: UInt16(clamping: node.settings.threads), manifest: node.files.offer,
                        kept: node.record.kept)))
            events.append(.arrived(node: name, address: datagram.sender.host))
        }
        for message in messages { events += take(message, from: node) }
        return events
    }

    private func greet(_ datagram: ReceivedDatagram, reply: ([UInt8]) throws -> Void) throws -> [Event] {
        let outcome = handshake.answer(datagram.bytes) { nodes[$0] != nil }
        if let bytes = outcome.reply { try reply(bytes) }
        if let (name, session) = outcome.offer, let node = nodes[name] {
            let link = ControlLink(session.secret, node: session.label, side: .controller)
            lanes[link.incomingLane] = name
            if let forgotten = node.offer(.init(link: link, endpoint: datagram.sender)) { lanes[forgotten] = nil }
        }
        guard let refusal = outcome.refusal else { return [] }
        // Whoever has not proven anything may call himself as he likes.
        let name = refusal.cause == .secret ? nil : outcome.claimed
        let who = "\(name.map { "'\($0.shown())' at " } ?? "")\(datagram.sender.host)"
        // Anyone can send hellos: a terminal is not theirs.
        guard toldRefusals.count < 20, toldRefusals.insert("\(who) \(refusal.cause)").inserted else { return [] }
        let reason =
            switch refusal.cause {
            case .version: "speaks another version of the protocol: install this build there"
            case .build: "is another build: install this one (\(SecretFile.build)) there"
            case .secret: "holds another secret: both sides need the same secret file"
            case .name: "is no node of this run that is started from afar"
            }
        return [.said("\(who) \(reason)")]
    }

    /// What is to be sent now.
    func poll(now: Instant, send: ([UInt8], Endpoint) throws -> Void) throws -> [Event] {
        var events: [Event] = []
        for node in sorted {
            guard node.session != nil else { continue }
            for bytes in try node.session!.link.poll(now: now) { try send(bytes, node.session!.endpoint) }
            let silence = now - node.lastHeard
            guard node.session!.link.failure != nil || silence > Self.patience else { continue }
            (node.session, node.isPrepared, node.fetch) = (nil, false, nil)
            let words = "no word from its host for \(Int(saturating: silence.seconds)) s"
            events.append(.said("\(node.name): \(words)"))
            if node.isRunning { events.append(lose(node, words)) }
        }
        return events
    }

    var nextInstant: Instant? { nodes.values.compactMap { $0.session?.link.nextInstant }.min() }

    private func lose(_ node: DistantNode, _ reason: String) -> Event {
        node.isRunning = false
        return .exited(node: node.name, ExitReport(exitCode: 1, lastWords: reason))
    }

    // MARK: what hosts say

    private func take(_ message: ControlMessage, from node: DistantNode) -> [Event] {
        switch message {
        case .fileRequest(let request):
            node.tell(.filePiece(node.files.piece(request)))
            return []
        case .filePiece(let piece):
            do {
                try node.fetch?.take(piece)
                try goOn(node)
                return []
            } catch { return giveUp(node, "\(error)") }
        case .hostReport(let report): return take(report, from: node)
        default: return []
        }
    }

    private func take(_ report: HostReport, from node: DistantNode) -> [Event] {
        switch report {
        case .present(let host):
            defer { node.host = host }
            return node.host == host ? [] : [.said("\(node.name): there, on \(String(host.prefix(80)).shown())")]
        case .fetching(let done, let total):
            node.progress = (done, total)
            return [
                .passed("\(node.name): \(Self.megabytes(done)) of \(Self.megabytes(total)) MB of its files are there")
            ]
        case .prepared:
            node.isPrepared = true
            node.progress = nil
            if let epoch = node.wantedEpoch { launch(node, epoch: epoch) }
            return [.passed("\(node.name): ready to be started")]
        case .exited(let code, let signal, let words):
            guard node.isRunning else { return [] }
            node.isRunning = false
            return [
                .exited(
                    node: node.name, ExitReport(exitCode: code, signal: signal, lastWords: String(words.prefix(2_000))))
            ]
        case .offer(let offer):
            do {
                (node.fetch, node.isListed) = (try FileFetch(offer), false)
                try goOn(node)
                return []
            } catch { return giveUp(node, "\(error)") }
        case .record(let offset, let bytes):
            do {
                try node.record.take(bytes, at: offset)
                return []
            } catch { return giveUp(node, "\(error)") }
        case .failed(let words):
            (node.session, node.isPrepared) = (nil, false)
            let words = String(words.prefix(2_000)).shown()
            node.failure = words
            return (node.isRunning ? [lose(node, words)] : []) + [.failed(node: node.name, words)]
        }
    }

    private static func megabytes(_ bytes: UInt64) -> String {
        String(bytes / 100_000 / 10) + ".\(bytes / 100_000 % 10)"
    }

    // MARK: orders

    func launch(_ node: DistantNode, epoch: UInt16) {
        guard node.isThere else {
            node.wantedEpoch = epoch
            return
        }
        node.wantedEpoch = nil
        node.isRunning = true
        node.order(.launch(epoch: epoch))
    }

    /// Ends the node's process; where its host has fallen silent it counts as ended.
    func kill(_ node: DistantNode) -> [Event] {
        node.wantedEpoch = nil
        guard node.session == nil else {
            node.order(.kill)
            return []
        }
        return [.exited(node: node.name, ExitReport(signal: 9, lastWords: node.failure ?? "its host is not there"))]
    }

    // MARK: what comes back

    /// Asks every host that is there for what its node has written.
    func collect() {
        for node in sorted where node.isThere { node.order(.collect) }
    }

    /// Grows with all that goes on while hosts are awaited.
    var mark: UInt64 {
        nodes.values.reduce(0) { $0 + ($1.session == nil ? 0 : 1) + ($1.isPrepared ? 1 : 0) + ($1.progress?.done ?? 0) }
    }

    /// Whether hosts still have something to send.
    var isCollecting: Bool { nodes.values.contains { $0.isThere && !$0.hasReturned && $0.failure == nil } }

    /// Bytes that have come back so far.
    var returned: UInt64 { nodes.values.reduce(0) { $0 + ($1.fetch?.done ?? 0) + ($1.isListed ? 1 : 0) } }

    private func goOn(_ node: DistantNode) throws {
        guard var fetch = node.fetch else { return }
        if fetch.isDone {
            guard !node.isListed else {
                node.hasReturned = true
                return
            }
            let manifest = try FileManifest(serialised: fetch.memory)
            node.isListed = true
            node.fetch = try FileFetch(
                ReturnedFiles.wanted(manifest, of: node.name, folder: folder, kept: node.record.before))
            return try goOn(node)
        }
        for request in fetch.requests() { node.tell(.fileRequest(request)) }
        node.fetch = fetch
    }

    private func giveUp(_ node: DistantNode, _ words: String) -> [Event] {
        node.fetch = nil
        node.failure = words
        return [.failed(node: node.name, words)]
    }

    /// Says goodbye: with a reason where the run failed.
    func dismiss(_ reason: String) {
        for node in sorted where node.session != nil {
            node.order(.end(reason: reason, hasArrived: node.hasReturned))
        }
    }

    var isSettled: Bool { nodes.values.allSatisfy { $0.session?.link.isSettled ?? true } }
}
