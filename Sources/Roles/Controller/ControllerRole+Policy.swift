import Adaptation
import Determinism
import Records
import Topologies
import Wire

/// What an external policy hears beside the table of (α, Φ): where an image comes from, and what became of it.
extension ControllerRole {
    private func asksProgram(_ transmitter: String) -> Bool {
        if case .external = policies[transmitter] { true } else { false }
    }

    /// Seconds of the run's time.
    private func time(_ now: Instant) -> Double { max(0, (now - origin).seconds) }

    /// What is known of an image for itself; link and belief are filled in when it is asked about.
    func facts(_ report: ProfileReport, from transmitter: String) -> PolicyContext? {
        guard asksProgram(transmitter), let queue = queues[transmitter] else { return nil }
        let scheme = scheme(of: transmitter)
        var facts = PolicyContext(
            transmitter: transmitter, image: Int(report.image), photo: queue.photos[Int(report.image)],
            lowestRate: scheme.lowestRate)
        facts.minimumMaskPSNR = scheme.minimumMaskPSNR
        (facts.label, facts.caption) = (report.label, report.caption)
        (facts.width, facts.height) = (Int(report.width), Int(report.height))
        return facts
    }

    func context(_ facts: PolicyContext?, _ belief: ChannelEstimate, layoutBits: Int, now: Instant) -> PolicyContext? {
        guard var context = facts else { return nil }
        context.link = belief.report.link
        context.time = time(now)
        context.stateAge = max(0, (now - belief.report.start).seconds)
        context.layoutBytes = layoutBits > 0 ? layoutBits / 8 : nil
        return context
    }

    /// The word on an image that a receiver has told the end of.
    func inform(
        _ outcome: ReceptionReport, at receiver: String, awaited: Int, photo: String, _ decision: DecisionRecord?,
        _ departure: TransmissionReport?, now: Instant
    ) -> [Action] {
        guard let decision, decision.policy == PolicyName.external.rawValue, asksProgram(decision.transmitter) else {
            return []
        }
        let budget = decision.latencyBudget ?? scheme(of: decision.transmitter).budget
        let airTime = outcome.verdict == .lost ? nil : departure.map { (outcome.lastArrival - $0.begun).seconds }
        var told = word(on: decision, photo: photo, "\(outcome.verdict)", departure, now: now)
        (told.receiver, told.awaited) = (receiver, awaited)
        if outcome.verdict != .complete {
            told.reason =
                outcome.reason.isEmpty ? "\(outcome.slices) of \(outcome.sliceCount) slices" : outcome.reason
        }
        (told.receivedBits, told.gvif) = (Int(clamping: outcome.receivedBits), outcome.gvif)
        (told.airTime, told.lateness) = (airTime, airTime.map { $0 - budget })
        return [.inform(told, picture: outcome.file)]
    }

    /// The word on an image whose end nobody told.
    func informOfFailure(
        _ image: Int, of transmitter: String, _ step: ImageQueue.Step?, _ reason: String, now: Instant
    ) -> [Action] {
        let (decision, departure): (DecisionRecord, TransmissionReport?)
        switch step {
        case .set(let record, _): (decision, departure) = (record, nil)
        case .departed(let record, let sent, _): (decision, departure) = (record, sent)
        default: return []
        }
        guard asksProgram(transmitter), decision.policy == PolicyName.external.rawValue, let queue = queues[transmitter]
        else { return [] }
        var told = word(on: decision, photo: queue.photos[image], "failed", departure, now: now)
        told.reason = reason
        return [.inform(told, picture: "")]
    }

    private func word(
        on decision: DecisionRecord, photo: String, _ verdict: String, _ departure: TransmissionReport?, now: Instant
    ) -> PolicyOutcome {
        var told = PolicyOutcome(
            transmitter: decision.transmitter, image: decision.image, photo: photo, link: decision.link,
            time: time(now), verdict: verdict, budgetBits: decision.budgetBits)
        (told.alpha, told.rate) = (departure?.alpha, (departure?.rate).map { Int($0) })
        told.bits = departure.map { Int(clamping: $0.bits) }
        return told
    }
}
