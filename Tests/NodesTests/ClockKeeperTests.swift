import Datagrams
import Determinism
import Testing
import Wire

@testable import Nodes

/// A node whose controller is on another host sets its clock by exchanges; on the same host nothing is done.
@Suite struct ClockKeeperTests {
    /// One exchange with a controller whose clock is `ahead`, 1 ms there and 1 ms back.
    /// - Returns: what the clock is to be set to, if anything.
    private func exchange(_ keeper: inout ClockKeeper, at now: Instant, ahead: Instant.Span) -> Instant.Span? {
        guard case .clockProbe(let probe)? = keeper.probe(now) else {
            Issue.record("nothing is asked at \(now)")
            return nil
        }
        #expect(probe.sent == now)
        let there = now + .milliseconds(1) + ahead
        return keeper.take(
            ClockReply(number: probe.number, probeSent: now, received: there, sent: there),
            back: now + .milliseconds(2))
    }

    private func elsewhere() throws -> ClockKeeper { ClockKeeper(controller: try Endpoint("192.0.2.1:9")) }

    @Test func onTheControllersHostThereIsNothingToDo() {
        var keeper = ClockKeeper(controller: .loopback)
        #expect(keeper.isSettled && keeper.nextInstant == nil)
        #expect(keeper.probe(Instant(nanoseconds: 1 << 60)) == nil)
        #expect(keeper.state(at: Instant(nanoseconds: 0)) == nil)
    }

    @Test func eightExchangesInARowSetIt() throws {
        var keeper = try elsewhere()
        var now = Instant(nanoseconds: 1_000_000_000)
        for number in 1...8 {
            #expect(!keeper.isSettled)
            let set = exchange(&keeper, at: now, ahead: .seconds(5))
            #expect(set == (number == 8 ? .seconds(5) : nil))
            // The next follows on the answer's heels until the clock is set; then it keeps the time it was given.
            #expect(keeper.nextInstant == now + (number == 8 ? .milliseconds(500) : .milliseconds(2)))
            now = now + .milliseconds(2)
        }
        #expect(keeper.isSettled)
        let state = try #require(keeper.state(at: now))
        #expect(state.offset == 5 && abs(state.error - 0.001) < 1e-6)
    }

    @Test func anAnswerThatStaysAwayIsAskedForAgain() throws {
        var keeper = try elsewhere()
        let now = Instant(nanoseconds: 1_000_000_000)
        #expect(keeper.probe(now) != nil && keeper.probe(now) == nil)
        #expect(keeper.nextInstant == now + .milliseconds(500))
        // An answer to the first, after the second was put, is not believed.
        guard case .clockProbe(let second)? = keeper.probe(now + .milliseconds(500)) else {
            Issue.record("nothing is asked again")
            return
        }
        let late = ClockReply(number: second.number - 1, probeSent: now, received: now, sent: now)
        #expect(keeper.take(late, back: now + .milliseconds(501)) == nil)
        #expect(keeper.nextInstant == now + .milliseconds(1000))
    }

    /// A distance within what the estimate may be off by is no reason to set the clock once more.
    @Test func itIsSetAgainOnlyWhenItIsWrong() throws {
        var keeper = try elsewhere()
        var now = Instant(nanoseconds: 1_000_000_000)
        for _ in 1...8 {
            _ = exchange(&keeper, at: now, ahead: .seconds(5))
            now = now + .milliseconds(2)
        }
        now = now + .seconds(1)
        #expect(exchange(&keeper, at: now, ahead: .seconds(5) + .milliseconds(0.5)) == nil)
        // Sixteen exchanges are kept: by then all of them say the same.
        var sets: [Instant.Span] = []
        for _ in 0..<17 {
            now = now + .seconds(1)
            if let set = exchange(&keeper, at: now, ahead: .seconds(5) + .milliseconds(3)) { sets.append(set) }
        }
        #expect(sets == [.seconds(5) + .milliseconds(3)])
        #expect(try #require(keeper.state(at: now)).offset == 5.003)
    }
}
