import Determinism

/// One link as a state machine without input or output: packets go in with their arrival, and come out with a verdict and
/// the instant they are due.
///
/// Feed `accept` in order of arrival; call `advance(to:)` whenever `nextInstant` has passed. Both append departures to the
/// caller's buffer; nothing else allocates once the queues have grown to size. When packets come out does not depend on how
/// often `advance` is called, only on arrivals.
///
/// A packet counts from `Packet.ready`, which may lie before its arrival: where the link stood idle meanwhile, it is served
/// as if it had been there. Its `due` may then lie in the past; the driver releases it at once and records how late.
public struct Link: Sendable {
    public internal(set) var configuration: LinkConfiguration
    public private(set) var counts = LinkCounts()
    var drain: Drain
    private var fates: Fates
    private var queue = PacketQueue()
    var current: Packet?
    private var airborne = InstantQueue<Departure>()
    private var held: [(departure: Departure, overtakers: Int)] = []
    private var sequence: UInt64 = 0
    var isDown = false
    var isGranted = true

    /// - Parameters:
    ///   - configuration: bandwidth, fading, impairments and queue.
    ///   - seed: the run's; every draw follows from it and the link's name.
    ///   - origin: where coherence block 0 starts.
    ///   - incarnation: which life of the link this is; fading is the same in all, the fates of packets are not.
    /// - Throws: `ChannelError` naming what makes no sense.
    public init(
        _ configuration: LinkConfiguration, seed: UInt64, origin: Instant, incarnation: Int = 0
    ) throws(ChannelError) {
        if let problem = configuration.problem { throw problem }
        self.configuration = configuration
        drain = Drain(configuration, seed: seed, origin: origin)
        fates = Fates(seed: seed, link: configuration.name, incarnation: incarnation)
    }

    // MARK: traffic

    /// Takes in a packet, after everything that is due by its arrival.
    public mutating func accept(_ packet: Packet, into out: inout [Departure]) {
        advance(to: packet.arrival, into: &out)
        counts.accepted += 1
        if current == nil && queue.isEmpty {
            serve(packet, into: &out)
            return
        }
        let limit = configuration.queue
        if isFull(adding: packet) {
            switch limit.discipline {
            case .dropTail: break
            case .dropHead:
                while isFull(adding: packet), let oldest = queue.popFirst() {
                    drop(oldest, .queueFull, at: packet.arrival, into: &out)
                }
            case .deadlineDrop: dropHopeless(at: packet.arrival, into: &out)
            }
            if isFull(adding: packet) {
                drop(packet, .queueFull, at: packet.arrival, into: &out)
                return
            }
        }
        queue.append(packet)
    }

    /// When something happens next if no packet comes; nil: nothing ever.
    public var nextInstant: Instant? {
        var next = airborne.next
        if let service = serviceEnd { next = min(next ?? service, service) }
        for entry in held { next = min(next ?? entry.departure.due, entry.departure.due) }
        return next
    }

    /// Appends everything that is due by `now` to `out`, in order of `due`.
    public mutating func advance(to now: Instant, into out: inout [Departure]) {
        while true {
            let service = serviceEnd
            let arrivalFirst = airborne.next.map { $0 <= service ?? ChannelBlock.never } ?? false
            if arrivalFirst {
                guard airborne.next! <= now else { break }
                emit(airborne.pop()!.element, into: &out)
            } else if let service, service <= now {
                finishService(into: &out)
            } else {
                break
            }
        }
        releaseHeld(now: now, into: &out)
    }

    /// Packets in the queue and in service.
    public var backlog: Int { queue.count + (current == nil ? 0 : 1) }
    /// Bits in the queue and in service (the one in service counted whole).
    public var backlogBits: Int64 { queue.bits + (current?.bits ?? 0) }
    /// Nothing queued, in service, or in the air.
    public var isIdle: Bool { current == nil && queue.isEmpty && airborne.isEmpty && held.isEmpty }

    // MARK: channel state

    /// The number of the coherence block in force at `instant`.
    public func blockNumber(at instant: Instant) -> UInt64 { drain.number(at: instant) }
    /// Coherence block `number`; past and future ones alike.
    public mutating func block(_ number: UInt64) -> ChannelBlock { drain.block(number) }
    /// Receive SNR (linear) in a block, under the present settings.
    public func snr(_ block: ChannelBlock) -> Double { block.snr(bandwidth: drain.bandwidth, meanSNR: drain.meanSNR) }
    /// What a block carries in bit/s by the link's law of rates, under the present settings; 0 while the link is down. For a Mahimahi trace its mean rate.
    public mutating func capacity(_ block: ChannelBlock) -> Double {
        if isDown { return 0 }
        if case .opportunities(let trace) = configuration.fading { return trace.meanRate }
        return block.rate(bandwidth: drain.bandwidth, meanSNR: drain.meanSNR, law: drain.law)
    }

    // MARK: service

    /// When the packet in service finishes or is given up.
    private var serviceEnd: Instant? {
        guard let current else { return nil }
        let finish = drain.finish?.ceiling
        if configuration.latePackets == .abandon && current.deadline < finish ?? ChannelBlock.never {
            return current.deadline
        }
        return finish
    }

    private func isFull(adding packet: Packet) -> Bool {
        if let packets = configuration.queue.packets, queue.count + 1 > packets { return true }
        if let bytes = configuration.queue.bytes, queue.bytes + Int(packet.bytes) > bytes { return true }
        return false
    }

