import Determinism
import Testing

@testable import Datagrams

@Suite(.serialized) struct SocketTests {
    @Test func datagramsArriveWithTheirSenderAndTime() throws {
        let a = try UDPSocket(), b = try UDPSocket()
        let loop = try EventLoop()
        try loop.watch(b.descriptor, token: 7)
        let before = MonotonicClock.now
        #expect(try a.send([[1, 2, 3], [], [UInt8](repeating: 9, count: 60_000)], to: b.local) == 3)
        var received: [ReceivedDatagram] = []
        while received.count < 3 {
            try loop.wait(until: MonotonicClock.now + .seconds(2)) { #expect($0 == 7) }
            received += try b.receive()
        }
        #expect(received.map(\.bytes.count) == [3, 0, 60_000])
        #expect(received.allSatisfy { $0.sender == a.local })
        #expect(received.allSatisfy { $0.arrival >= before - .milliseconds(1) && $0.arrival <= MonotonicClock.now })
        #expect(try b.receive().isEmpty)
    }

    @Test func aPortInUseIsNamed() throws {
        let socket = try UDPSocket()
        #expect(throws: DatagramError.portInUse(socket.local)) { try UDPSocket(socket.local) }
        #expect("\(DatagramError.portInUse(socket.local))".contains("port \(socket.local.port) is in use"))
    }

    @Test func endpointsAreReadAndWritten() throws {
        #expect(try Endpoint("127.0.0.1:5000").description == "127.0.0.1:5000")
        #expect(try Endpoint("[::1]:80").description == "[::1]:80")
        #expect(try Endpoint("localhost:80").host == "127.0.0.1")
        #expect(try Endpoint(":80").host == "0.0.0.0")
        #expect(throws: DatagramError.badEndpoint("127.0.0.1")) { try Endpoint("127.0.0.1") }
        #expect(throws: DatagramError.badEndpoint("127.0.0.1:99999")) { try Endpoint("127.0.0.1:99999") }
        #expect(throws: DatagramError.unknownHost("no.such.host.invalid")) { try Endpoint("no.such.host.invalid:1") }
    }

    @Test func sendingToAClosedPortIsNotAnError() throws {
        let a = try UDPSocket()
        let gone = try { try UDPSocket().local }()
        for _ in 0..<5 { try a.send([1], to: gone) }
        #expect(try a.receive().isEmpty)
    }

    @Test func slotsTravelWithoutCopyAndComeBack() throws {
        let a = try UDPSocket(), middle = try UDPSocket(), b = try UDPSocket()
        let slab = try PacketSlab(slots: 100, stride: 2048)
        for round in 0..<20 {
            try a.send((0..<30).map { [UInt8](repeating: UInt8($0), count: 100 + $0) }, to: middle.local)
            var queue: [PacketSlab.Outgoing] = []
            while queue.count < 30 {
                _ = try slab.receive(from: middle) { arrival in
                    #expect(
                        arrival.sender == a.local && arrival.length == slab.bytes(arrival.slot).count)
                    queue.append(.init(slot: arrival.slot, destination: b.local))
                }
            }
            #expect(slab.freeSlots == 70)
            let copy = try #require(slab.duplicate(queue[0].slot))
            #expect(Array(slab.bytes(copy)) == Array(slab.bytes(queue[0].slot)))
            slab.release(copy)
            #expect(try slab.send(queue[...], on: middle) == .sent(30))
            for entry in queue { slab.release(entry.slot) }
            #expect(slab.freeSlots == 100, "round \(round)")
            var received: [ReceivedDatagram] = []
            while received.count < 30 { received += try b.receive() }
            #expect(received.map(\.bytes.count) == (0..<30).map { 100 + $0 })
        }
    }

    @Test func neighboursHandedOverTogetherArriveApart() throws {
        let a = try UDPSocket(), b = try UDPSocket(), c = try UDPSocket()
        let slab = try PacketSlab(slots: 100, stride: 2048)
        // Runs of one length, a shorter end, an empty one, changes of place: whatever the kernel is given at once.
        let plan: [(length: Int, isForB: Bool)] =
            [800, 800, 800, 300, 800, 0, 900, 900, 1452, 1453, 1453, 7, 7, 7, 7].map { ($0, true) }
            + [(500, false), (500, false), (500, true), (500, true)]
        var queue: [PacketSlab.Outgoing] = []
        for (index, entry) in plan.enumerated() {
            let slot = try #require(
                slab.fill { bytes in
                    for place in 0..<entry.length { bytes[place] = UInt8(truncatingIfNeeded: place &* 7 &+ index) }
                    return entry.length
                })
            queue.append(.init(slot: slot, destination: entry.isForB ? b.local : c.local))
        }
        var sent = 0
        while sent < queue.count { sent += try slab.send(queue[sent...], on: a).settled }
        for (socket, isForB) in [(b, true), (c, false)] {
            let expected = plan.enumerated().filter { $0.element.isForB == isForB }.map { index, entry in
                (0..<entry.length).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ index) }
            }
            var received: [[UInt8]] = []
            while received.count < expected.count { received += try socket.receive().map(\.bytes) }
            #expect(received == expected)
        }
    }

    @Test func aLongDatagramIsCutAndAFullSlabLosesTheRest() throws {
        let a = try UDPSocket(), b = try UDPSocket()
        let slab = try PacketSlab(slots: 2, stride: 256)
        try a.send([[UInt8](repeating: 0, count: 300), [1], [2]], to: b.local)
        var arrivals: [PacketSlab.Arrival] = []
        while arrivals.count < 2 { _ = try slab.receive(from: b) { arrivals.append($0) } }
        #expect(arrivals.map(\.length) == [256, 1])
        // Left with the kernel, the third would keep a loop awake for nothing.
        let end = MonotonicClock.now + .seconds(5)
        while slab.overflow == 0, MonotonicClock.now < end { #expect(try slab.receive(from: b) { _ in } == 0) }
        #expect(slab.overflow == 1)
        slab.release(arrivals[0].slot)
        try a.send([[3]], to: b.local)
        var third = 0
        while third == 0 { third = try slab.receive(from: b) { #expect($0.length == 1) } }
    }

    @Test func waitsEndAtTheirInstant() throws {
        for spin in [Instant.Span.zero, .milliseconds(0.5)] {
            let loop = try EventLoop(spin: spin)
            for _ in 0..<10 {
                let deadline = MonotonicClock.now + .milliseconds(2)
                try loop.wait(until: deadline)
                #expect(MonotonicClock.now >= deadline)
            }
            #expect(loop.spunTime + loop.sleptTime >= .milliseconds(19))
            // The past, however far, is now.
            try loop.wait(until: MonotonicClock.now - .seconds(1))
            try loop.wait(until: Instant(nanoseconds: .min))
        }
    }
}
