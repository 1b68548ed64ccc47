import Datagrams
import Determinism
import Files
import HyperpriorCodec
import ImagePipeline
import Records
import Roles
import Topologies
import Wire

/// A transmitter: `TransmitterRole` with sockets, models and a record around it.
package struct TransmitterNode: Node {
    enum Finished: Sendable {
        /// Preparing or encoding has ended.
        case event(TransmitterRole.Event)
        case saved(image: UInt32, failure: String?, StageTiming)
    }

    let kind = Wire.NodeRole.transmitter
    let title = "transmitter"
    let ports: [NodePort]
    private let workshop: TransmitterPipeline
    /// Where photos lie that came from the controller's host, if they did.
    private let photos: String
    private var transmitter: TransmitterRole
    private var sealer: DatagramSealer
    private var channel: Endpoint?
    /// It has left because something went wrong, which it has said.
    private var hasFailed = false

    /// Runs until the controller says stop.
    ///
    /// - Parameter captioner: command in place of the topology's.
    /// - Throws: whatever kept it from playing its part, in one line.
    package static func run(_ options: NodeOptions, captioner: String? = nil, secret: Secret) throws {
        var topology = try Topology(contentsOf: options.topology)
        if let captioner {
            var scheme = topology.scheme(of: options.name)
            let patience = scheme.captioner?.patience ?? CaptionerSettings.usualPatience
            scheme.captioner = CaptionerSettings(command: captioner, patience: patience)
            scheme.caption = .captioner
            if let place = topology.nodes.firstIndex(where: { $0.name == options.name }) {
                topology.nodes[place].scheme = scheme
            }
        }
        if let settings = topology.node(options.name), settings.role == .relay {
            return try RelayNode.run(options, secret: secret, topology: topology, settings: settings)
        }
        let settings = try topology.node(options, as: .transmitter)
        let runtime = try NodeRuntime(options, secret: secret, at: settings, computes: true)
        var node = try TransmitterNode(settings, in: topology, options, secret: secret)
        EventLoop.precedeComputation()
        try runtime.run(&node)
        if node.hasFailed { ProcessLife.end(1) }
    }

    private init(
        _ settings: NodeSettings, in topology: Topology, _ options: NodeOptions, secret: Secret
    ) throws {
        guard let link = topology.links(from: settings.name).first?.name else {
            throw NodeFailure.wrongRole(settings.name, expected: "transmitter", found: "node without a link")
        }
        ports = [try NodePort(link: link, settings, 0)]
        photos = options.folder + "/" + NodeOptions.place(of: "")
        workshop = try TransmitterPipeline(topology: topology, node: settings, folder: options.folder)
        transmitter = TransmitterRole(
            name: settings.name, link: link, repeats: topology.scheme(of: settings.name).retransmission)
        sealer = DatagramSealer(secret, lane: .data(link: link), epoch: options.epoch)
    }

    var modelIdentity: UInt64 { workshop.modelIdentity }
    /// Nothing is received but what strays.
    var refusals: RefusalCounts { RefusalCounts() }

    mutating func handle(_ event: NodeEvent<Finished>, _ runtime: NodeRuntime) throws {
        switch event {
        case .message(.peers(let peers)):
            let isFirst = channel == nil
            if let peer = peers.peers.first(where: { $0.link == transmitter.link }) {
                channel = try Endpoint(host: peer.host, port: peer.port)
            }
            if isFirst, channel != nil { runtime.announce(note: workshop.summary) }
        case .message(let message): try advance(.message(message), runtime)
        case .timer(let instant): try advance(.timer, now: max(runtime.now, instant), runtime)
        case .finished(.event(let event)): try advance(event, runtime)
        case .finished(.saved(let image, let failure, let timing)):
            runtime.append(
                .stage(timing.record(transmitter: transmitter.name, image: image, node: transmitter.name)))
            if let failure { try advance(.failed(image: image, reason: failure), runtime) }
        }
    }

    mutating func serve(_ ready: [Int], _ runtime: NodeRuntime) throws {
        for number in ready { try ports[number].receive { _ in runtime.countStray() } }
    }

    private mutating func advance(
        _ event: TransmitterRole.Event, now: Instant? = nil, _ runtime: NodeRuntime
    ) throws {
        for action in transmitter.handle(event, now: now ?? runtime.now) {
            switch action {
            case .tell(let message): runtime.tell(message)
            case .record(let record): runtime.append(record)
            case .wake(let instant): runtime.wake(at: instant)
            case .prepare, .encode, .save: compute(action, runtime)
            case .send(let image, let datagrams):
                guard let (begun, bits) = try send(datagrams, runtime) else { continue }
                try advance(.sent(image: image, begun: begun, ended: runtime.now, wireBits: bits), runtime)
            case .resend(let datagrams): _ = try send(datagrams, runtime)
            case .leave(let failure):
                if !failure.isEmpty { StandardStream.error.write("Error: \(failure)\n") }
                hasFailed = !failure.isEmpty
                runtime.leave(self)
            }
        }
    }

    private func compute(_ action: TransmitterRole.Action, _ runtime: NodeRuntime) {
        runtime.compute { [workshop, photos] () -> Finished? in
            switch action {
            case .prepare(var assignment):
                // The record has the controller's name for it.
                if isPlainFile(photos + assignment.source) { assignment.source = photos + assignment.source }
                return .event(workshop.prepare(assignment).event(image: assignment.image) { .prepared($0) })
            case .encode(let prepared, let setting):
                return .event(workshop.encode(prepared, setting).event(image: setting.image) { .encoded($0) })
            case .save(let prepared, let encoded):
                let begun = MonotonicClock.now
                let failure = workshop.save(prepared, encoded)
                let timing = StageTiming(
                    stage: .store, start: begun, duration: MonotonicClock.now - begun)
                return .saved(image: prepared.image, failure: failure, timing)
            default: return nil
            }
        }
    }

    /// - Returns: when the first was handed to the socket, and the bits on the wire;
    ///   nil while nobody is known to send to.
    private mutating func send(
        _ datagrams: [DataDatagram], _ runtime: NodeRuntime
    ) throws -> (begun: Instant, bits: Int)? {
        guard let channel else { return nil }
        let sealed = try datagrams.map { try sealer.seal($0.serialised()) }
        let begun = runtime.now
        var sent = 0
        // A full socket buffer empties in microseconds on one host.
        while sent < sealed.count {
            let count = try ports[0].socket.send(Array(sealed[sent...]), to: channel)
            sent += count
            // One that does not for a second is broken: the rest is lost, which the record shows.
            if count == 0, runtime.now > begun + .seconds(1) { break }
            if count == 0 { MonotonicClock.sleep(.milliseconds(0.05)) }
        }
        return (begun, sealed.reduce(0) { $0 + ($1.count + WireOverhead.udp) * 8 })
    }
}
