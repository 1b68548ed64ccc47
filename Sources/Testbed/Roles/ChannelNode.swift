import Channels
import Datagrams
import Determinism
import Foundation
import Glibc
import Wire

/// The process of a channel: `ChannelRole` with sockets, a slab of packets and a record around it.
///
/// One UDP port per link. A datagram stays in the slot the kernel wrote it to until it is sent on; only its copy for
/// authentication is touched. Within one turn everything that is due goes out in batches before the controller is heard.
public final class ChannelNode {
    private let options: NodeOptions
    private let settings: NodeSettings
    private var role: ChannelRole
    private let loop: EventLoop
    private let signals: Int32
    private let controller: Endpoint
    private let controlSocket: UDPSocket
    private var control: ControlLink
    private let sockets: [UDPSocket]
    private let egress: UDPSocket
    private var openers: [Opener]
    private var destinations: [[Endpoint]]
    private let slab: PacketSlab
    private let writer: ChannelRecordWriter
    private var plaintext: [UInt8] = []
    private var outgoing: [(slot: Int32, destination: Endpoint)] = []
    private var sending: [(leaving: ChannelRole.Leaving, upTo: Int)] = []
    private var notes: [ChannelRecordWriter.Note] = []
    private var records: [Record] = []
    private var isReady = false
    private var stopBy: Instant?
    private var readyRecord: NodeRecord?

    private static let inputToken: UInt64 = 1, signalToken: UInt64 = 2, controlToken: UInt64 = 3, firstLinkToken: UInt64 = 16

    /// Opens everything a channel node needs.
    /// - Throws: one line that names the address, file or key at fault.
    public init(_ options: NodeOptions, secret: Secret) throws {
        let topology = try Topology(contentsOf: options.topology)
        guard let settings = topology.node(options.name) else { throw NodeFailure.unknownNode(options.name, file: options.topology) }
        guard settings.role == .channel else { throw NodeFailure.wrongRole(options.name, expected: "channel", found: settings.role.rawValue) }
        let links = topology.links(through: settings.name)
        guard !links.isEmpty else { throw ChannelFailure.noLinks(settings.name) }
        self.options = options
        self.settings = settings
        role = ChannelRole(
            name: settings.name, links: links, configurations: try links.map { try LinkConfiguration($0, in: topology) }, bands: topology.bands,
            budget: .seconds(topology.scheme.budget))
        // Before any thread starts, so that all inherit the mask.
        signals = try ProcessLife.terminationDescriptor()
        loop = try EventLoop(spin: .seconds(topology.timing.spin))
        controller = try Endpoint(options.controller)
        controlSocket = try UDPSocket(try Endpoint(host: settings.address, port: 0))
        control = ControlLink(secret, node: options.name, side: .node, epoch: options.epoch)
        var sockets: [UDPSocket] = []
        for index in links.indices {
            sockets.append(try UDPSocket(try Endpoint(host: settings.address, port: settings.port == 0 ? 0 : UInt16(settings.port + index))))
        }
        self.sockets = sockets
        egress = try UDPSocket(try Endpoint(host: settings.address, port: 0))
        openers = links.map { Opener(secret, lane: .data(link: $0.name)) }
        destinations = Array(repeating: [], count: links.count)
        slab = try PacketSlab(slots: 32_768, stride: 2_048)
        writer = try ChannelRecordWriter(path: options.recordPath, links: links.map { ($0.name, $0.from) })
        try loop.watch(0, token: Self.inputToken)
        try loop.watch(signals, token: Self.signalToken)
        try loop.watch(controlSocket.descriptor, token: Self.controlToken)
        for (index, socket) in sockets.enumerated() { try loop.watch(socket.descriptor, token: Self.firstLinkToken + UInt64(index)) }
    }

    /// Plays the role until the controller says stop.
    /// - Throws: whatever ended it otherwise, in one line.
    public static func run(_ options: NodeOptions, secret: Secret) throws {
        let node = try ChannelNode(options, secret: secret)
        do { try node.run() } catch {
            node.control.send(.complaint(Complaint(text: "\(error)")))
            try? node.talk()
            node.flush()
            node.writer.finish()
            throw error
        }
    }

    /// Whether an error lies in what the node was given (exit code 2) rather than in what happened to it (1).
    public static func isMisuse(_ error: any Error) -> Bool {
        switch error {
        case let failure as NodeFailure: if case .controllerGone = failure { false } else { true }
        case is ChannelFailure, is ChannelError, is TopologyError, is RelayLinkError, is ResultsError: true
        case let error as DatagramError: if case .system = error { false } else { true }
        default: false
        }
    }

