import Channels
import Datagrams
import Determinism
import Files
import Foundation
import Processes
import TestSupport
import Testing

@testable import Nodes

/// A relay for other programs, over real sockets of this host's many loopback addresses.
@Suite(.serialized) struct UDPRelayTests {
    private func relay(to target: Endpoint) throws -> UDPRelay {
        var options = UDPRelay.Options(
            listen: "0.0.0.0:0", forward: "\(target)", link: LinkConfiguration(name: "link", bandwidth: 1e9, meanSNR: 1)
        )
        options.passesTCP = false
        return try UDPRelay(options)
    }

    /// Lets the relay run while `body` speaks through it.
    private func running(
        _ relay: UDPRelay, seconds: Double = 0.6, _ body: () throws -> Void
    ) throws -> RelaySummary {
        nonisolated(unsafe) let unsafeRelay = relay
        nonisolated(unsafe) var summary: RelaySummary?
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

    @Test func theRecordHoldsBlocksAndDatagramsOfBothWays() throws {
        let folder = try TemporaryFolder()
        let (client, target) = (try UDPSocket(), try UDPSocket())
        var link = LinkConfiguration(name: "link", bandwidth: 1e6, meanSNR: 1)
        link.overheadBytes = 28
        var options = UDPRelay.Options(listen: "127.0.0.1:0", forward: "\(target.local)", link: link)
        options.back = LinkConfiguration(name: "link", bandwidth: 2e6, meanSNR: 1)
        options.back?.loss = 1
        options.passesTCP = false
        options.relay.record = folder.path + "/record"
        let relay = try UDPRelay(options)
        #expect(
            relay.summaryOfLink.contains("there: awgn, B 1 MHz") && relay.summaryOfLink.contains("back: awgn, B 2 MHz"))
        #expect(relay.summaryOfLink.contains("28 bytes counted beside each"))
        _ = try running(relay) {
            try client.send([1, 2], to: relay.local)
            let question = try #require(try wait(for: target))
            try target.send([3], to: question.sender)
        }
        func lines(_ name: String) throws -> [[Substring]] {
            try String(contentsOfFile: "\(folder.path)/record/\(name).csv", encoding: .utf8).split(separator: "\n")
                .map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        }
        let (blocks, packets) = (try lines("channel"), try lines("packets"))
        #expect(blocks.count == 3 && blocks[1].last == "1000000" && blocks[2].last == "2000000")
        #expect(packets.count == 3 && packets.allSatisfy { $0.count == packets[0].count })
        #expect(packets[1][0] == "there" && packets[1][4...6] == ["2", "240", "delivered"] && !packets[1][3].isEmpty)
        #expect(packets[2][0] == "back" && packets[2][4...6] == ["1", "8", "lost"] && packets[2][3].isEmpty)
        // Another relay does not add to it.
        #expect(throws: FileFailure.self) { try UDPRelay(options) }
    }

    @Test func aDeviceThatCannotBeMadeIsNamed() {
        for name in ["", "a/b", "a%d", "longer than fifteen"] {
            let error = #expect(throws: DatagramError.self) { try TunnelDevice(name) }
            #expect(error?.description.hasPrefix("cannot make the network device '\(name)': ") == true)
            #expect(error?.isMachineFailure == false)
        }
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

    @Test func aChangeHoldsForWhatComesAfterIt() throws {
        let (client, target) = (try UDPSocket(), try UDPSocket())
        let changes = try Postbox<RelayChange>()
        var link = LinkConfiguration(name: "link", bandwidth: 1e9, meanSNR: 1)
        var options = UDPRelay.Options(listen: "127.0.0.1:0", forward: "\(target.local)", link: link)
        options.passesTCP = false
        options.relay.changes = changes
        let folder = try TemporaryFolder()
        options.relay.record = folder.path + "/record"
        let relay = try UDPRelay(options)
        let summary = try running(relay, seconds: 1.2) {
            try client.send(Array("before".utf8), to: relay.local)
            #expect(try wait(for: target)?.bytes == Array("before".utf8))
            link.loss = 1
            link.meanSNR = 100
            #expect(changes.post(RelayChange(way: 0, link: link)))
            usleep(100_000)
            try client.send(Array("after".utf8), to: relay.local)
        }
        #expect(summary.forward.received == 2 && summary.forward.sent == 1 && summary.forward.lost == 1)
        #expect(summary.changes == 1)
        let lines = try TextFile.read("\(folder.path)/record/channel.csv").split(separator: "\n").filter {
            $0.hasPrefix("there,0,")
        }
        #expect(lines.count == 2 && lines[0].contains(",0.000,") && lines[1].contains(",20.000,"), "\(lines)")
    }
}
