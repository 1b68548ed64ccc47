import Determinism

/// Serving packets one by one, and again where HARQ asks for it.
extension Link {
    /// When the packet in service finishes or is given up; where none is, when one that waits may be sent again.
    var serviceChange: Instant? {
        guard let current else { return waiting.next }
        let finish = drain.finish?.ceiling
        if configuration.latePackets == .abandon && current.deadline < finish ?? ChannelBlock.never {
            return current.deadline
        }
        return finish
    }

    /// Begins to serve `packet`, or the first behind it that still can be.
    mutating func serve(_ packet: Packet, for retransmission: Retransmission? = nil, into out: inout [Departure]) {
        var candidate: (packet: Packet, again: Retransmission?)? = (packet, retransmission)
        while let (packet, again) = candidate {
            if begin(packet, again, into: &out) { return }
            candidate = nextCandidate()
        }
        (current, resumed) = (nil, nil)
    }

    /// The first that may be sent again by now, or else that of the queue.
    private mutating func nextCandidate() -> (packet: Packet, again: Retransmission?)? {
        if let instant = waiting.next, ExactInstant(instant) <= drain.floor { return nextRetransmission() }
        return queue.popFirst().map { ($0, nil) }
    }

    private mutating func nextRetransmission() -> (packet: Packet, again: Retransmission?)? {
        guard let (instant, again) = waiting.pop() else { return nil }
        var packet = again.packet
        packet.ready = instant
        return (packet, again)
    }

    /// - Returns: whether it is in service now; otherwise it has been dropped.
    private mutating func begin(_ packet: Packet, _ again: Retransmission?, into out: inout [Departure]) -> Bool {
        let start = max(drain.floor, ExactInstant(packet.ready))
        let made = again?.attempts ?? 0
        if start >= ExactInstant(packet.deadline) {
            drop(
                packet, again == nil ? .expired : .late, at: max(packet.deadline, packet.arrival), attempts: made,
                into: &out)
            return false
        }
        drain.begin(
            bits: again?.bits ?? Double(packet.bits), ready: packet.ready,
            horizon: configuration.latePackets == .abandon ? packet.deadline : ChannelBlock.never,
            efficiency: again?.scheme.efficiency)
        let hopeless =
            configuration.queue.discipline == .deadlineDrop && packet.deadline != ChannelBlock.never
            && (drain.finish?.ceiling ?? ChannelBlock.never) > packet.deadline && drain.isOpen
        if !hopeless {
            (current, resumed) = (packet, again)
            return true
        }
        drain.cancel()
        drop(packet, again == nil ? .expired : .late, at: start.ceiling, attempts: made, into: &out)
        return false
    }

    /// Sends again what has waited long enough, on a link that stands idle.
    mutating func resume(into out: inout [Departure]) {
        guard let (packet, again) = nextRetransmission() else { return }
        serve(packet, for: again, into: &out)
    }

    mutating func finishService(into out: inout [Departure]) {
        let (packet, again) = (current!, resumed)
        (current, resumed) = (nil, nil)
        if let finish = drain.finish, finish.ceiling <= packet.deadline || configuration.latePackets == .forward {
            drain.end(at: finish)
            conclude(packet, again, drained: finish.ceiling, into: &out)
        } else {
            let begun = again != nil || drain.hasServed(by: packet.deadline)
            drain.end(at: ExactInstant(packet.deadline))
            drop(
                packet, begun ? .late : .expired, at: packet.deadline,
                attempts: (again?.attempts ?? 0) + (begun ? 1 : 0), into: &out)
        }
        if let (packet, again) = nextCandidate() { serve(packet, for: again, into: &out) }
    }

    /// The last bit of an attempt has drained: on the air with it, or once more.
    private mutating func conclude(
        _ packet: Packet, _ again: Retransmission?, drained: Instant, into out: inout [Departure]
    ) {
        let law = configuration.rate
        let block = drain.block(at: drained)
        guard law.kind != .shannon, block.rate == nil else {
            launch(packet, drained: drained, attempts: law.harq == nil ? nil : 1, into: &out)
            return
        }
        let snr = snr(block)
        guard let harq = law.harq else {
            let isLost = fates.codewordDraw() < law.loss(ofBits: packet.bits, at: snr)
            launch(packet, drained: drained, isLost: isLost, into: &out)
            return
        }
        guard var sent = again ?? first(packet, at: snr, law) else {
            launch(packet, drained: drained, isLost: true, attempts: 1, into: &out)
            return
        }
        sent.attempt(at: snr, law)
        if sent.failed > 0, sent.attempts < harq.attempts {
            let ready = drained + harq.delay
            // One that comes too late is known for it at the deadline.
            waiting.push(sent, at: configuration.latePackets == .abandon ? min(ready, packet.deadline) : ready)
        } else {
            launch(sent.packet, drained: drained, isLost: sent.failed > 0, attempts: sent.attempts, into: &out)
        }
    }

    /// Nil where the block that a packet ended in carries nothing.
    private mutating func first(_ packet: Packet, at snr: Double, _ law: RateLaw) -> Retransmission? {
        let draws = fates.codewordDraws()
        return law.codeword(snr).map {
            Retransmission(packet, codewords: law.codewords(ofBits: packet.bits, $0), scheme: $0, draws: draws)
        }
    }

    /// Puts a drained packet on the air: loss, corruption, duplication, delay.
    private mutating func launch(
        _ packet: Packet, drained: Instant, isLost: Bool = false, attempts: Int? = nil, into out: inout [Departure]
    ) {
        let fate = fates.next(configuration)
        defer { sequence += 1 }
        if fate.isLost || isLost {
            drop(packet, .lost, at: drained, attempts: attempts ?? 1, into: &out)
            return
        }
        let verdict: PacketVerdict = drained <= packet.deadline ? .delivered : .late
        var departure = Departure(
            packet: packet, verdict: fate.isCorrupted ? .corrupted : verdict,
            due: drained + configuration.propagation + fate.jitter,
            drained: drained, isForwarded: true, isDuplicate: false, hasDuplicate: fate.isDuplicated, noise: fate.noise,
            block: drain.number(at: drained), sequence: sequence, attempts: attempts)
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
}
