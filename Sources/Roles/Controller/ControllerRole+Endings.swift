import Determinism
import Foundation
import Records
import Topologies
import Wire

/// How images end: at the receiver's word, for want of one, or before they were sent.
///
/// One verdict an image and receiver. Where the receiver gives none, the controller writes its reception down itself,
/// as `away`; whatever else the receiver may have written of that image counts no more (`RunRecordFiles`).
extension ControllerRole {
    mutating func depart(_ departure: TransmissionReport, from transmitter: String, now: Instant) -> [Action] {
        let image = Int(departure.image)
        guard case .set(let decision, let at) = queues[transmitter]?.open[image]?.step, let route = routes[transmitter]
        else { return [] }
        let scheme = scheme(of: transmitter)
        encodeGuard = max(encodeGuard, min(departure.begun - at, .seconds(scheme.codec?.patience ?? 1)))
        let limit = Instant.Span.seconds(scheme.budget + topology.timing.grace)
        // Decoding and inpainting take their time; beyond this nobody tells the end any more.
        let fills = route.receivers.contains { (fillings[$0]?[transmitter]?.inpaint ?? "none") != "none" }
        let patience = now + limit + .seconds((fills ? 600 : 60) + (scheme.codec?.patience ?? 0))
        queues[transmitter]!.open[image]!.step = .departed(decision, departure, patience: patience)
        var actions = [plan(.overdue(transmitter: transmitter, image: image), at: patience)]
        for receiver in route.receivers {
            if nodes[receiver]?.phase == .ready {
                let expectation = ReceptionNotice(
                    image: departure.image, link: route.last.name, latencyBudget: .seconds(scheme.budget),
                    begun: departure.begun)
                actions.append(.tell(node: receiver, .receptionNotice(expectation)))
            } else {
                // Whoever is not there now will not tell of it later: the budget and the grace are waited for.
                let end = max(now, departure.begun + limit)
                actions.append(plan(.absent(transmitter: transmitter, image: image, receiver: receiver), at: end))
            }
        }
        return actions
    }

    package mutating func conclude(_ outcome: ReceptionReport, at receiver: String, now: Instant) -> [Action] {
        guard let transmitter = transmitterOfLink[outcome.link],
            queues[transmitter]?.open[Int(outcome.image)]?.awaited.contains(receiver) == true
        else { return [] }
        let ending = Ending(
            image: Int(outcome.image), transmitter: transmitter, receiver: receiver, status: outcome.verdict.status,
            reason: outcome.reason.isEmpty
                ? "\(outcome.slices) of \(outcome.sliceCount) slices" : outcome.reason)
        return end(ending, outcome, now: now)
    }

    /// What became of an image at one receiver.
    private struct Ending {
        var image: Int
        var transmitter: String
        var receiver: String
        var status: ReceptionRecord.Status
        var reason: String
    }

    private mutating func end(_ ending: Ending, _ outcome: ReceptionReport?, now: Instant) -> [Action] {
        guard var queue = queues[ending.transmitter], var open = queue.open[ending.image],
            open.awaited.remove(ending.receiver) != nil
        else { return [] }
        queue.open[ending.image] = open
        queues[ending.transmitter] = queue
        var departure: TransmissionReport?
        var decision: DecisionRecord?
        if case .departed(let known, let sent, _) = open.step { (decision, departure) = (known, sent) }
        let note = ImageNote(
            transmitter: ending.transmitter, receiver: ending.receiver, image: ending.image,
            photo: queue.photos[ending.image], done: doneImages + (open.awaited.isEmpty ? 1 : 0), total: totalImages,
            alpha: departure?.alpha ?? outcome?.alpha ?? 0, rate: Int(departure?.rate ?? outcome?.rate ?? 0),
            snr: decision?.snr ?? 0, bits: Int(clamping: departure?.bits ?? outcome?.receivedBits ?? 0),
            budgetBits: decision?.budgetBits ?? 0,
            airTime: outcome.flatMap { outcome in
                ending.status == .missing ? nil : departure.map { (outcome.lastArrival - $0.begun).seconds }
            }, gvif: outcome?.gvif ?? 0, verdict: ending.status.rawValue)
        var actions: [Action] = [.progress(.image(note))]
        if ending.status != .complete {
            actions.append(
                self.note(
                    now, ending.receiver, .warning, ending.status.rawValue,
                    "image \(ending.image) of \(ending.transmitter): \(ending.reason)"))
        }
        let awaited = open.awaited.count
        actions +=
            outcome.map {
                inform(
                    $0, at: ending.receiver, awaited: awaited, photo: note.photo, decision, departure, now: now)
            }
            ?? (awaited == 0
                ? informOfFailure(ending.image, of: ending.transmitter, open.step, ending.reason, now: now) : [])
        guard open.awaited.isEmpty else { return actions }
        close(ending.image, of: ending.transmitter)
        return actions + advance(ending.transmitter, now: now) + finishIfDone(now)
    }

