import CPlatform
import Datagrams
import Testing

/// When a datagram came, whatever became of the wall clock meanwhile.
@Suite struct ArrivalTests {
    private static let hour: Int64 = 3_600_000_000_000, ms: Int64 = 1_000_000

    /// The monotonic clock is at 10 s, the wall clock at 1,000 s; the datagram came 5 ms ago.
    @Test func aSteadyClockGivesTheInstant() {
        let shift = 10_000 * Self.ms - 1_000_000 * Self.ms
        #expect(platform_arrival(999_995 * Self.ms, 10_000 * Self.ms, shift, shift) == 9_995 * Self.ms)
    }

    @Test(arguments: [hour, -hour, 200 * ms, -200 * ms])
    func aStepOfTheWallClockIsUndone(_ step: Int64) {
        let now = 10_000 * Self.ms
        let before = now - 1_000_000 * Self.ms
        let after = before - step
        // Stamped before the step, read after it; and stamped after it.
        #expect(platform_arrival(999_995 * Self.ms, now, after, before) == now - 5 * Self.ms)
        #expect(platform_arrival(999_995 * Self.ms + step, now, after, before) == now - 5 * Self.ms)
    }

    @Test func nothingComesFromTheFutureNorFromLongAgo() {
        let (now, shift) = (10_000 * Self.ms, 10_000 * Self.ms - 1_000_000 * Self.ms)
        #expect(platform_arrival(1_000_001 * Self.ms, now, shift, shift) == now)
        #expect(platform_arrival(1_000_000 * Self.ms - 3 * Self.hour, now, shift, shift) == now)
    }

    @Test func anAddressOfALinkNamesItsZone() throws {
        #expect(try Endpoint("[fe80::1%lo]:5000").description == "[fe80::1%lo]:5000")
        #expect(try Endpoint("[::1]:5000").description == "[::1]:5000")
    }
}
