import Adaptation
import Determinism
import Foundation
import Wire

/// The newest state of one link.
struct LinkState: Sendable {
    var settings: LinkSettings
    var report: ChannelReport?

    init(settings: LinkSettings) { self.settings = settings }
}

/// The images of one transmitter and how far each has come.
struct ImageQueue: Sendable {
    enum Step: Sendable {
        case assigned
        /// Waits for a block that can hold T_max.
        case offered(ImageProfile, since: Instant)
        case set(DecisionRecord, at: Instant)
        case departed(DecisionRecord, Departure, patience: Instant)
    }

    struct Open: Sendable {
        var step: Step
        /// Receivers that have not told the end yet.
        var awaited: Set<String>
    }

    let photos: [String]
    var next = 0
    var open: [Int: Open] = [:]

    init(photos: [String]) { self.photos = photos }

    var isDone: Bool { next == photos.count && open.isEmpty }
}

extension ControllerRole {
    /// The capacity a route can count on: its narrowest link, where a shared band gives each link an equal part.
    private func capacity(of route: Route) -> Double {
        route.links.map { (links[$0.name]?.report?.capacity ?? 0) / Double(sharers[$0.name] ?? 1) }.min() ?? 0
    }

    /// Bits that C·T_max holds. Hops forward datagram by datagram, so each after the first delays by one of them.
    private func budgetBits(of route: Route) -> Int {
        let held = Int((route.links.count - 1) * (scheme.slicePayload + 256) * 8)
        return max(0, Int((capacity(of: route) * scheme.budget).rounded(.down)) - held)
    }

