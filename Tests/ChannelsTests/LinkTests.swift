import Determinism
import Foundation
import Testing

@testable import Channels

let origin = Instant(nanoseconds: 1_000_000_000)
func at(_ seconds: Double) -> Instant { origin + .seconds(seconds) }

/// 1 MHz at 0 dB: exactly 1 Mbit/s.
func plainLink(_ name: String = "link") -> LinkConfiguration {
    LinkConfiguration(name: name, bandwidth: 1e6, meanSNR: 1)
}

func packet(_ handle: Int, bits: Int, at seconds: Double, deadline: Double? = nil, bytes: Int? = nil) -> Packet {
    Packet(
        handle: Int32(handle), bytes: bytes ?? bits / 8, bits: bits, arrival: at(seconds),
        deadline: deadline.map { at($0) } ?? ChannelBlock.never)
}

/// Runs packets through a link, advancing only when asked to by `nextInstant`.
func run(
    _ configuration: LinkConfiguration, _ packets: [Packet], seed: UInt64 = 1, until end: Double = 1e6
) throws -> [Departure] {
    var link = try Link(configuration, seed: seed, origin: origin)
    var out: [Departure] = []
    for packet in packets {
        while let next = link.nextInstant, next <= packet.arrival { link.advance(to: next, into: &out) }
        link.accept(packet, into: &out)
    }
    while let next = link.nextInstant, next <= at(end) { link.advance(to: next, into: &out) }
    return out
}

@Suite struct LinkTests {
    @Test func aPacketLeavesWhenItsLastBitHasDrained() throws {
        let out = try run(
            plainLink(), [packet(0, bits: 1000, at: 0), packet(1, bits: 1000, at: 0), packet(2, bits: 500, at: 0.01)])
        #expect(out.map(\.verdict) == [.delivered, .delivered, .delivered])
        #expect(out.map(\.due) == [at(0.001), at(0.002), at(0.0105)])
    }

    /// A sender that was held up in the middle of its burst: what was ready keeps its place, whatever it arrived.
    @Test func aPacketCountsFromWhenItWasReady() throws {
        func packets(heldUp: Double) -> [Packet] {
            (0..<10).map {
                Packet(
                    handle: Int32($0), bytes: 125, bits: 1000, arrival: at($0 < 5 ? 0 : heldUp), ready: at(0),
                    deadline: at(0.02))
            }
        }
        let prompt = try run(plainLink(), packets(heldUp: 0))
        for heldUp in [0.002, 0.012] {
            let late = try run(plainLink(), packets(heldUp: heldUp))
            #expect(late.map(\.due) == prompt.map(\.due) && late.allSatisfy { $0.verdict == .delivered })
        }
        // An instant that has not come yet is none, and what was ready late is served late.
        let early = try run(plainLink(), [Packet(handle: 0, bytes: 125, bits: 1000, arrival: at(0.1), ready: at(0.2))])
        #expect(early[0].due == at(0.101))
        let second = try run(
            plainLink(),
            [
                packet(0, bits: 1000, at: 0),
                Packet(handle: 1, bytes: 125, bits: 1000, arrival: at(0.01), ready: at(0.007)),
            ])
        #expect(second[1].due == at(0.008))
    }

    @Test func anotherConfigurationHoldsFromItsInstant() throws {
        var configuration = plainLink()
        var link = try Link(configuration, seed: 1, origin: origin)
        var out: [Departure] = []
        for handle in 0..<4 { link.accept(packet(handle, bits: 1000, at: 0), into: &out) }
        link.advance(to: at(0.0015), into: &out)
        configuration.fading = .trace(try ChannelTrace(csv: "time_s,rate_bps\n0,500000\n1,500000\n", name: "slow"))
        configuration.bandwidth = 1
        try link.reconfigure(configuration, at: at(0.0015))
        link.advance(to: at(1), into: &out)
        // Half of the second packet was left: 500 bits at half the rate.
        #expect(out.map(\.due) == [at(0.001), at(0.0025), at(0.0045), at(0.0065)])
        configuration.fading = .rayleigh
        #expect(throws: ChannelError.noCoherence(link: "link")) { try link.reconfigure(configuration, at: at(2)) }
    }

    @Test func thousandsOfOddPacketsGatherNoRounding() throws {
        // 3 MHz at 6 dB: 7.03 Mbit/s, packets of 1,171 bytes: no whole nanoseconds anywhere.
        var configuration = plainLink()
        configuration.bandwidth = 3e6
        configuration.meanSNR = Decibels.linear(6)
        let out = try run(configuration, (0..<5000).map { packet($0, bits: 9368, at: 0) })
        let capacity = 3e6 * log2(1 + Decibels.linear(6))
        for (index, departure) in out.enumerated() {
            let exact = Double(index + 1) * 9368 / capacity
            #expect(abs((departure.due - origin).seconds - exact) < 1.01e-9)
        }
    }

