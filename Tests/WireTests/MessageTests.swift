import Determinism
import Testing

@testable import Wire

private let outcome: ReceptionReport = {
    var outcome = ReceptionReport(
        image: 7, link: "uplink", verdict: .partial, lastArrival: Instant(nanoseconds: 6), reason: "one slice late")
    (outcome.gvif, outcome.alpha, outcome.rate, outcome.receivedBits) = (0.3, 0.26, 18, 44_000)
    (outcome.slices, outcome.sliceCount, outcome.file) = (3, 4, "images/7.png")
    return outcome
}()

/// One of each message, with no two fields alike.
let everyMessage: [ControlMessage] = {
    return [
        .hello(
            .init(
                role: .transmitter, epoch: 2, modelIdentity: 1 << 63,
                ports: [.init(purpose: "control", port: 65535), .init(purpose: "uplink", port: 1)])),
        .peers(.init(peers: [.init(link: "uplink", role: .channel, host: "::1", port: 9)])),
        .ready(.init(note: "Übertrager bereit")),
        .start(.init(origin: Instant(nanoseconds: .max), seed: 99)),
        .assignment(
            .init(
                image: 7, source: "a b.png")),
        .profile(
            .init(
                image: 7, width: 512, height: 384, label: "fox", caption: "a fox",
                profile: Array(repeating: 9, count: 6000))),
        .rateDecision(
            .init(
                image: 7, alpha: 0.25, rate: 19, budgetBits: 46_000, latencyBudget: .milliseconds(20), feasible: true,
                sendAt: Instant(nanoseconds: 1))),
        .transmissionReport(
            .init(
                image: 7, alpha: 0.26, rate: 18, bits: 15, begun: Instant(nanoseconds: 2))),
        .receptionNotice(
            .init(image: 7, link: "uplink", latencyBudget: .milliseconds(20), begun: Instant(nanoseconds: 4))),
        .channelReport(
            .init(
                link: "uplink", block: 12, start: Instant(nanoseconds: 5), duration: .seconds(0.5), snr: 3.98,
                capacity: 2.3e6)),
        .receptionReport(outcome),
        .adjustment(.init(link: "uplink", quantity: "snr", value: "-1 dB", at: Instant(nanoseconds: 8))),
        .progress(.init(text: "sent")),
        .clockProbe(.init(number: 1, sent: Instant(nanoseconds: 2))),
        .clockReply(
            .init(
                number: 1, probeSent: Instant(nanoseconds: 2), received: Instant(nanoseconds: 3),
                sent: Instant(nanoseconds: 4))),
        .nodeError(.init(text: "tx: cannot read “x.png”")),
        .stop(.init()),
        .farewell(.init()),
        .retransmissionRequest(.init(image: 7, link: "uplink", preamble: [0], slices: [1, 9], upTo: 12)),
        .briefing(
            .init(
                run: Array(1...16), secret: Secret(wellKnown: "run"), program: "tx-node", threads: 4,
                manifest: .init(size: 77, digest: Digest.of([1])), kept: .init(size: 1 << 33, digest: Digest.of([3])))),
        .fileRequest(.init(file: 3, offset: 1 << 40, length: 32_768)),
        .filePiece(.init(file: 3, offset: 1 << 40, bytes: Array(repeating: 5, count: 32_768))),
        .hostOrder(.launch(epoch: 3)), .hostOrder(.kill), .hostOrder(.pause), .hostOrder(.resume),
        .hostOrder(.collect), .hostOrder(.end(reason: "enough", hasArrived: true)),
        .hostReport(.present(host: "lab3")), .hostReport(.fetching(done: 5, total: 1 << 33)), .hostReport(.prepared),
        .hostReport(.exited(code: nil, signal: 9, words: "")),
        .hostReport(.exited(code: 2, signal: nil, words: "no “x.png”")),
        .hostReport(.offer(.init(size: 8, digest: Digest.of([2])))), .hostReport(.failed("the disk is full")),
        .hostReport(.record(offset: 1 << 33, bytes: Array(repeating: 6, count: 32_768))),
        .hostReport(.record(offset: 0, bytes: [])),
        .omission(.init(image: 8, reason: "codec “x”: y.png: ended with 1")),
    ]
}()

@Suite struct MessageTests {
    @Test(arguments: everyMessage) func returnsFromItsBytes(_ message: ControlMessage) throws {
        #expect(try ControlMessage(serialised: message.serialised()) == message)
    }

