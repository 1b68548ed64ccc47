import Determinism
import Testing

@testable import Wire

/// How a node and a controller that share a lasting secret come to keys that serve once.
@Suite struct HandshakeTests {
    let secret = Secret(wellKnown: "lasting")

    /// One whole handshake; nil where the controller refuses.
    func sessions(
        _ node: NodeHandshake, _ controller: inout ControllerHandshake
    ) throws -> (node: HandshakeSession, controller: HandshakeSession)? {
        let outcome = controller.answer(node.hello) { $0 == "camera" }
        guard let offer = outcome.offer, case .session(let session) = node.read(try #require(outcome.reply)) else {
            return nil
        }
        #expect(offer.name == "camera")
        return (session, offer.session)
    }

    @Test func bothSidesComeToOneKey() throws {
        var controller = ControllerHandshake(secret, build: "1")
        let node = try NodeHandshake(secret, name: "camera", build: "1")
        let both = try #require(try sessions(node, &controller))
        #expect(both.node == both.controller)
        var link = ControlLink(both.node.secret, node: both.node.label, side: .node)
        var other = ControlLink(both.controller.secret, node: both.controller.label, side: .controller)
        link.send(.hostReport(.present(host: "lab3")))
        let now = Instant(nanoseconds: 0)
        let heard = try link.poll(now: now).flatMap { other.receive($0, now: now) }
        #expect(heard == [.hostReport(.present(host: "lab3"))])
    }

    /// Ten runs of one secret and one name: no session key, no label, no lane key comes twice.
    @Test func runsOnOneSecretShareNoKey() throws {
        var keys: Set<[UInt8]> = []
        var labels: Set<String> = []
        for _ in 0..<10 {
            var controller = ControllerHandshake(secret, build: "1")
            let session = try #require(
                try sessions(NodeHandshake(secret, name: "camera", build: "1"), &controller)?.node)
            labels.insert(session.label)
            for lane in [KeyContext.toController(from: session.label), .fromController(to: session.label)] {
                keys.insert(lane.key(session.secret, epoch: 0))
            }
            keys.insert(session.secret.bytes)
        }
        #expect(keys.count == 30 && labels.count == 10)
        #expect(!keys.contains(secret.bytes))
    }

    /// Whatever a run said, replayed at another run on the same secret: the hello is answered by another value, with
    /// which nothing of the recording opens, and nothing that the recorder could make.
    @Test func aRecordedRunOpensNowhere() throws {
        var first = ControllerHandshake(secret, build: "1")
        let node = try NodeHandshake(secret, name: "camera", build: "1")
        let session = try #require(try sessions(node, &first)?.node)
        var link = ControlLink(session.secret, node: session.label, side: .node)
        for number in 0..<50 { link.send(.progress(.init(text: "\(number)"))) }
        let now = Instant(nanoseconds: 0)
        let recorded = try link.poll(now: now)
        #expect(recorded.count > 20)

        var second = ControllerHandshake(secret, build: "1")
        let outcome = second.answer(node.hello) { _ in true }
        let offered = try #require(outcome.offer?.session)
        #expect(offered.secret != session.secret && offered.label != session.label)
        var end = ControlLink(offered.secret, node: offered.label, side: .controller)
        for datagram in recorded { #expect(end.receive(datagram, now: now).isEmpty) }
        #expect(end.refusals.total == UInt64(recorded.count))
        // Nor does a recorded welcome serve another hello.
        let welcome = try #require(first.answer(node.hello) { _ in true }.reply)
        #expect(try NodeHandshake(secret, name: "camera", build: "1").read(welcome) == nil)
    }

    @Test func aHelloThatComesTwiceGetsTheSameAnswerAndOneOffer() throws {
        var controller = ControllerHandshake(secret, build: "1")
        let node = try NodeHandshake(secret, name: "camera", build: "1")
        let first = controller.answer(node.hello) { _ in true }
        let again = controller.answer(node.hello) { _ in true }
        #expect(first.reply == again.reply && first.offer != nil && again.offer == nil)
    }

    @Test func whoDoesNotFitIsToldWhy() throws {
        var controller = ControllerHandshake(secret, build: "2")
        func cause(_ node: NodeHandshake, _ hello: [UInt8]? = nil) throws -> HandshakeRefusal.Cause? {
            let outcome = controller.answer(hello ?? node.hello) { $0 == "camera" }
            let reply = try #require(outcome.reply)
            #expect(outcome.offer == nil && reply.count <= (hello ?? node.hello).count)
            guard case .refused(let refusal) = node.read(reply) else { return nil }
            #expect(refusal.cause == outcome.refusal?.cause)
            return refusal.cause
        }
        #expect(try cause(NodeHandshake(secret, name: "camera", build: "1")) == .build)
        #expect(try cause(NodeHandshake(Secret(wellKnown: "other"), name: "camera", build: "2")) == .secret)
        #expect(try cause(NodeHandshake(secret, name: "desk", build: "2")) == .name)
        let node = try NodeHandshake(secret, name: "camera", build: "2")
        var old = node.hello
        old[1] = 0
        #expect(try cause(node, old) == .version)
        #expect(throws: WireError.self) {
            try NodeHandshake(secret, name: String(repeating: "a", count: 101), build: "2")
        }
    }

    /// Changed at any bit, cut or invented: no answer makes a session of it, on neither side, and no reply is longer
    /// than what asked for it.
    @Test func hostileHandshakesComeToNothing() throws {
        var controller = ControllerHandshake(secret, build: "1")
        let node = try NodeHandshake(secret, name: "camera", build: "1")
        let welcome = try #require(controller.answer(node.hello) { _ in true }.reply)
        var random = RandomStream(seed: 1, name: "hostile")
        for position in 0..<node.hello.count * 8 {
            var hello = node.hello
            hello[position / 8] ^= 1 << UInt8(position % 8)
            let outcome = controller.answer(hello) { _ in true }
            #expect(outcome.offer == nil && (outcome.reply?.count ?? 0) <= hello.count)
        }
        for position in 0..<welcome.count * 8 {
            var changed = welcome
            changed[position / 8] ^= 1 << UInt8(position % 8)
            if case .session = node.read(changed) { Issue.record("bit \(position) of a welcome does not matter") }
        }
        for _ in 0..<20_000 {
            let source = random.next() % 2 == 0 ? node.hello : welcome
            let bytes = Array(source.prefix(Int(random.next() % UInt64(source.count))))
            let outcome = controller.answer(bytes) { _ in true }
            #expect(outcome.offer == nil && (outcome.reply?.count ?? 0) <= bytes.count)
            if case .session = node.read(bytes) { Issue.record("a cut welcome is taken") }
        }
    }

    /// A value of small order would make the shared part of the key known to everyone.
    @Test func aValueOfSmallOrderIsRefused() {
        let own = HandshakeValue()
        #expect(own.shared(with: [UInt8](repeating: 0, count: 32)) == nil)
        #expect(own.shared(with: [1] + [UInt8](repeating: 0, count: 31)) == nil)
        #expect(own.shared(with: [9]) == nil)
    }
}
