import Adaptation
import Determinism
import EntropyCoding
import Records
import Topologies
import Wire

/// The transmitter's decisions: which step of which image comes next. No I/O, no clock, no models.
///
/// ```
/// assignment ─► prepare ─► profile ─► setting ─► encode ─► send ─► departure
///   (message)    (job)    (message)  (message)    (job)   (driver)  (message)
/// ```
/// Images advance independently; the jobs run in the order they are asked for.
package struct TransmitterRole: Sendable {
    package enum Event: Sendable {
        case message(ControlMessage)
        case prepared(PreparedImage)
        case encoded(EncodedImage)
        /// The burst of an image is in the socket.
        case sent(image: UInt32, begun: Instant, ended: Instant, wireBits: Int)
        /// This image cannot be sent.
        case omitted(image: UInt32, reason: String)
        /// Nothing further can be sent.
        case failed(image: UInt32, reason: String)
        case timer
    }

    package enum Action: Sendable {
        case tell(ControlMessage)
        case prepare(Assignment)
        case encode(PreparedImage, RateDecision)
        case send(image: UInt32, [DataDatagram])
        /// Once more what did not arrive; nobody waits for it to be in the socket.
        case resend([DataDatagram])
        /// Write the files of an image, when nothing else is in a hurry.
        case save(PreparedImage, EncodedImage)
        case record(Record)
        case wake(Instant)
        /// Write everything down and end; a reason that is not empty is a failure.
        case leave(failure: String)
    }

    package let name: String
    package let link: String
    private enum Step: Sendable {
        case preparing
        case offered(PreparedImage)
        case encoding(PreparedImage, RateDecision)
        case waiting(PreparedImage, RateDecision, EncodedImage)
        case sending(PreparedImage, RateDecision, EncodedImage)
    }
    private var steps: [UInt32: Step] = [:]
    private var sources: [UInt32: String] = [:]
    private let repeats: Bool
    /// An image that has left and may be asked for again.
    private struct Sent: Sendable {
        var datagrams: [DataDatagram]
        var overheadBits: Int
        /// What is left of C·T_max, and until when.
        var leftBits: Int
        var begun: Instant
        var deadline: Instant
    }
    private var sent: [UInt32: Sent] = [:]

    /// - Parameter repeats: whether what is reported missing is sent again within the budget.
    package init(name: String, link: String, repeats: Bool = false) {
        self.name = name
        self.link = link
        self.repeats = repeats
    }

    package mutating func handle(_ event: Event, now: Instant) -> [Action] {
        switch event {
        case .message(.assignment(let assignment)):
            guard steps[assignment.image] == nil else { return [] }
            steps[assignment.image] = .preparing
            sources[assignment.image] = assignment.source
            return [.prepare(assignment)]
        case .message(.rateDecision(let setting)):
            // A setting may be renewed until the encoder has begun; later ones come too late.
            guard case .offered(let prepared) = steps[setting.image] else { return [] }
            steps[setting.image] = .encoding(prepared, setting)
            return [.encode(prepared, setting)]
        case .message(.retransmissionRequest(let repetition)): return repeatMissing(repetition, now: now)
        case .message(.stop): return [.leave(failure: "")]
        case .message: return []
        case .prepared(let prepared): return offer(prepared, now: now)
        case .encoded(let encoded): return packetise(encoded, now: now)
        case .sent(let image, let begun, let ended, let wireBits): return depart(image, begun, ended, wireBits)
        case .omitted(let image, let reason):
            (steps[image], sources[image]) = (nil, nil)
            return [.tell(.omission(Omission(image: image, reason: reason)))]
        case .failed(let image, let reason):
            steps[image] = nil
            return [.tell(.nodeError(NodeError(text: reason))), .leave(failure: reason)]
        case .timer: return due(now)
        }
    }

    private mutating func offer(_ prepared: PreparedImage, now: Instant) -> [Action] {
        guard case .preparing = steps[prepared.image] else { return [] }
        steps[prepared.image] = .offered(prepared)
        let doubts: [Action] =
            prepared.captionFailure.map { reason in
                [
                    .record(
                        .event(
                            EventRecord(
                                at: now.nanoseconds, node: name, severity: .warning, what: "captioner",
                                detail: "image \(prepared.image): \(reason)"))),
                    .tell(.progress(Progress(text: "\(reason); the label's caption is used"))),
                ]
            } ?? []
        let damages: [Action] =
            prepared.damage.map { damage in
                [
                    .record(
                        .event(
                            EventRecord(
                                at: now.nanoseconds, node: name, severity: .warning, what: "damaged photo",
                                detail: "image \(prepared.image): \(damage)")))
                ]
            } ?? []
        return doubts + damages
            + prepared.stages.map { .record(.stage($0.record(transmitter: name, image: prepared.image, node: name))) }
            + [
                .tell(
                    .profile(
                        ProfileReport(
                            image: prepared.image, width: UInt32(prepared.width), height: UInt32(prepared.height),
                            label: prepared.label,
                            caption: prepared.caption, profile: prepared.profile.bytes)))
            ]
    }

    private mutating func packetise(_ encoded: EncodedImage, now: Instant) -> [Action] {
        guard case .encoding(let prepared, let setting) = steps[encoded.image] else { return [] }
        steps[encoded.image] = .waiting(prepared, setting, encoded)
        let stages: [Action] = encoded.stages.map {
            .record(.stage($0.record(transmitter: name, image: encoded.image, node: name)))
        }
        return stages + (setting.sendAt > now ? [.wake(setting.sendAt)] : due(now))
    }

    /// Sends every image whose time has come.
    private mutating func due(_ now: Instant) -> [Action] {
        var actions: [Action] = []
        for image in steps.keys.sorted() {
            guard case .waiting(let prepared, let setting, let encoded) = steps[image] else { continue }
            guard setting.sendAt <= now else {
                actions.append(.wake(setting.sendAt))
                continue
            }
            steps[image] = .sending(prepared, setting, encoded)
            actions.append(.send(image: image, encoded.datagrams.map { $0.ready(after: .zero) }))
        }
        return actions
    }

    private mutating func depart(_ image: UInt32, _ begun: Instant, _ ended: Instant, _ wireBits: Int) -> [Action] {
        guard case .sending(let prepared, let setting, let encoded) = steps.removeValue(forKey: image) else {
            return []
        }
        if repeats {
            sent = sent.filter { $0.value.deadline > begun }
            let spent = encoded.datagrams.reduce(0) { $0 + $1.bytes.count * 8 + encoded.overheadBits }
            sent[image] = Sent(
                datagrams: encoded.datagrams, overheadBits: encoded.overheadBits,
                leftBits: Int(clamping: setting.budgetBits) - spent,
                begun: begun, deadline: begun + setting.latencyBudget)
        }
        let timing = StageTiming(stage: .send, start: begun, duration: ended - begun)
        let record = TransmissionRecord(
            transmitter: name, image: Int(image), photo: sources.removeValue(forKey: image) ?? "",
            width: prepared.width, height: prepared.height,
            scheme: prepared.codecName ?? prepared.kind.rawValue, prompt: prepared.caption, wording: prepared.wording,
            label: prepared.label,
            labelProbability: prepared.labelProbability, alpha: encoded.alpha,
            rate: encoded.rate, bits: encoded.bits,
            theoreticalBits: encoded.theoreticalBits, budgetBits: Int(clamping: setting.budgetBits),
            slices: encoded.sliceCount,
            datagrams: encoded.datagrams.count, wireBits: wireBits, firstSentAt: begun.nanoseconds,
            lastSentAt: ended.nanoseconds,
            originalFile: prepared.originalFile, importanceFile: prepared.importanceFile, streamFile: encoded.streamFile
        )
        let departure = TransmissionReport(
            image: image, alpha: encoded.alpha, rate: UInt16(encoded.rate), bits: UInt64(encoded.bits.total),
            begun: begun)
        return [
            .record(.stage(timing.record(transmitter: name, image: image, node: name))), .record(.transmission(record)),
            .tell(.transmissionReport(departure)),
            .save(prepared, encoded),
        ]
    }
}

extension TransmitterRole {
    /// What is missing, the most important first, as far as the budget goes.
    private mutating func repeatMissing(_ repetition: RetransmissionRequest, now: Instant) -> [Action] {
        guard var image = sent[repetition.image], now < image.deadline else { return [] }
        var again: [DataDatagram] = []
        var bits = 0
        for (place, datagram) in image.datagrams.enumerated()
        where place < Int(repetition.upTo) && !repetition.holds(datagram.section, datagram.index) {
            let cost = datagram.bytes.count * 8 + image.overheadBits
            guard bits + cost <= image.leftBits else { continue }
            bits += cost
            again.append(datagram.ready(after: now - image.begun))
        }
        guard !again.isEmpty else { return [] }
        image.leftBits -= bits
        sent[repetition.image] = image
        return [
            .resend(again),
            .record(
                .repetition(
                    RepetitionRecord(
                        transmitter: name, image: Int(repetition.image), at: now.nanoseconds, datagrams: again.count,
                        bits: bits))),
        ]
    }
}
