import Adaptation
import Determinism
import EntropyCoding
import HyperpriorCodec
import Imaging
import Testing
import Wire

@testable import Records
@testable import Roles
@testable import Topologies

/// From assignment to departure, and what is sent again.
@Suite struct TransmitterRoleTests {
    let start = Instant(nanoseconds: 5_000_000_000)

    func assignment(_ image: UInt32 = 0) -> TransmitterRole.Event {
        .message(
            .assignment(
                Assignment(
                    image: image, source: "photos/\(image).png")))
    }

    func prepared(_ image: UInt32 = 0) -> PreparedImage {
        let cells = CellTable(
            importance: [0.9, 0.4], bits: [[100, 90]], information: [[1, 0.5]], referenceInformation: 3,
            overheadBits: 40, promptOnlyBits: 60)
        var prepared = PreparedImage(
            image: image, kind: .proposed, width: 32, height: 16, importance: Plane(width: 2, height: 1),
            order: Plane(width: 2, height: 1), profile: ImageProfile(cells: cells, maskBits: { _ in 8 }))
        (prepared.label, prepared.labelProbability, prepared.caption) = ("cat", 0.5, "a photo of a cat")
        prepared.referenceInformation = 3
        prepared.stages = [StageTiming(stage: .analyse, start: start, duration: .milliseconds(4))]
        return prepared
    }

    func setting(_ image: UInt32 = 0, budgetBits: UInt64 = 10_000, sendAt: Instant) -> RateDecision {
        RateDecision(
            image: image, alpha: 0.3, rate: 2, budgetBits: budgetBits, latencyBudget: .milliseconds(20), feasible: true,
            sendAt: sendAt)
    }

    /// A preamble and three slices of ten bytes each, with 100 bits of the channel's own a datagram.
    func encoded(_ image: UInt32 = 0) -> EncodedImage {
        let content = [UInt8](repeating: 9, count: 10)
        var datagrams = [DataDatagram(image: image, section: .preamble, index: 0, count: 1, bytes: content)]
        for index in 0..<3 as Range<UInt16> {
            datagrams.append(
                DataDatagram(
                    image: image, section: .slice, index: index, count: 3, isLast: index == 2, bytes: content))
        }
        var encoded = EncodedImage(
            image: image, alpha: 0.4, rate: 2, datagrams: datagrams, sliceCount: 3,
            bits: SectionBits(header: 10, prompt: 20, mask: 5, hyper: 30, features: 240), theoreticalBits: 290)
        encoded.overheadBits = 100
        return encoded
    }

    /// A role that has sent image 0, begun at `start`.
    func departed(repeats: Bool, budgetBits: UInt64 = 10_000) -> (TransmitterRole, [TransmitterRole.Action]) {
        var role = TransmitterRole(name: "tx", link: "up", repeats: repeats)
        _ = role.handle(assignment(), now: start)
        _ = role.handle(.prepared(prepared()), now: start)
        _ = role.handle(.message(.rateDecision(setting(budgetBits: budgetBits, sendAt: start))), now: start)
        _ = role.handle(.encoded(encoded()), now: start)
        let actions = role.handle(
            .sent(image: 0, begun: start, ended: start + .milliseconds(2), wireBits: 1234),
            now: start + .milliseconds(2))
        return (role, actions)
    }

    @Test func anImageIsPreparedOnceAndOfferedOnce() {
        var role = TransmitterRole(name: "tx", link: "up")
        guard case .prepare(let asked)? = role.handle(assignment(), now: start).first else {
            Issue.record("an assignment is not taken up")
            return
        }
        #expect(asked.source == "photos/0.png")
        #expect(role.handle(assignment(), now: start).isEmpty)
        let actions = role.handle(.prepared(prepared()), now: start)
        let offers = actions.compactMap { if case .tell(.profile(let report)) = $0 { report } else { nil } }
        #expect(offers.map(\.profile) == [prepared().profile.bytes] && offers.map(\.image) == [0])
        let stages = actions.compactMap { if case .record(.stage(let record)) = $0 { record } else { nil } }
        #expect(stages.map(\.stage) == [.analyse] && stages.first?.duration == 0.004)
        #expect(role.handle(.prepared(prepared()), now: start).isEmpty)
    }

    @Test func whatWentWrongWithAPhotoIsRecorded() {
        var role = TransmitterRole(name: "tx", link: "up")
        _ = role.handle(assignment(), now: start)
        var image = prepared()
        (image.captionFailure, image.damage) = ("captioner 'x': no caption within 2 s", "the file ends early")
        let events = role.handle(.prepared(image), now: start).compactMap {
            if case .record(.event(let event)) = $0 { event } else { nil }
        }
        #expect(events.map(\.what) == ["captioner", "damaged photo"])
        #expect(events.allSatisfy { $0.severity == .warning && $0.at == start.nanoseconds && $0.node == "tx" })
    }

    @Test func anImageThatCannotBeCodedIsOmittedAndTheNextGoesOn() {
        var role = TransmitterRole(name: "tx", link: "up")
        _ = role.handle(assignment(), now: start)
        _ = role.handle(.prepared(prepared()), now: start)
        _ = role.handle(.message(.rateDecision(setting(sendAt: start))), now: start)
        let actions = role.handle(.omitted(image: 0, reason: "codec 'x': no"), now: start)
        guard case .tell(.omission(let omission))? = actions.first, actions.count == 1 else {
            Issue.record("an omission is not told")
            return
        }
        #expect(omission == Omission(image: 0, reason: "codec 'x': no"))
        #expect(role.handle(.encoded(encoded()), now: start).isEmpty)
        #expect(role.handle(assignment(), now: start).count == 1)
    }