    private func run() throws {
        let ports = [PortBinding(purpose: "control", port: controlSocket.local.port)]
            + zip(role.linkNames, sockets).map { PortBinding(purpose: $0, port: $1.local.port) }
        control.send(
            .hello(
                Hello(
                    name: options.name, role: .channel, epoch: options.epoch, processIdentifier: UInt32(getpid()), host: "", modelIdentity: 0,
                    ports: ports)))
        var ready: [UInt64] = []
        var nextFlush = MonotonicClock.now + .milliseconds(100)
        while true {
            try talk()
            if let stopBy, control.isSettled || MonotonicClock.now >= stopBy { break }
            if let failure = control.failure {
                if stopBy != nil { break }
                throw NodeFailure.controllerGone("\(failure)")
            }
            var deadline = min(nextFlush, role.nextInstant ?? nextFlush)
            if let instant = control.nextInstant { deadline = min(deadline, instant) }
            if !outgoing.isEmpty { deadline = min(deadline, MonotonicClock.now + .milliseconds(0.05)) }
            ready.removeAll(keepingCapacity: true)
            try loop.wait(until: deadline) { ready.append($0) }
            for token in ready where token >= Self.firstLinkToken { try receive(Int(token - Self.firstLinkToken)) }
            role.advance(to: MonotonicClock.now)
            try send()
            for token in ready where token < Self.firstLinkToken { try serve(token) }
            obey()
            if MonotonicClock.now >= nextFlush {
                flush()
                if let failure = writer.failure { throw ChannelWriteFailure(reason: failure) }
                nextFlush = MonotonicClock.now + .milliseconds(100)
            }
        }
        flush()
        writer.finish()
    }

    // MARK: the hot path

    private func receive(_ link: Int) throws {
        _ = try slab.receive(from: sockets[link]) { arrival in
            let epoch = openers[link].epoch
            guard !arrival.isTruncated, openers[link].open(slab.bytes(arrival.slot), into: &plaintext) == nil else {
                slab.release(arrival.slot)
                return
            }
            if openers[link].epoch != epoch { role.renew(link: link) }
            guard let heading = try? DataHeading(plaintext: plaintext) else {
                openers[link].countMalformed()
                slab.release(arrival.slot)
                return
            }
            if !role.receive(link: link, handle: arrival.slot, length: arrival.length, heading: heading, arrival: arrival.instant) {
                slab.release(arrival.slot)
            }
        }
    }

    /// Puts what leaves into the outgoing batch and hands the batch to the kernel.
    private func send() throws {
        for leaving in role.departures {
            let departure = leaving.departure
            let targets = destinations[leaving.link]
            guard departure.isForwarded, !targets.isEmpty else {
                if !departure.isForwarded && !departure.isDuplicate { notes.append(.init(leaving: leaving, released: nil)) }
                if !departure.hasDuplicate { slab.release(departure.packet.handle) }
                continue
            }
            if departure.verdict == .corrupted && !departure.isDuplicate { corrupt(departure) }
            for target in targets { outgoing.append((departure.packet.handle, target)) }
            sending.append((leaving, outgoing.count))
        }
        role.departures.removeAll(keepingCapacity: true)
        guard !outgoing.isEmpty else { return }
        var sent = 0
        var noted = 0
        while sent < outgoing.count {
            let count = try slab.send(outgoing[sent...].prefix(64), on: egress)
            guard count > 0 else { break }
            sent += count
            let now = MonotonicClock.now.nanoseconds
            while noted < sending.count && sending[noted].upTo <= sent {
                let leaving = sending[noted].leaving
                if !leaving.departure.isDuplicate { notes.append(.init(leaving: leaving, released: now)) }
                if !leaving.departure.hasDuplicate { slab.release(leaving.departure.packet.handle) }
                noted += 1
            }
        }
        outgoing.removeFirst(sent)
        sending.removeFirst(noted)
        for index in sending.indices { sending[index].upTo -= sent }
    }

    /// Flips one to eight bits of a datagram, so that it no longer authenticates.
    private func corrupt(_ departure: Channels.Departure) {
        let bytes = slab.mutableBytes(departure.packet.handle)
        guard !bytes.isEmpty else { return }
        var noise = departure.noise
        for _ in 0...Int(noise & 7) {
            noise = noise &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            bytes[Int((noise >> 33) % UInt64(bytes.count))] ^= 1 << UInt8((noise >> 29) & 7)
        }
    }