    @Test func capacityIsIntegratedAcrossBlockEdgesToTheBit() throws {
        // Blocks of 1 ms with known gains: bits delivered by t equal ∫C to within one bit, wherever t falls.
        var configuration = plainLink()
        configuration.fading = .rayleigh
        configuration.coherence = .milliseconds(1)
        configuration.meanSNR = 10
        let bits = 800
        let out = try run(configuration, (0..<2000).map { packet($0, bits: bits, at: 0) }, seed: 9)
        var process = ChannelProcess(configuration, seed: 9, origin: origin)
        for (index, departure) in out.enumerated() {
            // An independent sum in extended steps: whole blocks, then the rest.
            var carried = 0.0
            var number: UInt64 = 0
            while true {
                let block = process.block(number)
                let capacity = 1e6 * log2(1 + block.gain * 10)
                if block.end >= departure.due {
                    carried += capacity * (departure.due - block.start).seconds
                    break
                }
                carried += capacity * 1e-3
                number += 1
            }
            #expect(
                abs(carried - Double((index + 1) * bits)) < 0.02,
                "the due instant is a whole nanosecond: at most C·1 ns more")
        }
    }

    @Test func departuresDoNotDependOnHowOftenTheLinkIsAsked() throws {
        var configuration = plainLink()
        configuration.fading = .rayleigh
        configuration.coherence = .milliseconds(2)
        configuration.loss = 0.1
        configuration.duplication = 0.1
        configuration.jitter = .milliseconds(3)
        configuration.reordering = Reordering(probability: 0.1)
        configuration.bursts = GilbertElliott(enter: 0.05, leave: 0.3)
        let packets = (0..<500).map {
            packet($0, bits: 1000, at: Double($0) * 0.0007, deadline: Double($0) * 0.0007 + 0.02)
        }
        let lazy = try run(configuration, packets)
        var link = try Link(configuration, seed: 1, origin: origin)
        var eager: [Departure] = []
        var next = 0
        for step in 0..<100_000 {
            let now = at(Double(step) * 1e-5)
            while next < packets.count && packets[next].arrival <= now {
                link.accept(packets[next], into: &eager)
                next += 1
            }
            link.advance(to: now, into: &eager)
        }
        #expect(eager == lazy)
        #expect(lazy.filter { !$0.isDuplicate }.count == 500)
    }

    @Test func deadlinesGiveVerdicts() throws {
        // 1 Mbit/s: packet 0 makes it, 1 is cut at its deadline, 2 never begins.
        let out = try run(
            plainLink(),
            [
                packet(0, bits: 1000, at: 0, deadline: 0.001), packet(1, bits: 1000, at: 0, deadline: 0.0015),
                packet(2, bits: 1000, at: 0, deadline: 0.0015),
                packet(3, bits: 1000, at: 0),
            ])
        #expect(out.map(\.verdict) == [.delivered, .late, .expired, .delivered])
        #expect(out[1].due == at(0.0015) && !out[1].isForwarded)
        #expect(out[3].due == at(0.0025), "the channel turns to the next at the deadline")
    }

    @Test func latePacketsAreForwardedWhenAskedFor() throws {
        var configuration = plainLink()
        configuration.latePackets = .forward
        let out = try run(
            configuration,
            [packet(0, bits: 2000, at: 0, deadline: 0.001), packet(1, bits: 1000, at: 0, deadline: 0.0015)])
        #expect(out.map(\.verdict) == [.expired, .late])
        #expect(out[1].isForwarded && out[1].due == at(0.002))
    }

    @Test func aSilentChannelExpiresWhatWaits() throws {
        var configuration = plainLink()
        configuration.meanSNR = 0
        let out = try run(
            configuration,
            [packet(0, bits: 1000, at: 0, deadline: 0.02), packet(1, bits: 1000, at: 0.001, deadline: 0.02)])
        #expect(out.map(\.verdict) == [.expired, .expired])
        #expect(out.map(\.due) == [at(0.02), at(0.02)])
    }

    @Test func queuesDropByTheirDiscipline() throws {
        func verdicts(_ queue: QueueConfiguration, _ packets: [Packet]) throws -> [Int32: PacketVerdict] {
            var configuration = plainLink()
            configuration.queue = queue
            return Dictionary(
                uniqueKeysWithValues: try run(configuration, packets).map { ($0.packet.handle, $0.verdict) })
        }
        let burst = (0..<5).map { packet($0, bits: 8000, at: 0) }
        let tail = try verdicts(.init(discipline: .dropTail, packets: 2), burst)
        #expect(tail == [0: .delivered, 1: .delivered, 2: .delivered, 3: .queueFull, 4: .queueFull])
        let head = try verdicts(.init(discipline: .dropHead, packets: 2), burst)
        #expect(head == [0: .delivered, 1: .queueFull, 2: .queueFull, 3: .delivered, 4: .delivered])
        let bytes = try verdicts(.init(discipline: .dropTail, bytes: 2500), burst)
        #expect(bytes.values.filter { $0 == .queueFull }.count == 2)
        // 8 ms each: 1 and 2 cannot make 10 ms behind 0, so they go before the queue refuses 3.
        let deadlines = [0.1, 0.010, 0.010, 0.1, 0.1]
        let doomed = try verdicts(
            .init(discipline: .deadlineDrop, packets: 2),
            (0..<5).map { packet($0, bits: 8000, at: 0, deadline: deadlines[$0]) })
        #expect(doomed == [0: .delivered, 1: .expired, 2: .expired, 3: .delivered, 4: .delivered])
        // A packet that cannot be finished takes no time from the next.
        let alone = try run(
            {
                var c = plainLink()
                c.queue.discipline = .deadlineDrop
                return c
            }(),
            [packet(0, bits: 8000, at: 0, deadline: 0.001), packet(1, bits: 1000, at: 0, deadline: 0.002)])
        #expect(alone.map(\.verdict) == [.expired, .delivered] && alone[1].due == at(0.001))
    }

    @Test func delayJitterDuplicationAndReordering() throws {
        var configuration = plainLink()
        configuration.propagation = .milliseconds(5)
        let packets = (0..<1000).map { packet($0, bits: 100, at: Double($0) * 0.001) }
        let expected: [Instant] = (0..<1000).map { at(Double($0) * 0.001) + .seconds(0.0051) }
        let delayed = try run(configuration, packets).map(\.due)
        #expect(delayed == expected)

        configuration.jitter = .milliseconds(2)
        let jittered = try run(configuration, packets)
        let extra = jittered.map { ($0.due - $0.drained).seconds - 0.005 }
        #expect(extra.allSatisfy { $0 >= 0 && $0 <= 0.002 })
        let mean: Double = extra.reduce(0, +) / 1000
        let standardError: Double = 0.002 / (12.0 * 1000.0).squareRoot()
        #expect(abs(mean - 0.001) < 4 * standardError)
        #expect(jittered.map(\.packet.handle) != Array(0..<1000), "datagrams overtake")

        configuration.jitter = .zero
        configuration.duplication = 0.25
        let doubled = try run(configuration, packets)
        let copies = Double(doubled.filter(\.isDuplicate).count)
        #expect(abs(copies - 250) < 4 * (187.5).squareRoot())
        for (first, second) in zip(doubled, doubled.dropFirst()) where second.isDuplicate {
            #expect(first.hasDuplicate && first.packet == second.packet)
        }

        configuration.duplication = 0
        configuration.reordering = Reordering(probability: 0.1, distance: 3, patience: .seconds(1))
        let order = try run(configuration, packets).map { Int($0.packet.handle) }
        #expect(order.sorted() == Array(0..<1000))
        // A packet held back is overtaken by exactly three that are not.
        var overtaken = 0
        for (place, handle) in order.enumerated() where order[..<place].contains(where: { $0 > handle }) {
            let ahead = order[..<place].filter { $0 > handle }
            if ahead.count == 3 { overtaken += 1 }
        }
        #expect(overtaken > 40)
    }

    @Test func aHeldPacketDoesNotWaitForEver() throws {
        var configuration = plainLink()
        configuration.reordering = Reordering(probability: 1, distance: 3, patience: .milliseconds(20))
        let out = try run(configuration, [packet(0, bits: 1000, at: 0)])
        #expect(out.map(\.due) == [at(0.021)])
    }

    @Test func changesTakeEffectAtTheirInstant() throws {
        var link = try Link(plainLink(), seed: 1, origin: origin)
        var out: [Departure] = []
        link.accept(packet(0, bits: 2000, at: 0), into: &out)
        // After 1 ms, 1,000 bits are left; at three times the SNR log₂(1+3) = 2 bit/s/Hz.
        link.apply(.meanSNR(3), at: at(0.001))
        #expect(link.nextInstant == at(0.0015))
        link.apply(.down(true), at: at(0.00125))
        #expect(link.nextInstant == nil)
        link.apply(.down(false), at: at(1))
        link.advance(to: at(2), into: &out)
        #expect(out.map(\.due) == [at(1.00025)])
        link.apply(.bandwidth(2e6), at: at(2))
        link.accept(packet(1, bits: 4000, at: 2), into: &out)
        #expect(link.nextInstant == at(2.001))
    }

    @Test func nonsenseIsRefusedByName() {
        var configuration = plainLink("uplink")
        configuration.bandwidth = 0
        #expect("\(configuration.problem!)" == "link “uplink”: bandwidth is 0.0, expected above 0 Hz")
        configuration = plainLink("uplink")
        configuration.fading = .rayleigh
        #expect("\(configuration.problem!)" == "link “uplink”: a fading channel needs a coherence time")
        configuration.coherence = .milliseconds(1)
        #expect(configuration.problem == nil)
        configuration.loss = 1.5
        #expect(throws: ChannelError.self) { try Link(configuration, seed: 1, origin: origin) }
        configuration.loss = .nan
        #expect(configuration.problem != nil)
    }
}
