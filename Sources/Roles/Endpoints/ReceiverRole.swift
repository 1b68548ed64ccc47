import Determinism
import Records
import Topologies
import Wire

/// The receiver's decisions: when an image is complete, when to wait no longer, what to decode. No I/O.
///
/// An image is concluded when everything has come, or when its time is over; then what came is decoded, once.
/// Lateness is judged by the channel in the run's own time; here only the grace period ends the waiting.
package struct ReceiverRole: Sendable {
    package enum Event: Sendable {
        case message(ControlMessage)
        /// A datagram that opened, with its kernel timestamp.
        case datagram(link: String, DataDatagram, at: Instant)
        case decoded(DecodedImage)
        case timer
    }

    package enum Action: Sendable {
        case tell(ControlMessage)
        case decode(ReceivedImage)
        case record(Record)
        case wake(Instant)
        case leave(failure: String)
    }

    /// Which image: numbers count per transmitter, hence the link.
    package struct Key: Hashable, Sendable {
        package var link: String
        package var image: UInt32
    }

    private struct Assembly: Sendable {
        var parts: ImageAssembly
        var first: Instant?
        var last: Instant?
        var begun: Instant?
        var concludeAt: Instant?
        /// The budget it was sent under, where the controller has said so.
        var budget: Instant.Span?
        var refused = 0
        /// Where missing datagrams are asked for again.
        var watch: LossDetector?

        /// The end of the latency budget; nothing is asked for after it.
        func deadline(_ budget: Instant.Span) -> Instant? { (begun ?? first).map { $0 + budget } }
    }

    package let name: String
    /// Transmitter at the other end of each link that ends here.
    package let transmitters: [String: String]
    /// What holds for the images of one link.
    package struct Terms: Sendable, Equatable {
        /// T_max, after which the rest of an image is no longer waited for (plus `grace`).
        package var budget: Instant.Span
        /// Whether missing datagrams are asked for while the budget lasts.
        package var asksAgain: Bool

        package init(budget: Instant.Span, asksAgain: Bool) {
            self.budget = budget
            self.asksAgain = asksAgain
        }
    }

    private let terms: [String: Terms]
    package let grace: Instant.Span
    private var open: [Key: Assembly] = [:]
    private var decoding: [Key: Assembly] = [:]
    /// When which image is to be looked at again.
    private var alarms = InstantQueue<Key>()
    /// Concluded images, so that stragglers do not open them again: the highest number and the gaps below it.
    private var concluded: [String: Set<UInt32>] = [:]
    /// Datagrams that came after their image was concluded.
    package private(set) var stragglers = 0

    /// - Parameters:
    ///   - transmitters: link name to transmitter name.
    ///   - terms: link name to what holds for its images.
    package init(name: String, transmitters: [String: String], terms: [String: Terms], grace: Instant.Span) {
        self.name = name
        self.transmitters = transmitters
        self.terms = terms
        self.grace = grace
    }

    /// The receiver of that name in a topology.
    package init(node name: String, in topology: Topology) {
        let (origin, schemes) = (topology.transmitterOfLink, topology.schemeByTransmitter)
        let links = topology.links(to: name).map { (name: $0.name, transmitter: origin[$0.name] ?? $0.from) }
        self.init(
            name: name, transmitters: Dictionary(uniqueKeysWithValues: links.map { ($0.name, $0.transmitter) }),
            terms: Dictionary(
                uniqueKeysWithValues: links.map { link in
                    let scheme = schemes[link.transmitter] ?? topology.scheme
                    return (link.name, Terms(budget: .seconds(scheme.budget), asksAgain: scheme.retransmission))
                }),
            grace: .seconds(topology.timing.grace))
    }

    private func budget(_ key: Key) -> Instant.Span { terms[key.link]?.budget ?? .zero }

    private func newAssembly(_ key: Key) -> Assembly {
        Assembly(
            parts: ImageAssembly(image: key.image),
            watch: terms[key.link]?.asksAgain == true ? LossDetector(budget: budget(key)) : nil)
    }

    package mutating func handle(_ event: Event, now: Instant) -> [Action] {
        switch event {
        case .message(.receptionNotice(let expectation)): return expect(expectation, now: now)
        case .message(.stop): return [.leave(failure: "")]
        case .message: return []
        case .datagram(let link, let datagram, let at): return take(datagram, on: link, at: at, now: now)
        case .decoded(let decoded): return finish(decoded, now: now)
        case .timer: return expire(now)
        }
    }

    private mutating func take(_ datagram: DataDatagram, on link: String, at: Instant, now: Instant) -> [Action] {
        let key = Key(link: link, image: datagram.image)
        if concluded[link]?.contains(datagram.image) == true {
            stragglers += 1
            return []
        }
        var assembly = open[key] ?? newAssembly(key)
        do { try assembly.parts.insert(datagram) } catch { assembly.refused += 1 }
        assembly.first = min(assembly.first ?? at, at)
        assembly.last = max(assembly.last ?? at, at)
        // What the controller said about the departure counts; until it does, the first arrival stands for it.
        let alarm = assembly.concludeAt ?? (now + budget(key) + grace)
        let isNew = assembly.concludeAt == nil
        assembly.concludeAt = alarm
        let gap = assembly.watch?.take(datagram, parts: assembly.parts, at: at)
        open[key] = assembly
        if assembly.parts.isComplete { return conclude(key) }
        return (isNew ? [watch(key, at: alarm)] : []) + (gap.map { ask(key, assembly, upTo: $0, now: now) } ?? [])
            + (assembly.watch?.due.map { [watch(key, at: $0)] } ?? [])
    }

    private mutating func expect(_ expectation: ReceptionNotice, now: Instant) -> [Action] {
        let key = Key(link: expectation.link, image: expectation.image)
        if decoding[key] != nil {
            decoding[key]?.begun = expectation.begun
            decoding[key]?.budget = expectation.latencyBudget
            return []
        }
        guard transmitters[key.link] != nil, concluded[key.link]?.contains(key.image) != true else { return [] }
        var assembly = open[key] ?? newAssembly(key)
        assembly.begun = expectation.begun
        assembly.budget = expectation.latencyBudget
        assembly.concludeAt = max(now, expectation.begun) + expectation.latencyBudget + grace
        assembly.watch?.begin(at: expectation.begun)
        open[key] = assembly
        return [watch(key, at: assembly.concludeAt!)] + (assembly.watch?.due.map { [watch(key, at: $0)] } ?? [])
    }

    private func ask(_ key: Key, _ assembly: Assembly, upTo: UInt32, now: Instant) -> [Action] {
        guard let deadline = assembly.deadline(budget(key)), now < deadline else { return [] }
        return [
            .tell(
                .retransmissionRequest(
                    RetransmissionRequest(
                        image: key.image, link: key.link, preamble: assembly.parts.preambleIndices,
                        slices: assembly.parts.slices.keys, upTo: upTo)))
        ]
    }

    /// Puts the instant at which an image is to be looked at again on the agenda,
    /// and has the driver wake the role then.
    private mutating func watch(_ key: Key, at instant: Instant) -> Action {
        alarms.push(key, at: instant)
        return .wake(instant)
    }

    /// Looks at the images whose alarms are due: among ten thousand links the others are not touched.
    ///
    /// An alarm stays when its image is concluded before or its time moves; it then finds nothing to do.
    private mutating func expire(_ now: Instant) -> [Action] {
        var due: Set<Key> = []
        while let key = alarms.popDue(now) { due.insert(key) }
        var actions: [Action] = []
        for key in due.sorted(by: { ($0.link, $0.image) < ($1.link, $1.image) }) {
            guard let alarm = open[key]?.concludeAt, alarm > now else {
                actions += conclude(key)
                continue
            }
            guard var assembly = open[key], assembly.watch != nil,
                assembly.deadline(budget(key)).map({ now < $0 }) == true
            else { continue }
            if assembly.watch!.fire(now: now) {
                actions += ask(key, assembly, upTo: .max, now: now)
                if let again = assembly.watch!.due { actions.append(watch(key, at: again)) }
            }
            open[key] = assembly
        }
        return actions
    }

    private mutating func conclude(_ key: Key) -> [Action] {
        guard let assembly = open.removeValue(forKey: key) else { return [] }
        concluded[key.link, default: []].insert(key.image)
        decoding[key] = assembly
        let received = ReceivedImage(
            image: key.image, link: key.link, transmitter: transmitters[key.link] ?? "",
            preamble: assembly.parts.preamble,
            slices: assembly.parts.slices.sorted { $0.key < $1.key }.map {
                ReceivedImage.Slice(index: Int($0.key), bytes: $0.value)
            },
            isComplete: assembly.parts.isComplete)
        return [.decode(received)]
    }

    private mutating func finish(_ decoded: DecodedImage, now: Instant) -> [Action] {
        let key = Key(link: decoded.link, image: decoded.image)
        guard let assembly = decoding.removeValue(forKey: key) else { return [] }
        let parts = assembly.parts
        let transmitter = transmitters[key.link] ?? ""
        let verdict: ImageVerdict =
            parts.receivedBytes == 0
            ? .lost
            : parts.preamble == nil
                ? .expired : decoded.failure != nil ? .undecodable : parts.isComplete ? .complete : .partial
        let status: ReceptionRecord.Status =
            switch verdict {
            case .complete: .complete
            case .partial: .partial
            case .lost: .missing
            case .expired, .undecodable: .undecodable
            }
        let start = assembly.begun ?? assembly.first
        let record = ReceptionRecord(
            transmitter: transmitter, receiver: name, image: Int(key.image), status: status,
            firstArrivedAt: assembly.first?.nanoseconds,
            lastArrivedAt: assembly.last?.nanoseconds,
            airTime: assembly.begun.flatMap { begun in assembly.last.map { ($0 - begun).seconds } },
            deadlineAt: ((start ?? now) + (assembly.budget ?? budget(key))).nanoseconds, finishedAt: now.nanoseconds,
            slicesExpected: Int(parts.sliceCount ?? 0),
            slicesReceived: parts.slices.count, receivedBits: parts.receivedBytes * 8, gvif: decoded.gvif,
            requestedShare: decoded.requestedShare,
            receivedShare: decoded.receivedShare, inpainting: decoded.inpainting, decodedFile: decoded.decodedFile,
            receivedFile: decoded.receivedFile,
            maskFile: decoded.maskFile)
        var outcome = ReceptionReport(
            image: key.image, link: key.link, verdict: verdict, lastArrival: assembly.last ?? now,
            reason: decoded.failure
                ?? (verdict == .lost
                    ? "nothing arrived" : verdict == .expired ? "the preamble did not arrive whole" : ""))
        (outcome.gvif, outcome.alpha, outcome.rate) = (decoded.gvif ?? 0, decoded.alpha, UInt16(decoded.rate))
        outcome.receivedBits = UInt64(parts.receivedBytes * 8)
        (outcome.slices, outcome.sliceCount) = (UInt16(clamping: parts.slices.count), parts.sliceCount ?? 0)
        outcome.file = decoded.receivedFile ?? decoded.decodedFile ?? ""
        var air: [Action] = []
        if let begun = assembly.begun, let last = assembly.last {
            let timing = StageTiming(stage: .air, start: begun, duration: last - begun)
            air.append(.record(.stage(timing.record(transmitter: transmitter, image: key.image, node: name))))
        }
        return air
            + decoded.stages.map { .record(.stage($0.record(transmitter: transmitter, image: key.image, node: name))) }
            + [
                .record(.reception(record)), .tell(.receptionReport(outcome)),
            ]
    }
}
