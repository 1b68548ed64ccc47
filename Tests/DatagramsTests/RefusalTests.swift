import CPlatform
import Foundation
import Synchronization
import Testing

@testable import Datagrams

/// What the system refuses costs one datagram and is counted; nothing throws but a socket that is broken.
@Suite(.serialized) struct RefusalTests {
    @Test func aDatagramTooLongIsLostAndTheOthersGoOn() throws {
        let a = try UDPSocket(), b = try UDPSocket()
        let long = [UInt8](repeating: 0, count: 65_530)
        #expect(try a.send([[1], long, [2]], to: b.local) == 3)
        #expect(a.refused.count == 1 && a.refused.code == EMSGSIZE)
        #expect(a.refusalSummary?.contains("1 refused") == true)
        #expect(try received(b, 2).map(\.bytes) == [[1], [2]])
    }

    @Test func aDestinationThatMayNotBeReachedIsCounted() throws {
        let a = try UDPSocket()
        // Broadcasting needs leave (EACCES); a network without a route is ENETUNREACH: neither ends anything.
        for text in ["255.255.255.255:9", "240.0.0.1:9"] { try a.send([[1], [2]], to: try Endpoint(text)) }
        #expect(a.refused.count >= 2)
    }

    @Test func slotsGoOnAfterARefusal() throws {
        let a = try UDPSocket(), b = try UDPSocket()
        let slab = try PacketSlab(slots: 4, stride: 2_048)
        let slots = try (0..<2).map { index in
            try #require(
                slab.fill {
                    $0[0] = UInt8(index)
                    return 1
                })
        }
        let broadcast = try Endpoint("255.255.255.255:9")
        let queue: [PacketSlab.Outgoing] = [
            .init(slot: slots[0], destination: broadcast), .init(slot: slots[1], destination: b.local),
        ]
        #expect(try slab.send(queue[...], on: a) == .refused)
        #expect(try slab.send(queue[1...], on: a) == .sent(1))
        #expect(a.refused.count == 1)
    }

    @Test func aPortThatIsTakenForAnotherUseIsGivenBack() throws {
        var tried: [UInt16] = []
        let (socket, other) = try UDPSocket.opened(.loopback) { local throws(DatagramError) in
            tried.append(local.port)
            if tried.count < 3 { throw .portInUse(local) }
            return local.port
        }
        #expect(tried.count == 3 && other == socket.local.port && other == tried[2])
        // Whoever asks for a port gets that or nothing, and no other failure is tried again.
        var calls = 0
        for (local, failure) in [(socket.local, DatagramError.portInUse(.loopback)), (.loopback, .unknownHost("x"))] {
            #expect(throws: DatagramError.self) {
                try UDPSocket.opened(local) { _ throws(DatagramError) in
                    calls += 1
                    throw failure
                }
            }
        }
        #expect(calls == 1, "the taken port fails before, a failure of another kind ends it")
    }

    @Test func withoutAFreeSlotWhatWaitsIsThrownAwayAndCounted() throws {
        let a = try UDPSocket(), b = try UDPSocket()
        let slab = try PacketSlab(slots: 2, stride: 2_048)
        try a.send([[1], [2], [3], [4], [5]], to: b.local)
        var taken = 0
        let end = Date.now.addingTimeInterval(5)
        while taken + Int(slab.overflow) < 5, Date.now < end { taken += try slab.receive(from: b) { _ in } }
        #expect(taken == 2 && slab.overflow == 3)
    }

    @Test func whatTheKernelDropsIsKnown() throws {
        let a = try UDPSocket(), b = try UDPSocket(.loopback, buffer: 1)
        #expect(b.kernelDrops == 0)
        for _ in 0..<64 {
            try a.send([[UInt8]](repeating: [UInt8](repeating: 7, count: 1_200), count: 64), to: b.local)
        }
        #expect(b.kernelDrops > 0)
    }

    @Test func threadsRunAndSayWhenTheyCannot() throws {
        let done = DispatchSemaphore(value: 0)
        let ran = Mutex(false)
        try SystemThread.start(name: "a name of more than fifteen bytes", stackSize: 1 << 20) {
            ran.withLock { $0 = true }
            done.signal()
        }
        done.wait()
        #expect(ran.withLock { $0 })
        // A stack that no address space holds: the system refuses the thread, and the caller hears of it.
        #expect(throws: DatagramError.self) { try SystemThread.start(name: "huge", stackSize: 1 << 62) {} }
    }

    @Test func aFileAsStandardInputIsNotWatched() throws {
        // Whatever standard input is here (a pipe, a terminal, /dev/null): watching it never throws.
        let loop = try EventLoop()
        try loop.watchInput(token: 1)
    }

    @Test func whatOthersMayDoIsNoMachineFailure() throws {
        let socket = try UDPSocket()
        #expect(!DatagramError.portInUse(socket.local).isMachineFailure)
        #expect(DatagramError.cannotBind(socket.local, code: EMFILE).isMachineFailure)
        #expect(!DatagramError.cannotBind(socket.local, code: EADDRNOTAVAIL).isMachineFailure)
        #expect(DatagramError.system(call: "epoll_wait", code: EIO).isMachineFailure)
    }

    private func received(_ socket: UDPSocket, _ count: Int) throws -> [ReceivedDatagram] {
        var all: [ReceivedDatagram] = []
        let end = Date.now.addingTimeInterval(5)
        while all.count < count, Date.now < end { all += try socket.receive() }
        return all
    }
}
