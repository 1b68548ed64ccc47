import Adaptation
import Determinism
import Foundation
import Records
import Topologies
import Wire

/// The images of one transmitter and how far each has come.
struct ImageQueue: Sendable {
    enum Step: Sendable {
        case assigned
        /// Waits for a block that can hold T_max.
        case offered(ImageProfile, since: Instant)
        /// An external policy has been asked.
        case asked(Situation, ChannelEstimate, since: Instant, at: Instant)
        case set(DecisionRecord, at: Instant)
        case departed(DecisionRecord, TransmissionReport, patience: Instant)
    }

    struct Open: Sendable {
        var step: Step
        /// Receivers that have not told the end yet.
        var awaited: Set<String>
        /// What an external policy is told of it.
        var facts: PolicyContext?
    }

    let photos: [String]
    var next = 0
    var open: [Int: Open] = [:]

    init(photos: [String]) { self.photos = photos }

    var isDone: Bool { next == photos.count && open.isEmpty }
}

extension ControllerRole {
    /// Assigns the transmitter's next images, as many as may be under way.
    package mutating func advance(_ transmitter: String, now: Instant) -> [Action] {
        guard phase == .running, var queue = queues[transmitter], queue.next < queue.photos.count,
            nodes[transmitter]?.phase == .ready,
            let route = routes[transmitter]
        else { return [] }
        let source = sources[transmitter] ?? topology.images
        var actions: [Action] = []
        while queue.next < queue.photos.count, queue.open.count <= source.ahead {
            if source.interval > 0 {
                let due = origin + .seconds(source.interval * Double(queue.next))
                guard due <= now else {
                    actions.append(plan(.advance(transmitter: transmitter), at: due))
                    break
                }
            }
            let image = queue.next
            queue.next += 1
            queue.open[image] = .init(step: .assigned, awaited: Set(route.receivers))
            actions.append(
                .tell(
                    node: transmitter,
                    .assignment(
                        Assignment(
                            image: UInt32(image), source: queue.photos[image]))))
        }
        queues[transmitter] = queue
        return actions
    }

    mutating func consider(_ report: ProfileReport, from transmitter: String, now: Instant) -> [Action] {
        guard case .assigned = queues[transmitter]?.open[Int(report.image)]?.step else { return [] }
        do {
            let profile = try ImageProfile(bytes: report.profile)
            queues[transmitter]!.open[Int(report.image)]!.step = .offered(profile, since: now)
            queues[transmitter]!.open[Int(report.image)]!.facts = facts(report, from: transmitter)
        } catch {
            return abandon("\(transmitter): \(error)", exitCode: 1, now: now)
        }
        return settle(transmitter, now: now) + settleOthers(than: transmitter, now: now)
    }

    /// Decides (α, Φ) for every image that waits, if the block at hand can hold it.
    package mutating func settle(_ transmitter: String, now: Instant) -> [Action] {
        guard phase == .running, let route = routes[transmitter], let queue = queues[transmitter], !queue.open.isEmpty
        else { return [] }
        if let lost = route.links.map(\.through).first(where: isGoneForGood) {
            return queue.open.sorted(by: { $0.key < $1.key }).flatMap { image, open -> [Action] in
                guard case .offered = open.step else { return [] }
                return giveUp(image, of: transmitter, "\(lost), which carries it, is gone", now: now)
            }
        }
        let (scheme, policy) = (scheme(of: transmitter), policies[transmitter] ?? .optimal(Constraints()))
        var actions: [Action] = []
        for (image, open) in queue.open.sorted(by: { $0.key < $1.key }) {
            guard case .offered(let profile, let since) = open.step, isWhole(image) else { continue }
            let belief: ChannelEstimate
            switch outlook(of: route, now: now) {
            case .unknown: continue
            case .wait(let edge):
                actions += reconsider(transmitter, at: edge)
                continue
            case .ready(let found): belief = found
            }
            let layout = layoutBits(of: transmitter, belief)
            let situation = Situation(
                profile: profile, snr: belief.snr, capacity: belief.capacity, latencyBudget: scheme.budget,
                budgetBits: max(0, scheme.firstBits(of: belief.budgetBits) - layout),
                context: context(open.facts, belief, layoutBits: layout, now: now))
            if let decision = fixedDecision(of: transmitter, situation) ?? policy.decide(situation) {
                actions += set(
                    image, of: transmitter, decision, policy: policy.name, situation, belief, since: since, now: now)
            } else {
                queues[transmitter]!.open[image]!.step = .asked(situation, belief, since: since, at: now)
                actions.append(.ask(transmitter: transmitter, image: image, situation))
            }
        }
        return actions
    }

    /// What the layout takes of a budget, before anything is chosen.
    private func layoutBits(of transmitter: String, _ belief: ChannelEstimate) -> Int {
        let scheme = scheme(of: transmitter)
        return scheme.layoutBits(of: belief.budgetBits, kind: scheme.kind)
    }