    /// Begins to serve `packet`, or the first behind it that still can be.
    private mutating func serve(_ first: Packet, into out: inout [Departure]) {
        var candidate: Packet? = first
        while let packet = candidate {
            let start = max(drain.floor, ExactInstant(packet.ready))
            if start >= ExactInstant(packet.deadline) {
                drop(packet, .expired, at: max(packet.deadline, packet.arrival), into: &out)
            } else {
                drain.begin(
                    bits: Double(packet.bits), ready: packet.ready,
                    horizon: configuration.latePackets == .abandon ? packet.deadline : ChannelBlock.never)
                let hopeless =
                    configuration.queue.discipline == .deadlineDrop && packet.deadline != ChannelBlock.never
                    && (drain.finish?.ceiling ?? ChannelBlock.never) > packet.deadline && drain.isOpen
                if !hopeless {
                    current = packet
                    return
                }
                drain.cancel()
                drop(packet, .expired, at: start.ceiling, into: &out)
            }
            candidate = queue.popFirst()
        }
        current = nil
    }

    private mutating func finishService(into out: inout [Departure]) {
        let packet = current!
        current = nil
        let finish = drain.finish
        if let finish, finish.ceiling <= packet.deadline || configuration.latePackets == .forward {
            drain.end(at: finish)
            launch(
                packet, verdict: finish.ceiling <= packet.deadline ? .delivered : .late, drained: finish.ceiling,
                into: &out)
        } else {
            let begun = drain.hasServed(by: packet.deadline)
            drain.end(at: ExactInstant(packet.deadline))
            drop(packet, begun ? .late : .expired, at: packet.deadline, into: &out)
        }
        if let next = queue.popFirst() { serve(next, into: &out) }
    }

    /// Puts a drained packet on the air: loss, corruption, duplication, delay.
    private mutating func launch(
        _ packet: Packet, verdict: PacketVerdict, drained: Instant, into out: inout [Departure]
    ) {
        var fate = fates.next(configuration)
        if configuration.rate.kind != .shannon {
            let block = drain.block(at: drained)
            let loss = block.rate == nil ? configuration.rate.loss(ofBits: packet.bits, at: snr(block)) : 0
            if fates.codewordDraw() < loss { fate.isLost = true }
        }
        defer { sequence += 1 }
        if fate.isLost {
            drop(packet, .lost, at: drained, into: &out)
            return
        }
        var departure = Departure(
            packet: packet, verdict: fate.isCorrupted ? .corrupted : verdict,
            due: drained + configuration.propagation + fate.jitter,
            drained: drained, isForwarded: true, isDuplicate: false, hasDuplicate: fate.isDuplicated, noise: fate.noise,
            block: drain.number(at: drained), sequence: sequence)
        if fate.isDuplicated {
            var copy = departure
            copy.due = max(departure.due, drained + configuration.propagation + fate.copyJitter)
            copy.isDuplicate = true
            copy.hasDuplicate = false
            // The copy leaves after the original, so that the bytes may go with it.
            airborne.push(departure, at: departure.due)
            airborne.push(copy, at: copy.due)
        } else if fate.isHeldBack, let reordering = configuration.reordering {
            departure.due = departure.due + reordering.patience
            held.append((departure, reordering.distance))
        } else {
            airborne.push(departure, at: departure.due)
        }
    }

    /// Hands out a packet that has arrived at the far end, and lets it overtake those held back.
    private mutating func emit(_ departure: Departure, into out: inout [Departure]) {
        releaseHeld(now: departure.due, into: &out)
        append(departure, into: &out)
        guard !held.isEmpty, !departure.isDuplicate else { return }
        for index in held.indices where departure.sequence > held[index].departure.sequence {
            held[index].overtakers -= 1
        }
        while let index = held.firstIndex(where: { $0.overtakers <= 0 }) {
            var released = held.remove(at: index).departure
            released.due = departure.due
            append(released, into: &out)
        }
    }

    private mutating func releaseHeld(now: Instant, into out: inout [Departure]) {
        while let index = held.indices.min(by: { held[$0].departure.due < held[$1].departure.due }),
            held[index].departure.due <= now
        {
            append(held.remove(at: index).departure, into: &out)
        }
    }

    private mutating func append(_ departure: Departure, into out: inout [Departure]) {
        if departure.isDuplicate {
            counts.duplicates += 1
        } else {
            counts.count(departure.verdict, bits: departure.packet.bits)
        }
        out.append(departure)
    }

    private mutating func drop(
        _ packet: Packet, _ verdict: PacketVerdict, at instant: Instant, into out: inout [Departure]
    ) {
        append(
            Departure(
                packet: packet, verdict: verdict, due: instant, drained: instant, isForwarded: false,
                isDuplicate: false,
                hasDuplicate: false, noise: 0, block: drain.number(at: instant), sequence: sequence), into: &out)
    }

    private mutating func dropHopeless(at now: Instant, into out: inout [Departure]) {
        // By the present capacity: a guess, but one that only decides who goes first from a queue that is full.
        let capacity = drain.capacity(at: now)
        let start = drain.finish.map { max($0.ceiling, now) } ?? now
        var hopeless: [Packet] = []
        queue.removeAll(where: { packet, ahead in
            packet.deadline <= now
                || (packet.deadline != ChannelBlock.never && capacity > 0
                    && Double((packet.deadline - start).nanoseconds) / 1e9 * capacity < Double(ahead))
        }) { hopeless.append($0) }
        for packet in hopeless { drop(packet, .expired, at: now, into: &out) }
    }
}
