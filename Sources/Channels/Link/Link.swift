import Determinism

/// One link as a state machine without input or output: packets go in with their arrival, and come out with a verdict
/// and the instant they are due.
///
/// Feed `accept` in order of arrival; call `advance(to:)` whenever `nextInstant` has passed. Both append departures to
/// the caller's buffer; nothing else allocates once the queues have grown to size. When packets come out does not
/// depend on how often `advance` is called, only on arrivals.
///
/// A packet counts from `Packet.ready`, which may lie before its arrival: where the link stood idle meanwhile, it is
/// served as if it had been there. Its `due` may then lie in the past;
/// the driver releases it at once and records how late.
public struct Link: Sendable {
    public internal(set) var configuration: LinkConfiguration
    public internal(set) var counts = LinkCounts()
    var drain: Drain
    var fates: Impairments
    var queue = PacketQueue()
    var current: Packet?
    /// What `current` is sent again for; nil for its first attempt.
    var resumed: Retransmission?
    /// What will be sent again, by when it may be.
    var waiting = InstantQueue<Retransmission>()
    var airborne = InstantQueue<Departure>()
    var held: [(departure: Departure, overtakers: Int)] = []
    var sequence: UInt64 = 0
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
        fates = Impairments(seed: seed, link: configuration.name, incarnation: incarnation)
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
        if let change = serviceChange { next = min(next ?? change, change) }
        for entry in held { next = min(next ?? entry.departure.due, entry.departure.due) }
        return next
    }

    /// Appends everything that is due by `now` to `out`, in order of `due`.
    public mutating func advance(to now: Instant, into out: inout [Departure]) {
        while true {
            let change = serviceChange
            let arrivalFirst = airborne.next.map { $0 <= change ?? ChannelBlock.never } ?? false
            if arrivalFirst {
                guard airborne.next! <= now else { break }
                emit(airborne.pop()!.element, into: &out)
            } else if let change, change <= now {
                if current == nil { resume(into: &out) } else { finishService(into: &out) }
            } else {
                break
            }
        }
        releaseHeld(now: now, into: &out)
    }

    // MARK: channel state

    /// The number of the coherence block in force at `instant`.
    public func blockNumber(at instant: Instant) -> UInt64 { drain.number(at: instant) }
    /// Coherence block `number`; past and future ones alike.
    public mutating func block(_ number: UInt64) -> ChannelBlock { drain.block(number) }
    /// Receive SNR (linear) in a block, under the present settings.
    public func snr(_ block: ChannelBlock) -> Double { block.snr(bandwidth: drain.bandwidth, meanSNR: drain.meanSNR) }
    /// What a block carries in bit/s by the link's law of rates, under the present settings; 0 while the link is down.
    /// For a Mahimahi trace its mean rate; under HARQ what is left when attempts have taken their mean share.
    public mutating func capacity(_ block: ChannelBlock) -> Double {
        if isDown { return 0 }
        if case .opportunities(let trace) = configuration.fading { return trace.meanRate }
        let rate = block.rate(bandwidth: drain.bandwidth, meanSNR: drain.meanSNR, law: drain.law)
        return drain.law.harq == nil || block.rate != nil ? rate : rate / drain.law.meanAttempts(snr(block))
    }

    // MARK: leaving

    private func isFull(adding packet: Packet) -> Bool {
        if let packets = configuration.queue.packets, queue.count + 1 > packets { return true }
        if let bytes = configuration.queue.bytes, queue.bytes + Int(packet.bytes) > bytes { return true }
        return false
    }

    /// Hands out a packet that has arrived at the far end, and lets it overtake those held back.
    mutating func emit(_ departure: Departure, into out: inout [Departure]) {
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

    mutating func releaseHeld(now: Instant, into out: inout [Departure]) {
        while let index = held.indices.min(by: { held[$0].departure.due < held[$1].departure.due }),
            held[index].departure.due <= now
        {
            append(held.remove(at: index).departure, into: &out)
        }
    }

    mutating func append(_ departure: Departure, into out: inout [Departure]) {
        if departure.isDuplicate {
            counts.duplicates += 1
        } else {
            counts.count(departure.verdict, bits: departure.packet.bits)
        }
        out.append(departure)
    }

    mutating func drop(
        _ packet: Packet, _ verdict: PacketVerdict, at instant: Instant, attempts: Int = 0,
        into out: inout [Departure]
    ) {
        append(
            Departure(
                packet: packet, verdict: verdict, due: instant, drained: instant, isForwarded: false,
                isDuplicate: false,
                hasDuplicate: false, noise: 0, block: drain.number(at: instant), sequence: sequence,
                attempts: configuration.rate.harq == nil ? nil : attempts), into: &out)
    }

    mutating func dropHopeless(at now: Instant, into out: inout [Departure]) {
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