    /// Schemes without a table have nothing to choose: other codecs fill the budget, text goes alone.
    private func fixedDecision(of transmitter: String, _ situation: Situation) -> Decision? {
        let kind = scheme(of: transmitter).kind
        if kind.isForeign {
            return Decision(
                alpha: 0, rate: 1, predictedBits: situation.budgetBits, predictedGVIF: 0, feasible: true)
        }
        guard kind == .textOnly else { return nil }
        let bits = situation.profile.promptOnlyBits
        return Decision(
            alpha: Decision.promptOnlyAlpha, rate: 1, predictedBits: bits, predictedGVIF: 0,
            feasible: bits <= situation.budgetBits)
    }

    /// Where images go together, whether every transmitter that still has this one to send has offered it.
    private func isWhole(_ image: Int) -> Bool {
        guard topology.images.together else { return true }
        return queues.allSatisfy { name, queue in
            guard image < queue.photos.count, nodes[name]?.isAlive == true else { return true }
            if case .assigned = queue.open[image]?.step { return false }
            return image < queue.next
        }
    }

    /// Every transmitter whose image may have waited for another's.
    mutating func settleOthers(than transmitter: String, now: Instant) -> [Action] {
        guard topology.images.together else { return [] }
        return queues.keys.sorted().filter { $0 != transmitter }.flatMap { settle($0, now: now) }
    }

    private mutating func reconsider(_ transmitter: String, at edge: Instant) -> [Action] {
        guard reconsidering[transmitter] != edge else { return [] }
        reconsidering[transmitter] = edge
        return [plan(.reconsider(transmitter: transmitter), at: edge)]
    }

    /// An external policy's word on an image, or why there is none.
    package mutating func answer(_ reply: PolicyReply, to transmitter: String, _ image: Int, now: Instant) -> [Action] {
        guard phase == .running,
            case .asked(let situation, let belief, let since, let at) = queues[transmitter]?.open[image]?.step
        else { return [] }
        let wasSlow = now - at > answerGuard
        answerGuard = max(answerGuard, min(now - at, .seconds(1)))
        // An answer slower than any before may come when the block it counts on is as good as over: ask for the next.
        if wasSlow, case .decision = reply, let route = routes[transmitter] {
            if case .ready(let later) = outlook(of: route, now: now, asks: false),
                later.report.block == belief.report.block
            {
            } else {
                queues[transmitter]!.open[image]!.step = .offered(situation.profile, since: since)
                return settle(transmitter, now: now)
            }
        }
        let scheme = scheme(of: transmitter)
        switch reply {
        case .decision(let decision):
            return set(
                image, of: transmitter, decision, policy: PolicyName.external.rawValue, situation, belief, since: since,
                now: now)
        case .failure(let reason):
            guard scheme.policyFallback != .end else { return abandon(reason, exitCode: 1, now: now) }
            let constraints = scheme.constraints
            let decision =
                scheme.policyFallback == .optimal
                ? exactOptimum(profile: situation.profile, budgetBits: situation.budgetBits, constraints: constraints)
                : .promptOnly(situation.profile)
            return [
                note(
                    now, "controller", .warning, "policy failed",
                    "image \(image) of \(transmitter): \(reason); \(scheme.policyFallback.rawValue) instead")
            ]
                + set(
                    image, of: transmitter, decision, policy: scheme.policyFallback.rawValue, situation, belief,
                    since: since, now: now)
        }
    }

    private mutating func set(
        _ image: Int, of transmitter: String, _ wanted: Decision, policy name: String, _ situation: Situation,
        _ belief: ChannelEstimate, since: Instant, now: Instant
    ) -> [Action] {
        let scheme = scheme(of: transmitter)
        var decision = wanted
        // A policy made for averages may ask for more than this image's budget holds.
        if decision.predictedBits > situation.budgetBits, decision.concession == nil, !decision.isPromptOnly {
            decision.concession = .raised
            decision.feasible = false
            if scheme.infeasible == .promptOnly { decision = .promptOnly(situation.profile) }
        }
        let record = DecisionRecord(
            transmitter: transmitter, image: image, at: now.nanoseconds, policy: name, link: belief.report.link,
            block: Int(clamping: belief.report.block),
            snr: belief.snr, capacity: belief.capacity, budgetBits: belief.budgetBits,
            latencyBudget: scheme.budget, alpha: decision.alpha,
            rate: decision.rate,
            predictedBits: decision.predictedBits + layoutBits(of: transmitter, belief),
            predictedGVIF: decision.predictedGVIF, feasible: decision.feasible,
            concession: decision.concession?.rawValue, stateAge: max(0, (now - belief.report.start).seconds))
        queues[transmitter]!.open[image]!.step = .set(record, at: now)
        return [
            .record(.decision(record)),
            .record(
                .stage(
                    StageRecord(
                        transmitter: transmitter, image: image, node: "controller", stage: .wait,
                        startAt: since.nanoseconds,
                        duration: (now - since).seconds))),
            .tell(
                node: transmitter,
                .rateDecision(
                    RateDecision(
                        image: UInt32(image), alpha: decision.alpha, rate: UInt16(decision.rate),
                        budgetBits: UInt64(belief.budgetBits),
                        latencyBudget: .seconds(scheme.budget),
                        feasible: decision.feasible, sendAt: now))),
        ]
    }
}
