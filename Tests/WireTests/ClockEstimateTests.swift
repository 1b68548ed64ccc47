import Determinism
import Testing
import Wire

@Suite struct ClockEstimateTests {
    /// A replier whose clock is `offset` ahead of the prober's, reached after `there` and answering back in `back`.
    private func exchange(
        _ estimate: inout ClockEstimate, at: Double, offset: Double, there: Double, dwell: Double = 0.001, back: Double
    ) {
        let sent = Instant(nanoseconds: 0) + .seconds(at)
        let received = sent + .seconds(there + offset)
        let answered = received + .seconds(dwell)
        estimate.take(
            ClockReply(number: 1, probeSent: sent, received: received, sent: answered),
            back: answered + .seconds(back - offset))
    }

    @Test func equalWaysGiveTheExactOffset() throws {
        var estimate = ClockEstimate()
        exchange(&estimate, at: 1, offset: -7200.25, there: 0.0003, back: 0.0003)
        let best = try #require(estimate.best(at: Instant(nanoseconds: 0) + .seconds(1.0016)))
        #expect(best.offset == .seconds(-7200.25))
        #expect(abs(best.error.seconds - 0.0003) < 1e-8)
    }

    @Test(arguments: [(0.0001, 0.002), (0.002, 0.0001), (0, 0.01)])
    func theTruthLiesWithinTheErrorHoweverTheWaysDiffer(_ there: Double, _ back: Double) throws {
        var estimate = ClockEstimate()
        exchange(&estimate, at: 1, offset: 42, there: there, back: back)
        let best = try #require(estimate.best(at: Instant(nanoseconds: 0) + .seconds(1 + there + 0.001 + back)))
        #expect(abs(best.offset.seconds - 42) <= best.error.seconds + 1e-9)
        #expect(abs(best.error.seconds - (there + back) / 2) < 1e-8)
    }

    @Test func theLeastErrorCountsUntilItIsTooOld() throws {
        var estimate = ClockEstimate()
        exchange(&estimate, at: 1, offset: 3, there: 0.0001, back: 0.0001)
        exchange(&estimate, at: 2, offset: 3.00001, there: 0.001, back: 0.001)
        #expect(try #require(estimate.best(at: Instant(nanoseconds: 0) + .seconds(2.1))).offset == .seconds(3))
        // 50 millionths of drift in a minute are 3 ms: the worse, younger exchange knows better.
        exchange(&estimate, at: 60, offset: 3.0005, there: 0.001, back: 0.001)
        #expect(try #require(estimate.best(at: Instant(nanoseconds: 0) + .seconds(60.1))).offset == .seconds(3.0005))
    }

    @Test func aReplyThatContradictsItselfIsNotBelieved() {
        var estimate = ClockEstimate()
        let instant = Instant(nanoseconds: 1_000)
        estimate.take(
            ClockReply(number: 1, probeSent: instant, received: instant, sent: instant - .seconds(1)), back: instant)
        estimate.take(
            ClockReply(number: 1, probeSent: instant, received: instant, sent: instant + .seconds(1)), back: instant)
        #expect(estimate.best(at: instant) == nil)
    }
}
