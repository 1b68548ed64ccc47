import Determinism
import Testing

@testable import Wire

/// Two ends with a hostile network between them, in virtual time.
private struct Conversation {
    let secret = Secret(wellKnown: "test")
    var node: ControlLink
    var controller: ControlLink
    var random: RandomStream
    var now = Instant(nanoseconds: 0)
    var airborne: [(arrival: Instant, toNode: Bool, bytes: [UInt8])] = []
    var heard: (node: [ControlMessage], controller: [ControlMessage]) = ([], [])

    init(seed: UInt64) {
        node = ControlLink(secret, node: "tx", side: .node)
        controller = ControlLink(secret, node: "tx", side: .controller)
        random = RandomStream(seed: seed, name: "network")
    }

    /// Runs until both ends are settled or `limit` has passed.
    mutating func run(
        loss: Double, duplication: Double = 0, corruption: Double = 0, delay: Double = 0.001, limit: Double = 60
    ) throws {
        let end = now + .seconds(limit)
        while now < end {
            for (toNode, datagrams) in [(false, try node.poll(now: now)), (true, try controller.poll(now: now))] {
                for datagram in datagrams {
                    for _ in 0..<(random.uniform() < duplication ? 2 : 1) where random.uniform() >= loss {
                        var bytes = datagram
                        if random.uniform() < corruption { bytes[Int(random.next() % UInt64(bytes.count))] ^= 0x10 }
                        airborne.append((now + .seconds(delay * (0.5 + random.uniform())), toNode, bytes))
                    }
                }
            }
            if airborne.isEmpty && node.isSettled && controller.isSettled { return }
            var next = airborne.map(\.arrival).min() ?? end
            for instant in [node.nextInstant, controller.nextInstant] { if let instant { next = min(next, instant) } }
            now = max(now + .init(nanoseconds: 1000), next)
            let due = airborne.filter { $0.arrival <= now }
            airborne.removeAll { $0.arrival <= now }
            for datagram in due.sorted(by: { $0.arrival < $1.arrival }) {
                if datagram.toNode {
                    heard.node += node.receive(datagram.bytes, now: now)
                } else {
                    heard.controller += controller.receive(datagram.bytes, now: now)
                }
            }
        }
    }
}

@Suite struct ControlLinkTests {
    @Test(arguments: [0.0, 0.1, 0.3, 0.5]) func everyMessageArrivesOnceAndInOrder(loss: Double) throws {
        var conversation = Conversation(seed: 1)
        for message in everyMessage {
            conversation.node.send(message)
            conversation.controller.send(message)
        }
        try conversation.run(loss: loss, duplication: 0.2, corruption: 0.05)
        #expect(conversation.heard.controller == everyMessage)
        #expect(conversation.heard.node == everyMessage)
        #expect(conversation.node.failure == nil && conversation.controller.failure == nil)
    }

    @Test func aMessageOfManyDatagramsArrives() throws {
        var conversation = Conversation(seed: 2)
        let profile = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let message = ControlMessage.profile(
            .init(image: 1, width: 1, height: 1, label: "", caption: "", profile: profile))
        conversation.node.send(message)
        try conversation.run(loss: 0.1)
        #expect(conversation.heard.controller == [message])
    }

    @Test func withoutLossNothingIsSentTwice() throws {
        var conversation = Conversation(seed: 3)
        for _ in 0..<200 { conversation.node.send(.progress(.init(text: "x"))) }
        try conversation.run(loss: 0)
        #expect(conversation.heard.controller.count == 200)
        #expect(conversation.node.retries == 0)
    }

    @Test func aDeadPeerIsNoticed() throws {
        var conversation = Conversation(seed: 4)
        conversation.node.send(.ready(.init(note: "")))
        try conversation.run(loss: 1, limit: 12)
        guard case .unreachable = conversation.node.failure else {
            Issue.record("no failure")
            return
        }
    }

    @Test func aRestartedNodeIsHeardAndTheOldOneIsNot() throws {
        var conversation = Conversation(seed: 5)
        conversation.node.send(.ready(.init(note: "first life")))
        conversation.controller.send(.start(.init(origin: Instant(nanoseconds: 0), seed: 1)))
        try conversation.run(loss: 0)
        var ghost = conversation.node
        conversation.node = ControlLink(conversation.secret, node: "tx", side: .node, epoch: 1)
        conversation.node.send(.ready(.init(note: "second life")))
        try conversation.run(loss: 0.2)
        conversation.controller.send(.stop(.init()))
        try conversation.run(loss: 0.2)
        #expect(conversation.controller.rebirths == 1)
        #expect(conversation.heard.controller.last == .ready(.init(note: "second life")))
        #expect(conversation.heard.node.last == .stop(.init()))
        ghost.send(.ready(.init(note: "ghost")))
        for datagram in try ghost.poll(now: conversation.now) {
            #expect(conversation.controller.receive(datagram, now: conversation.now).isEmpty)
        }
        #expect(conversation.controller.refusals[.epoch] > 0)
    }

    /// Random, mutated, truncated, replayed and reflected datagrams: nothing is delivered, all are counted.
    @Test func hostileDatagramsHaveNoEffect() throws {
        var conversation = Conversation(seed: 6)
        conversation.node.send(.ready(.init(note: "honest")))
        let honest = try conversation.node.poll(now: conversation.now)[0]
        #expect(conversation.controller.receive(honest, now: conversation.now).count == 1)
        let reflected = try conversation.controller.poll(now: conversation.now)[0]
        var random = RandomStream(seed: 7, name: "hostile")
        let rounds: UInt64 = 100_000
        for _ in 0..<rounds {
            var datagram: [UInt8]
            switch random.next() % 5 {
            case 0: datagram = (0..<Int(random.next() % 300)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            case 1:
                datagram = honest
                datagram[Int(random.next() % UInt64(honest.count))] ^= UInt8(1 + random.next() % 255)
            case 2: datagram = Array(honest[0..<Int(random.next() % UInt64(honest.count))])
            case 3: datagram = honest
            default: datagram = reflected
            }
            #expect(conversation.controller.receive(datagram, now: conversation.now).isEmpty)
        }
        #expect(conversation.controller.refusals.total == rounds)
        #expect(conversation.controller.failure == nil)
    }

    /// An authenticated peer that breaks the segment rules ends its own conversation and nothing else.
    @Test func anEndlessMessageIsCutOff() {
        var channel = ControlChannel()
        var number: UInt32 = 0
        while channel.failure == nil && number < 1000 {
            let frame = ControlFrame(
                received: 0, beyond: 0,
                segment: .init(
                    number: number, endsMessage: false, bytes: [UInt8](repeating: 0, count: ControlFrame.largestSegment)
                ))
            _ = try? channel.receive(frame.serialised(), now: Instant(nanoseconds: 0))
            number += 1
        }
        guard case .broken = channel.failure else {
            Issue.record("no limit")
            return
        }
        #expect(Int(number) * ControlFrame.largestSegment < ControlMessage.largest + 2 * ControlFrame.largestSegment)
    }
}