    /// Assigns the transmitter's next images, as many as may be under way.
    mutating func advance(_ transmitter: String, now: Instant) -> [Action] {
        guard phase == .running, var queue = queues[transmitter], queue.next < queue.photos.count, nodes[transmitter]?.phase == .ready,
            let route = routes[transmitter]
        else { return [] }
        var actions: [Action] = []
        while queue.next < queue.photos.count, queue.open.count <= topology.images.ahead {
            if topology.images.interval > 0 {
                let due = origin + .seconds(topology.images.interval * Double(queue.next))
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
                            image: UInt32(image), source: queue.photos[image], caption: "", label: "", links: [LinkName(route.first.name)],
                            latencyBudget: .seconds(scheme.budget)))))
        }
        queues[transmitter] = queue
        return actions
    }

    mutating func consider(_ report: ProfileReport, from transmitter: String, now: Instant) -> [Action] {
        guard case .assigned = queues[transmitter]?.open[Int(report.image)]?.step else { return [] }
        do {
            let profile = try ImageProfile(bytes: report.profile)
            queues[transmitter]!.open[Int(report.image)]!.step = .offered(profile, since: now)
        } catch {
            return abandon("\(transmitter): \(error)", exitCode: 1, now: now)
        }
        return settle(transmitter, now: now)
    }

    mutating func learn(_ report: ChannelReport, now: Instant) -> [Action] {
        guard let link = links[report.link] else { return [] }
        if let newest = link.report, newest.block > report.block { return [] }
        links[report.link]!.report = report
        return transmitterOfLink[report.link].map { settle($0, now: now) } ?? []
    }

    /// Decides (α, Φ) for every image that waits, if the block at hand can hold it.
    mutating func settle(_ transmitter: String, now: Instant) -> [Action] {
        guard phase == .running, let route = routes[transmitter], let queue = queues[transmitter], !queue.open.isEmpty else { return [] }
        var actions: [Action] = []
        for (image, open) in queue.open.sorted(by: { $0.key < $1.key }) {
            guard case .offered(let profile, let since) = open.step else { continue }
            let blocks = route.links.compactMap { links[$0.name]?.report }
            guard blocks.count == route.links.count, let block = blocks.min(by: { $0.capacity < $1.capacity }) else { continue }
            let budget = Instant.Span.seconds(scheme.budget)
            // The budget counts on one capacity: the block must outlast encoding and T_max, if blocks ever can.
            // A channel faster than that is used on its latest report, which the record shows.
            let mustWait = blocks.contains { block in
                let end = block.start + block.duration
                let canHold = encodeGuard + budget <= block.duration
                return canHold ? now + encodeGuard + budget > end : now > end && block.duration > .milliseconds(5)
            }
            if mustWait { continue }
            let bits = budgetBits(of: route)
            let snr = 10 * log10(max(block.snr, 1e-12))
            let situation = Situation(profile: profile, snr: snr, capacity: block.capacity, latencyBudget: scheme.budget, budgetBits: bits)
            guard let decision = policy.decide(situation) else { continue }
            let record = DecisionRecord(
                transmitter: transmitter, image: image, at: now.nanoseconds, policy: policy.name, link: block.link, block: Int(clamping: block.block),
                snr: snr, capacity: block.capacity, budgetBits: bits, alpha: decision.alpha, rate: decision.rate, predictedBits: decision.predictedBits,
                predictedGVIF: decision.predictedGVIF, feasible: decision.feasible)
            queues[transmitter]!.open[image]!.step = .set(record, at: now)
            actions += [
                .record(.decision(record)),
                .record(
                    .stage(
                        StageRecord(
                            transmitter: transmitter, image: image, node: "controller", stage: .wait, startAt: since.nanoseconds,
                            duration: (now - since).seconds))),
                .tell(
                    node: transmitter,
                    .setting(
                        Setting(
                            image: UInt32(image), alpha: decision.alpha, rate: UInt16(decision.rate), budgetBits: UInt64(max(0, bits)), latencyBudget: budget,
                            predictedBits: Double(decision.predictedBits), predictedGVIF: decision.predictedGVIF, feasible: decision.feasible,
                            block: block.block, snr: block.snr, capacity: block.capacity, sendAt: now))),
            ]
        }
        return actions
    }

    mutating func depart(_ departure: Departure, from transmitter: String, now: Instant) -> [Action] {
        let image = Int(departure.image)
        guard case .set(let decision, let at) = queues[transmitter]?.open[image]?.step, let route = routes[transmitter] else { return [] }
        encodeGuard = max(encodeGuard, min(departure.begun - at, .seconds(1)))
        // Decoding and inpainting take their time; beyond this nobody tells the end any more.
        let patience = now + .seconds(scheme.budget + topology.timing.grace + (scheme.inpaint == "none" ? 60 : 600))
        queues[transmitter]!.open[image]!.step = .departed(decision, departure, patience: patience)
        let budget = Instant.Span.seconds(scheme.budget)
        return route.receivers.map {
            .tell(
                node: $0,
                .expectation(Expectation(image: departure.image, link: route.last.name, latencyBudget: budget, begun: departure.begun)))
        } + [plan(.overdue(transmitter: transmitter, image: image), at: patience)]
    }

    mutating func conclude(_ outcome: Outcome, at receiver: String, now: Instant) -> [Action] {
        guard let transmitter = transmitterOfLink[outcome.link], var open = queues[transmitter]?.open[Int(outcome.image)],
            open.awaited.remove(receiver) != nil
        else { return [] }
        var departure: Departure?
        var decision: DecisionRecord?
        if case .departed(let known, let sent, _) = open.step { (decision, departure) = (known, sent) }
        let queue = queues[transmitter]!
        let note = ImageNote(
            transmitter: transmitter, receiver: receiver, image: Int(outcome.image), photo: queue.photos[Int(outcome.image)],
            done: doneImages + (open.awaited.isEmpty ? 1 : 0), total: totalImages,
            alpha: departure?.alpha ?? outcome.alpha, rate: Int(departure?.rate ?? outcome.rate), snr: decision?.snr ?? 0,
            bits: Int(clamping: departure?.bits.total ?? outcome.receivedBits), budgetBits: decision?.budgetBits ?? 0,
            airTime: outcome.verdict == .lost ? nil : departure.map { (outcome.lastArrival - $0.begun).seconds }, gvif: outcome.gvif,
            verdict: "\(outcome.verdict)")
        var actions: [Action] = [.progress(.image(note))]
        if outcome.verdict != .complete {
            actions.append(
                self.note(
                    now, receiver, .warning, "\(outcome.verdict)",
                    "image \(outcome.image) of \(transmitter): \(outcome.reason.isEmpty ? "\(outcome.slices) of \(outcome.sliceCount) slices" : outcome.reason)"))
        }
        if open.awaited.isEmpty {
            close(Int(outcome.image), of: transmitter)
            actions += advance(transmitter, now: now) + finishIfDone(now)
        } else {
            queues[transmitter]!.open[Int(outcome.image)] = open
        }
        return actions
    }

    private mutating func close(_ image: Int, of transmitter: String) {
        queues[transmitter]!.open[image] = nil
        doneImages += 1
        if queues[transmitter]!.isDone { busyTransmitters -= 1 }
    }

    /// An image whose receiver never told the end.
    mutating func overdue(_ image: Int, of transmitter: String, now: Instant) -> [Action] {
        guard phase == .running, case .departed(_, _, let patience) = queues[transmitter]?.open[image]?.step, patience <= now else { return [] }
        return giveUp(image, of: transmitter, "no outcome was told in time", now: now)
    }

    /// Ends the images that a lost node had in hand.
    mutating func fail(imagesOf node: String, _ reason: String, now: Instant) -> [Action] {
        var actions: [Action] = []
        for transmitter in queues.keys.sorted() {
            guard let route = routes[transmitter] else { continue }
            for (image, open) in queues[transmitter]!.open.sorted(by: { $0.key < $1.key }) {
                if transmitter == node {
                    // What has left may still arrive.
                    if case .departed = open.step { continue }
                    actions += giveUp(image, of: transmitter, reason, now: now)
                } else if route.receivers.contains(node) {
                    guard case .departed = open.step else { continue }
                    queues[transmitter]!.open[image]!.awaited.remove(node)
                    if queues[transmitter]!.open[image]!.awaited.isEmpty { actions += giveUp(image, of: transmitter, reason, now: now) }
                }
            }
        }
        return actions
    }

    private mutating func giveUp(_ image: Int, of transmitter: String, _ reason: String, now: Instant) -> [Action] {
        close(image, of: transmitter)
        return [note(now, transmitter, .warning, "image failed", "image \(image): \(reason)")] + advance(transmitter, now: now) + finishIfDone(now)
    }
}