    // MARK: controller and launcher

    private func serve(_ token: UInt64) throws {
        switch token {
        case Self.inputToken:
            var scratch = [UInt8](repeating: 0, count: 256)
            if read(0, &scratch, scratch.count) <= 0 { quit() }
        case Self.signalToken:
            if ProcessLife.terminationSignal(signals) != nil { quit() }
        default:
            for datagram in try controlSocket.receive() {
                for message in control.receive(datagram.bytes, now: MonotonicClock.now) { try hear(message) }
            }
        }
    }

    private func hear(_ message: ControlMessage) throws {
        let now = MonotonicClock.now
        switch message {
        case .peers(let peers):
            for (index, name) in role.linkNames.enumerated() {
                let targets = try peers.peers.filter { $0.link == name && $0.role != .transmitter }.map { try Endpoint(host: $0.host, port: $0.port) }
                if !targets.isEmpty { destinations[index] = targets }
            }
            guard !isReady else { return }
            isReady = true
            readyRecord = NodeRecord(
                name: options.name, role: "channel", process: getpid(), host: ProcessInfo.processInfo.hostName, readyAt: now.nanoseconds)
            records.append(.node(readyRecord!))
            control.send(.ready(Ready(note: "\(sockets.count) link\(sockets.count == 1 ? "" : "s"), spin \(loop.spin.seconds * 1e6) µs")))
        case .start(let start): try role.start(origin: start.origin, seed: start.seed)
        case .adjustment(let adjustment):
            do { try role.adjust(adjustment, now: now) } catch {
                records.append(.event(EventRecord(at: now.nanoseconds, node: options.name, severity: .warning, what: "set", detail: "\(error)")))
            }
        case .clockProbe(let probe):
            control.send(.clockReply(ClockReply(number: probe.number, probeSent: probe.sent, received: now, sent: MonotonicClock.now)))
        case .stop: leave(now)
        default: break
        }
    }

    private func leave(_ now: Instant) {
        guard stopBy == nil else { return }
        stopBy = now + .seconds(2)
        var counters: [Counter] = []
        var refused = RefusalCounts()
        for (index, name) in role.linkNames.enumerated() {
            let counts = role.counts(index)
            counters += [
                Counter(name: "\(name).accepted", value: counts.accepted), Counter(name: "\(name).delivered", value: counts.delivered),
                Counter(name: "\(name).late", value: counts.late), Counter(name: "\(name).expired", value: counts.expired),
                Counter(name: "\(name).lost", value: counts.lost), Counter(name: "\(name).corrupted", value: counts.corrupted),
                Counter(name: "\(name).queueFull", value: counts.queueFull), Counter(name: "\(name).duplicates", value: counts.duplicates),
                Counter(name: "\(name).refused", value: openers[index].refusals.total),
            ]
            refused = refused + openers[index].refusals
        }
        counters += refused.counters
        counters.append(Counter(name: "spun ms", value: UInt64(max(0, loop.spunTime.nanoseconds / 1_000_000))))
        counters.append(Counter(name: "processor ms", value: UInt64(MonotonicClock.processorTime.nanoseconds / 1_000_000)))
        if refused.total > 0 {
            let causes = refused.counters.map { "\($0.value) \($0.name.dropFirst("refused: ".count))" }.joined(separator: ", ")
            records.append(.event(EventRecord(at: now.nanoseconds, node: options.name, severity: .note, what: "rejected datagrams", detail: causes)))
        }
        if var record = readyRecord {
            record.peakMemory = NodeRuntime.peakMemory
            records.append(.node(record))
        }
        control.send(.farewell(Farewell(counters: counters)))
    }

    private func obey() {
        for action in role.actions {
            switch action {
            case .tell(let message): control.send(message)
            case .record(let record): records.append(record)
            }
        }
        role.actions.removeAll(keepingCapacity: true)
    }

    private func talk() throws {
        let datagrams = try control.poll(now: MonotonicClock.now)
        if !datagrams.isEmpty { try controlSocket.send(datagrams, to: controller) }
    }

    private func flush() {
        writer.submit(notes, records)
        notes.removeAll(keepingCapacity: true)
        records.removeAll(keepingCapacity: true)
    }

    /// The launcher is gone, or wants an end at once.
    private func quit() -> Never {
        flush()
        writer.finish()
        exit(1)
    }
}

/// The record cannot be written: a full disk, usually.
struct ChannelWriteFailure: Error, CustomStringConvertible {
    var reason: String
    var description: String { reason }
}