    /// An image that has left, and of which a receiver will tell nothing.
    private mutating func miss(
        _ image: Int, of transmitter: String, at receiver: String, _ reason: String, now: Instant
    ) -> [Action] {
        guard let open = queues[transmitter]?.open[image], open.awaited.contains(receiver),
            case .departed(let decision, let departure, _) = open.step
        else { return [] }
        let hasGVIF = !scheme(of: transmitter).kind.isForeign
        let budget = decision.latencyBudget ?? scheme(of: transmitter).budget
        let record = ReceptionRecord(
            transmitter: transmitter, receiver: receiver, image: image, status: .away,
            deadlineAt: (departure.begun + .seconds(budget)).nanoseconds, finishedAt: now.nanoseconds,
            slicesExpected: 0, slicesReceived: 0, receivedBits: 0, gvif: hasGVIF ? 0 : nil, requestedShare: 0,
            receivedShare: 0)
        let ending = Ending(
            image: image, transmitter: transmitter, receiver: receiver, status: .away, reason: reason)
        return [.record(.reception(record))] + end(ending, nil, now: now)
    }

    /// The end of an image that left while a receiver was away.
    mutating func absent(_ image: Int, of transmitter: String, at receiver: String, now: Instant) -> [Action] {
        miss(image, of: transmitter, at: receiver, "\(receiver) was away when it was sent", now: now)
    }

    /// An image whose receivers never told the end.
    mutating func overdue(_ image: Int, of transmitter: String, now: Instant) -> [Action] {
        guard phase == .running, let open = queues[transmitter]?.open[image],
            case .departed(_, _, let patience) = open.step, patience <= now
        else { return [] }
        return open.awaited.sorted().flatMap {
            miss(image, of: transmitter, at: $0, "\($0) gave no word in time", now: now)
        }
    }

    private mutating func close(_ image: Int, of transmitter: String) {
        queues[transmitter]!.open[image] = nil
        doneImages += 1
        if queues[transmitter]!.isDone { busyTransmitters -= 1 }
    }

    /// Ends the images that a lost node had in hand.
    package mutating func fail(imagesOf node: String, _ reason: String, now: Instant) -> [Action] {
        var actions: [Action] = []
        // A transmitter's end concerns its own images only.
        for transmitter in queues[node] == nil ? queues.keys.sorted() : [node] {
            guard let route = routes[transmitter] else { continue }
            for (image, open) in queues[transmitter]!.open.sorted(by: { $0.key < $1.key }) {
                // What has left may still arrive, unless it was on its way to the very node.
                if case .departed = open.step {
                    if route.receivers.contains(node) {
                        actions += miss(image, of: transmitter, at: node, reason, now: now)
                    }
                } else if transmitter == node {
                    actions += giveUp(image, of: transmitter, reason, now: now)
                }
            }
        }
        return actions
    }

    /// The end of an image that its transmitter cannot send.
    mutating func omit(_ omission: Omission, from transmitter: String, now: Instant) -> [Action] {
        if case .departed? = queues[transmitter]?.open[Int(omission.image)]?.step { return [] }
        return giveUp(Int(omission.image), of: transmitter, omission.reason, now: now)
    }

    /// Ends an image that was never sent.
    mutating func giveUp(_ image: Int, of transmitter: String, _ reason: String, now: Instant) -> [Action] {
        guard let queue = queues[transmitter], let step = queue.open[image]?.step else { return [] }
        let informed = informOfFailure(image, of: transmitter, step, reason, now: now)
        close(image, of: transmitter)
        let told = ImageNote(
            transmitter: transmitter, receiver: "", image: image, photo: queue.photos[image], done: doneImages,
            total: totalImages, alpha: 0, rate: 0, snr: 0, bits: 0, budgetBits: 0, airTime: nil, gvif: 0,
            verdict: "\(EventRecord.notSent): \(reason)")
        return [
            .progress(.image(told)),
            note(now, transmitter, .warning, EventRecord.notSent, "image \(image): \(reason)"),
        ] + informed + advance(transmitter, now: now) + settleOthers(than: transmitter, now: now) + finishIfDone(now)
    }
}

extension ImageVerdict {
    /// The same as records and tables call it.
    var status: ReceptionRecord.Status {
        switch self {
        case .complete: .complete
        case .partial: .partial
        case .lost: .missing
        case .expired, .undecodable: .undecodable
        }
    }
}
