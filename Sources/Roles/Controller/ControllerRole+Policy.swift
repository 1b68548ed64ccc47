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
        return PolicyContext(
            transmitter: transmitter, image: Int(report.image), photo: queue.photos[Int(report.image)], link: "",
            time: 0, stateAge: 0, lowestRate: scheme.lowestRate, minimumMaskPSNR: scheme.minimumMaskPSNR,
            label: report.label, caption: report.caption, width: Int(report.width), height: Int(report.height))
    }

    func context(_ facts: PolicyContext?, _ belief: Belief, layoutBits: Int, now: Instant) -> PolicyContext? {
        guard var context = facts else { return nil }
        context.link = belief.report.link
        context.time = time(now)
        context.stateAge = max(0, (now - belief.report.start).seconds)
        context.layoutBytes = layoutBits > 0 ? layoutBits / 8 : nil
        return context
    }

    /// The word on an image that a receiver has told the end of.
    func inform(
        _ outcome: Outcome, at receiver: String, awaited: Int, photo: String, _ decision: DecisionRecord?,
        _ departure: Departure?, now: Instant
    ) -> [Action] {
        guard let decision, decision.policy == PolicyName.external.rawValue, asksProgram(decision.transmitter) else {
            return []
        }
        let budget = decision.latencyBudget ?? scheme(of: decision.transmitter).budget
        let airTime = outcome.verdict == .lost ? nil : departure.map { (outcome.lastArrival - $0.begun).seconds }
        let told = PolicyOutcome(
            transmitter: decision.transmitter, image: decision.image, photo: photo, link: decision.link,
            receiver: receiver, awaited: awaited, time: time(now), verdict: "\(outcome.verdict)",
            reason: outcome.verdict == .complete
                ? nil
                : outcome.reason.isEmpty ? "\(outcome.slices) of \(outcome.sliceCount) slices" : outcome.reason,
            alpha: departure?.alpha, rate: (departure?.rate).map { Int($0) },
            bits: departure.map { Int(clamping: $0.bits.total) }, budgetBits: decision.budgetBits,
            receivedBits: Int(clamping: outcome.receivedBits), gvif: outcome.gvif, airTime: airTime,
            lateness: airTime.map { $0 - budget })
        return [.inform(told, picture: outcome.file)]
    }

    /// The word on an image whose end nobody told.
    func informOfFailure(
        _ image: Int, of transmitter: String, _ step: ImageQueue.Step?, _ reason: String, now: Instant
    ) -> [Action] {
        let (decision, departure): (DecisionRecord, Departure?)
        switch step {
        case .set(let record, _): (decision, departure) = (record, nil)
        case .departed(let record, let sent, _): (decision, departure) = (record, sent)
        default: return []
        }
        guard asksProgram(transmitter), decision.policy == PolicyName.external.rawValue, let queue = queues[transmitter]
        else { return [] }
        let told = PolicyOutcome(
            transmitter: transmitter, image: image, photo: queue.photos[image], link: decision.link, time: time(now),
            verdict: "failed", reason: reason, alpha: departure?.alpha, rate: (departure?.rate).map { Int($0) },
            bits: departure.map { Int(clamping: $0.bits.total) }, budgetBits: decision.budgetBits)
        return [.inform(told, picture: "")]
    }
}
