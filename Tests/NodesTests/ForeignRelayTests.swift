import Channels
import Datagrams
import Determinism
import Foundation
import Testing

@testable import Nodes

/// A relay for other programs, over real sockets of this host's many loopback addresses.
@Suite(.serialized) struct ForeignRelayTests {
    private func relay(to target: Endpoint) throws -> ForeignRelay {
        var options = ForeignRelay.Options(
            listen: "0.0.0.0:0", forward: "\(target)", link: LinkConfiguration(name: "link", bandwidth: 1e9, meanSNR: 1)
        )
        options.passesTCP = false
        return try ForeignRelay(options)
    }

    /// Lets the relay run while `body` speaks through it.
    private func running(
        _ relay: ForeignRelay, seconds: Double = 0.6, _ body: () throws -> Void
    ) throws -> ForeignRelay.Summary {
        nonisolated(unsafe) let unsafeRelay = relay
        nonisolated(unsafe) var summary: ForeignRelay.Summary?
        let done = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            summary = try? unsafeRelay.run(for: seconds)
            done.signal()
        }
        try body()
        done.wait()
        return try #require(summary)
    }

    private func wait(for socket: UDPSocket) throws -> ReceivedDatagram? {
        let end = MonotonicClock.now + .seconds(2)
        while MonotonicClock.now < end {
            if let datagram = try socket.receive().first { return datagram }
            usleep(1000)
        }
        return nil
    }

    @Test func anAnswerComesFromTheAddressThatWasSpokenTo() throws {
        let (client, target) = (try UDPSocket(), try UDPSocket())
        let relay = try relay(to: target.local)
        let door = try Endpoint(host: "127.0.0.2", port: relay.local.port)
        let summary = try running(relay) {
            try client.send(Array("question".utf8), to: door)
            let question = try #require(try wait(for: target))
            #expect(question.bytes == Array("question".utf8))
            try target.send(Array("answer".utf8), to: question.sender)
            let answer = try #require(try wait(for: client))
            #expect(answer.bytes == Array("answer".utf8))
            #expect(answer.sender == door)
        }
        #expect(summary.backward.sent == 1 && summary.backward.strangers == 0)
    }

    @Test func anAnswerFromAnotherAddressIsCountedAndToldToNobody() throws {
        let (client, target) = (try UDPSocket(), try UDPSocket())
        let stranger = try UDPSocket(try Endpoint(host: "127.0.0.3", port: 0))
        let relay = try relay(to: target.local)
        let summary = try running(relay) {
            try client.send([1], to: try Endpoint(host: "127.0.0.1", port: relay.local.port))
            let question = try #require(try wait(for: target))
            try stranger.send([2], to: question.sender)
            try target.send([3], to: question.sender)
            #expect(try wait(for: client)?.bytes == [3])
            #expect(try client.receive().isEmpty)
        }
        #expect(summary.backward.strangers == 1 && summary.backward.sent == 1)
    }
}
