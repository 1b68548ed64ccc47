import Determinism
import Foundation
import Testing

@testable import Channels

@Suite struct TraceTests {
    private func link(_ model: FadingModel) -> LinkConfiguration {
        var configuration = plainLink("trace")
        configuration.fading = model
        return configuration
    }

    private func packets(_ sizes: [(Double, Int)]) -> [Packet] {
        sizes.enumerated().map { packet($0, bits: $1.1 * 8, at: $1.0) }
    }

    @Test func opportunitiesCarryTheirBytesAcrossPackets() throws {
        let trace = try OpportunityTrace(mahimahi: "5\n10\n10\n20\n", name: "t")
        // 1,000 + 504 bytes fit the opportunity at 5 ms; the third needs what is left to the ones at 10 ms.
        let out = try run(
            link(.opportunities(trace)), packets([(0, 1000), (0, 504), (0, 1504), (0, 1505), (0.012, 100)]))
        // At 10 ms two opportunities: 1,504 for the third packet, 1,504 of the fourth's 1,505; its last byte goes at 20
        // ms, and the fifth uses the same opportunity.
        #expect(out.map(\.due) == [at(0.005), at(0.005), at(0.010), at(0.020), at(0.020)])
    }

    @Test func unusedOpportunitiesAreLost() throws {
        let trace = try OpportunityTrace(mahimahi: "1\n2\n3\n4\n", name: "t")
        // Arrives after 2 ms have passed; one at the very moment of an opportunity waits for the next.
        let out = try run(link(.opportunities(trace)), packets([(0.0025, 1504), (0.005, 1504)]))
        #expect(out.map(\.due) == [at(0.003), at(0.006)])
        // What an opportunity leaves over does not wait for a packet that comes later.
        let later = try run(
            link(.opportunities(try OpportunityTrace(mahimahi: "10", name: "t"))), packets([(0, 100), (0.011, 100)]))
        #expect(later.map(\.due) == [at(0.010), at(0.020)])
    }

    @Test func anIdleLinkDoesNotSaveItsOpportunities() throws {
        var link = try Link(
            link(.opportunities(try OpportunityTrace(mahimahi: "1\n2\n3\n4\n", name: "t"))), seed: 1, origin: origin)
        var out: [Departure] = []
        // A change at 2.5 ms settles what was; what was ready before it finds none of the opportunities before it.
        link.apply(.loss(0), at: at(0.0025))
        link.accept(Packet(handle: 0, bytes: 1504, bits: 1504 * 8, arrival: at(0.0028), ready: at(0.0005)), into: &out)
        link.advance(to: at(1), into: &out)
        #expect(out.map(\.due) == [at(0.003)])
    }

    @Test func theTraceWrapsByItsLastTime() throws {
        let trace = try OpportunityTrace(mahimahi: "0\n3\n7\n", name: "t")
        #expect((0..<7).map { trace.time($0).seconds } == [0, 0.003, 0.007, 0.007, 0.010, 0.014, 0.014])
        for microseconds in stride(from: 0, through: 40_000, by: 250) {
            let elapsed = Instant.Span(nanoseconds: Int64(microseconds) * 1000)
            let index = trace.first(after: elapsed)
            #expect(trace.time(index) > elapsed)
            #expect(index == 0 || trace.time(index - 1) <= elapsed)
        }
        // A backlog takes exactly the opportunities there are.
        let out = try run(link(.opportunities(trace)), packets((0..<6).map { _ in (0.0, 1504) }))
        #expect(out.map { ($0.due - origin).seconds } == [0.003, 0.007, 0.007, 0.010, 0.014, 0.014])
    }

    @Test func packetsOverAnOpportunitySpanSeveral() throws {
        // Where Mahimahi itself stops with an assertion.
        let trace = try OpportunityTrace(mahimahi: "1\n2\n3\n4\n5\n", name: "t")
        let out = try run(link(.opportunities(trace)), packets([(0, 4000), (0, 512)]))
        #expect(out.map(\.due) == [at(0.003), at(0.003)])
    }