    @Test func theFirstSettingCountsAndNoneComesBeforeItsImage() {
        var role = TransmitterRole(name: "tx", link: "up")
        _ = role.handle(assignment(), now: start)
        #expect(role.handle(.message(.rateDecision(setting(sendAt: start))), now: start).isEmpty)
        _ = role.handle(.prepared(prepared()), now: start)
        let decision = TransmitterRole.Event.message(.rateDecision(setting(sendAt: start)))
        guard case .encode(_, let chosen)? = role.handle(decision, now: start).first
        else {
            Issue.record("a setting is not taken up")
            return
        }
        #expect(chosen.alpha == 0.3)
        #expect(role.handle(.message(.rateDecision(setting(sendAt: start))), now: start).isEmpty)
    }

    @Test func itWaitsForTheInstantItWasGiven() {
        var role = TransmitterRole(name: "tx", link: "up")
        let due = start + .milliseconds(7)
        _ = role.handle(assignment(), now: start)
        _ = role.handle(.prepared(prepared()), now: start)
        _ = role.handle(.message(.rateDecision(setting(sendAt: due))), now: start)
        let wakes = role.handle(.encoded(encoded()), now: start).compactMap {
            if case .wake(let instant) = $0 { instant } else { nil }
        }
        #expect(wakes == [due])
        // Woken for another reason, it asks to be woken again.
        guard case .wake(due)? = role.handle(.timer, now: start + .milliseconds(6)).first else {
            Issue.record("the image is forgotten, or sent too early")
            return
        }
        guard case .send(0, let datagrams)? = role.handle(.timer, now: due).first else {
            Issue.record("the image is not sent")
            return
        }
        // All of a burst are ready at once.
        #expect(datagrams.count == 4 && datagrams.allSatisfy { $0.moment == 0 })
        #expect(role.handle(.timer, now: due).isEmpty)
    }

    @Test func whatWasSentIsReportedAsItWas() {
        let (_, actions) = departed(repeats: false)
        let records = actions.compactMap { if case .record(.transmission(let record)) = $0 { record } else { nil } }
        #expect(records.count == 1)
        #expect(
            records.first?.photo == "photos/0.png" && records.first?.alpha == 0.4 && records.first?.datagrams == 4
                && records.first?.wireBits == 1234 && records.first?.budgetBits == 10_000
                && records.first?.bits.features == 240)
        #expect(records.first?.firstSentAt == start.nanoseconds)
        let departures = actions.compactMap { if case .tell(.transmissionReport(let told)) = $0 { told } else { nil } }
        #expect(departures.count == 1 && departures.first?.begun == start && departures.first?.rate == 2)
        #expect(actions.contains { if case .save = $0 { true } else { false } })
    }

    @Test func aFailureIsToldAndEndsTheNode() {
        var role = TransmitterRole(name: "tx", link: "up")
        _ = role.handle(assignment(), now: start)
        let actions = role.handle(.failed(image: 0, reason: "0.png: it is no picture"), now: start)
        let texts = actions.compactMap { if case .tell(.nodeError(let said)) = $0 { said.text } else { nil } }
        let reasons = actions.compactMap { if case .leave(let reason) = $0 { reason } else { nil } }
        #expect(texts == ["0.png: it is no picture"] && reasons == texts)
        // A photo that failed may be assigned again.
        #expect(role.handle(assignment(), now: start).count == 1)
    }

    @Test func aStopIsNoFailure() {
        var role = TransmitterRole(name: "tx", link: "up")
        guard case .leave("")? = role.handle(.message(.stop(Stop())), now: start).first else {
            Issue.record("it stays")
            return
        }
    }

    // MARK: repetition

    func missing(_ slices: [UInt16], upTo: UInt32 = 4) -> TransmitterRole.Event {
        .message(
            .retransmissionRequest(
                RetransmissionRequest(image: 0, link: "up", preamble: [0], slices: slices, upTo: upTo)))
    }

    func resent(_ actions: [TransmitterRole.Action]) -> [UInt16] {
        actions.flatMap { if case .resend(let datagrams) = $0 { datagrams.map(\.index) } else { [UInt16]() } }
    }

    @Test func whatIsMissingIsSentAgainAsFarAsTheBudgetGoes() {
        // Sending cost 4·180 bits; two datagrams more are paid for.
        var (role, _) = departed(repeats: true, budgetBits: 4 * 180 + 2 * 180 + 179)
        let later = start + .milliseconds(9)
        let actions = role.handle(missing([]), now: later)
        #expect(resent(actions) == [0, 1])
        let records = actions.compactMap { if case .record(.repetition(let record)) = $0 { record } else { nil } }
        #expect(records.map(\.datagrams) == [2] && records.map(\.bits) == [360])
        for case .resend(let datagrams) in actions { #expect(datagrams.allSatisfy { $0.moment == 9_000 }) }
        // Nothing is left of the budget.
        #expect(role.handle(missing([0, 1]), now: later).isEmpty)
    }

    @Test func onlyWhatCountsAsMissingIsSentAgain() {
        var (role, _) = departed(repeats: true)
        // Of the first three in the order of sending, slice 0 is held.
        #expect(resent(role.handle(missing([0], upTo: 3), now: start + .milliseconds(5))) == [1])
        #expect(role.handle(missing([0, 1, 2]), now: start + .milliseconds(5)).isEmpty)
    }

    @Test func afterItsTimeNothingIsSentAgain() {
        var (role, _) = departed(repeats: true)
        #expect(role.handle(missing([]), now: start + .milliseconds(20)).isEmpty)
        var (silent, _) = departed(repeats: false)
        #expect(silent.handle(missing([]), now: start + .milliseconds(5)).isEmpty)
    }
}
