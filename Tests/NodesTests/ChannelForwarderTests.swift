import Channels
import Datagrams
import Determinism
import TestSupport
import Testing

@testable import Nodes
@testable import Roles
@testable import Wire

/// The data path over real sockets.
@Suite(.serialized) struct ChannelForwarderTests {
    private let secret = Secret(wellKnown: "test")

    private func forwarder(_ change: (inout LinkConfiguration) -> Void = { _ in }) throws -> ChannelForwarder {
        var configuration = LinkConfiguration(name: "uplink", bandwidth: 1e7, meanSNR: 1)
        change(&configuration)
        var role = ChannelRole(
            name: "channel", routes: [.init(name: "uplink", transmitter: "tx")], configurations: [configuration],
            budget: .seconds(60))
        try role.start(origin: MonotonicClock.now, seed: 1)
        return try ChannelForwarder(role, secret: secret, address: "127.0.0.1", port: 0)
    }

    /// Turns the loop until nothing more is to come; returns what the sink got.
    private func settle(
        _ forwarder: ChannelForwarder, _ sink: UDPSocket, for seconds: Double = 0.3
    ) throws -> [ReceivedDatagram] {
        var received: [ReceivedDatagram] = []
        let end = MonotonicClock.now + .seconds(seconds)
        while MonotonicClock.now < end {
            try forwarder.receive(0)
            try forwarder.advance(to: MonotonicClock.now)
            received += try sink.receive()
        }
        return received
    }

    private func datagram(_ index: Int, image: UInt32 = 0) -> [UInt8] {
        DataDatagram(
            image: image, section: .slice, index: UInt16(index), count: 2000,
            bytes: [UInt8](repeating: UInt8(truncatingIfNeeded: index), count: 500)
        ).serialised()
    }

    @Test func sealedBytesAreForwardedUnchangedAndOnTime() throws {
        let forwarder = try forwarder()
        let (source, sink) = (try UDPSocket(), try UDPSocket())
        forwarder.destinations[0] = [sink.local]
        var sealer = DatagramSealer(secret, lane: .data(link: "uplink"))
        let sealed = try (0..<40).map { try sealer.seal(datagram($0)) }
        try source.send(sealed, to: forwarder.sockets[0].local)
        let received = try settle(forwarder, sink)
        #expect(received.map(\.bytes) == sealed)
        let notes = forwarder.notes
        #expect(notes.count == 40 && notes.allSatisfy { $0.released! >= $0.leaving.departure.due.nanoseconds })
        // 500 bytes at 10 Mbit/s: 0.4 ms each, 40 of them.
        let span = (notes[39].leaving.departure.due - notes[0].leaving.departure.packet.arrival).seconds
        #expect(abs(span - 0.016) < 1e-6)
        // The kernel's stamp at the sink is not before the instant the datagram was due.
        for (datagram, note) in zip(received, notes) {
            #expect(datagram.arrival >= note.leaving.departure.due - .milliseconds(0.05))
        }
    }

    @Test func multicastReachesEveryReceiver() throws {
        let forwarder = try forwarder()
        let (source, a, b) = (try UDPSocket(), try UDPSocket(), try UDPSocket())
        forwarder.destinations[0] = [a.local, b.local]
        var sealer = DatagramSealer(secret, lane: .data(link: "uplink"))
        try source.send(try (0..<10).map { try sealer.seal(datagram($0)) }, to: forwarder.sockets[0].local)
        #expect(try settle(forwarder, a, for: 0.1).count == 10)
        #expect(try b.receive().count == 10)
    }