    @Test func hopelessTracesAreRefused() {
        for (text, problem) in [
            ("", "there is no delivery opportunity"), ("0\n0\n", "the last time is 0, the trace would never advance"),
            ("5\n3\n", "3 comes after 5"), ("1\nx\n", "“x” is not a whole number of milliseconds"),
            ("-1\n", "“-1” is not a whole number of milliseconds"),
        ] {
            do {
                _ = try OpportunityTrace(mahimahi: text, name: "t")
                Issue.record("accepted “\(text)”")
            } catch { #expect("\(error)".hasSuffix(problem)) }
        }
    }

    @Test func theCorrectedModeKeepsTheBytesAndLosesTheGrid() throws {
        let trace = try OpportunityTrace(mahimahi: "2\n2\n6\n10\n", name: "t")
        let smooth = trace.smoothed
        // Over one period the rate carries what the opportunities carry.
        let out = try run(link(.trace(smooth)), packets((0..<400).map { _ in (0.0, 1504) }))
        #expect(abs((out[399].due - origin).seconds - 1.0) < 0.0101, "4 opportunities in 10 ms")
        var links = try Link(link(.trace(smooth)), seed: 1, origin: origin)
        var carried = 0.0
        // The moments 0 (which is 10 as well), 2 and 6 ms.
        for number in 0..<3 {
            let block = links.block(UInt64(number))
            carried += block.rate! * (block.end - block.start).seconds
        }
        #expect(abs(carried - Double(4 * 1504 * 8)) < 1e-6)
    }

    @Test func csvTracesOfEachQuantity() throws {
        let snr = try ChannelTrace(csv: "# recorded\ntime_s,snr_db\n0,0\n0.001,4.771212547196624\n0.003,0\n", name: "t")
        // 1 Mbit/s, then 2 Mbit/s for 2 ms, then 1 Mbit/s for 2 ms (as long as the one before), then again.
        let out = try run(link(.trace(snr)), packets([(0, 125), (0, 250), (0, 250), (0, 125), (0, 125), (0, 125)]))
        #expect(out.map { (($0.due - origin).seconds * 1e6).rounded() } == [1000, 2000, 3000, 4000, 5000, 6000])
        let gain = try ChannelTrace(csv: "time_s,gain\n0,1\n1,3\n", name: "t")
        #expect(try run(link(.trace(gain)), [packet(0, bits: 1000, at: 1.5)]).map(\.due) == [at(1.5005)])
        let rate = try ChannelTrace(csv: "time_s,rate_bps\n0,1000\n1,0\n2,500\n", name: "t")
        #expect(try run(link(.trace(rate)), [packet(0, bits: 1250, at: 0)]).map(\.due) == [at(2.5)])
    }

    @Test func badCSVIsRefusedWithItsLine() {
        for (text, line) in [
            ("", 0), ("time,snr\n", 1), ("time_s,snr_db\n1,2\n", 2), ("time_s,snr_db\n0,1\n0,2\n", 3),
            ("time_s,gain\n0,-1\n", 2), ("time_s,gain\n0,nan\n", 2), ("time_s,gain\n0,1,2\n", 2),
        ] {
            do {
                _ = try ChannelTrace(csv: text, name: "t")
                Issue.record("accepted “\(text)”")
            } catch { if case .trace(_, line, _) = error {} else { Issue.record("\(error)") } }
        }
    }

    @Test func aRecordingReplaysTheChannel() throws {
        var configuration = plainLink("recorded")
        configuration.fading = .rayleigh
        configuration.coherence = .milliseconds(7)
        configuration.meanSNR = 5
        var original = try Link(configuration, seed: 2, origin: origin)
        var recording = ChannelRecording(origin: origin)
        for number in 0..<200 {
            let block = original.block(UInt64(number))
            recording.append(start: block.start, snr: original.snr(block))
        }
        var replay = configuration
        replay.fading = .trace(try ChannelTrace(csv: recording.csv, name: "recording"))
        replay.meanSNR = 1
        let packets = (0..<500).map { packet($0, bits: 3000, at: Double($0) * 0.002) }
        let (a, b) = (try run(configuration, packets, seed: 2), try run(replay, packets, seed: 99))
        for (x, y) in zip(a, b) { #expect(abs((x.due - y.due).nanoseconds) <= 1) }
    }
}