    @Test(arguments: everyMessage) func everyTruncationAndEveryExtraByteIsRefused(_ message: ControlMessage) {
        let bytes = message.serialised()
        for length in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 200)) {
            #expect(throws: WireError.self) { try ControlMessage(serialised: Array(bytes[0..<length])) }
        }
        #expect(throws: WireError.trailing(count: 1)) { try ControlMessage(serialised: bytes + [0]) }
    }

    /// Random changes to valid messages: each yields an error or another valid message, which then round-trips.
    @Test func mutatedMessagesNeverTrap() {
        var state: UInt64 = 42
        func random() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
        for _ in 0..<200_000 {
            var bytes = everyMessage[Int(random() % UInt64(everyMessage.count))].serialised()
            for _ in 0...random() % 3 {
                bytes[Int(random() % UInt64(min(bytes.count, 200)))] = UInt8(truncatingIfNeeded: random())
            }
            if let message = try? ControlMessage(serialised: bytes) {
                #expect(message.serialised() == bytes)
            }
        }
    }

    @Test func aHostileCountDoesNotReserveMemory() {
        // A peer list that claims 65,535 members in four bytes.
        #expect(throws: WireError.tooLong(field: "peers", length: 65_535, limit: 4096)) {
            try ControlMessage(serialised: [2, 255, 255, 0])
        }
    }

    @Test func dataDatagramsReturnFromTheirBytes() throws {
        let datagram = DataDatagram(image: 3, section: .slice, index: 4, count: 5, isLast: true, bytes: [1, 2, 3])
        #expect(try DataDatagram(serialised: datagram.serialised()) == datagram)
        #expect(try DataHeading(plaintext: datagram.serialised()).contentLength == 3)
        var bad = datagram.serialised()
        bad[5] = 5
        #expect(throws: WireError.inconsistent(field: "index")) { try DataDatagram(serialised: bad) }
        bad = datagram.serialised()
        bad[4] = 9
        #expect(throws: WireError.unknown(field: "section", value: 9)) { try DataDatagram(serialised: bad) }
    }

    @Test func imagesArePacketisedAndAssembledInAnyOrder() throws {
        let preamble = (0..<3000).map { UInt8(truncatingIfNeeded: $0) }
        let slices = (0..<5).map { [UInt8](repeating: UInt8($0), count: 1100) }
        let datagrams = try ImagePacketiser.datagrams(image: 1, preamble: preamble, slices: slices)
        #expect(datagrams.count == 8)
        #expect(datagrams.allSatisfy { $0.serialised().count <= SealFormat.largestPlaintext })
        var assembly = ImageAssembly(image: 1)
        for datagram in datagrams.reversed() + datagrams {
            #expect(assembly.preamble == nil || assembly.isComplete)
            try assembly.insert(datagram)
        }
        #expect(assembly.isComplete)
        #expect(assembly.preamble == preamble)
        #expect(assembly.slices.count == 5)
        #expect(assembly.duplicates == 8)
        #expect(throws: WireError.self) {
            try ImagePacketiser.datagrams(image: 1, preamble: [], slices: [[UInt8](repeating: 0, count: 1159)])
        }
    }

    @Test func anImageWithoutSlicesCompletes() throws {
        var assembly = ImageAssembly(image: 1)
        for datagram in try ImagePacketiser.datagrams(image: 1, preamble: [1], slices: []) {
            try assembly.insert(datagram)
        }
        #expect(assembly.isComplete)
    }

    @Test func aContradictionIsRefusedAndMemoryIsBounded() throws {
        var assembly = ImageAssembly(image: 1, limit: 2000)
        try assembly.insert(
            .init(image: 1, section: .slice, index: 0, count: 5, bytes: [UInt8](repeating: 0, count: 1000)))
        #expect(throws: WireError.inconsistent(field: "slice count")) {
            try assembly.insert(.init(image: 1, section: .slice, index: 1, count: 6, bytes: []))
        }
        #expect(throws: WireError.inconsistent(field: "image")) {
            try assembly.insert(.init(image: 2, section: .slice, index: 1, count: 5, bytes: []))
        }
        #expect(throws: WireError.self) {
            try assembly.insert(
                .init(image: 1, section: .slice, index: 1, count: 5, bytes: [UInt8](repeating: 0, count: 1001)))
        }
        #expect(assembly.slices.count == 1)
    }
}