    /// Loss, corruption, duplication and heavy reordering: whatever the receiver opens is what was sent, each once.
    @Test(arguments: [0.0, 0.2, 0.5]) func nothingWrongEverOpens(loss: Double) throws {
        let forwarder = try forwarder {
            $0.bandwidth = 1e9
            $0.loss = loss
            $0.corruption = 0.2
            $0.duplication = 0.2
            $0.jitter = .milliseconds(20)
            $0.reordering = Reordering(probability: 0.2, distance: 1000, patience: .milliseconds(30))
        }
        let (source, sink) = (try UDPSocket(), try UDPSocket())
        forwarder.destinations[0] = [sink.local]
        var sealer = DatagramSealer(secret, lane: .data(link: "uplink"))
        var opener = DatagramOpener(secret, lane: .data(link: "uplink"))
        let plain = (0..<1500).map { datagram($0) }
        for start in stride(from: 0, to: 1500, by: 50) {
            try source.send(try plain[start..<start + 50].map { try sealer.seal($0) }, to: forwarder.sockets[0].local)
            try forwarder.receive(0)
            try forwarder.advance(to: MonotonicClock.now)
        }
        var seen = Set<Int>()
        for received in try settle(forwarder, sink) {
            guard let opened = try? opener.open(received.bytes) else { continue }
            let data = try DataDatagram(serialised: opened)
            #expect(opened == plain[Int(data.index)])
            #expect(seen.insert(Int(data.index)).inserted)
        }
        let counts = forwarder.role.counts(0)
        #expect(UInt64(seen.count) == counts.delivered)
        #expect(counts.delivered + counts.corrupted + counts.lost == 1500)
        #expect(opener.refusals.total > 0)
        #expect(forwarder.notes.count == 1500, "every datagram has its verdict")
    }

    /// Random, mutated, truncated, replayed and reflected datagrams at the node's port while an image passes:
    /// nothing of them leaves, all are counted, and the image is unharmed. 1,000,000 of them with GENSEMCOM_ALL.
    @Test func hostileDatagramsChangeNothing() throws {
        let rounds = everything ? 1_000_000 : 60_000
        let forwarder = try forwarder { $0.bandwidth = 1e9 }
        let (source, enemy, sink) = (try UDPSocket(), try UDPSocket(), try UDPSocket())
        forwarder.destinations[0] = [sink.local]
        var sealer = DatagramSealer(secret, lane: .data(link: "uplink"))
        var reverse = DatagramSealer(secret, lane: .init(link: "uplink", direction: .backward, traffic: .data))
        var other = DatagramSealer(Secret(wellKnown: "wrong"), lane: .data(link: "uplink"))
        let honest = try (0..<100).map { try sealer.seal(datagram($0)) }
        var random = RandomStream(seed: 8, name: "hostile")
        var received: [ReceivedDatagram] = []
        var sentHonest = 0
        for batch in 0..<rounds / 50 {
            var hostile: [[UInt8]] = []
            for _ in 0..<50 {
                var bytes: [UInt8]
                switch random.next() % 6 {
                case 0: bytes = (0..<Int(random.next() % 64)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
                case 1:
                    bytes = honest[Int(random.next() % 100)]
                    bytes[Int(random.next() % UInt64(bytes.count))] ^= UInt8(1 + random.next() % 255)
                case 2: bytes = Array(honest[Int(random.next() % 100)].prefix(Int(random.next() % 500)))
                case 3: bytes = sentHonest > 0 ? honest[Int(random.next() % UInt64(sentHonest))] : [1]
                case 4: bytes = try reverse.seal([1, 2, 3])
                default: bytes = try other.seal([1, 2, 3])
                }
                hostile.append(bytes)
            }
            if batch % 10 == 0 && sentHonest < 100 {
                try source.send(honest[sentHonest], to: forwarder.sockets[0].local)
                sentHonest += 1
                try forwarder.receive(0)
            }
            try enemy.send(hostile, to: forwarder.sockets[0].local)
            while try forwarder.receive(0) > 0 {}
            try forwarder.advance(to: MonotonicClock.now)
            if batch % 20 == 0 { received += try sink.receive() }
        }
        received += try settle(forwarder, sink, for: 0.2)
        #expect(received.map(\.bytes) == Array(honest.prefix(sentHonest)))
        #expect(forwarder.openers[0].opened == UInt64(sentHonest))
        #expect(forwarder.openers[0].refusals.total == UInt64(rounds))
        #expect(forwarder.role.counts(0).accepted == UInt64(sentHonest))
    }
}

private let everything = environmentSaysAll()
