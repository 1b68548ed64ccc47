import Determinism
import Testing

@testable import Channels

@Suite struct SharedBandTests {
    /// Backlogged links over a band for `seconds`; returns bits delivered per link.
    func share(
        _ scheduler: SharedBand.Scheduler, _ configurations: [LinkConfiguration], seconds: Double,
        packets: Int = 100_000
    ) throws -> (bits: [Double], departures: [Departure]) {
        var links = try configurations.map { try Link($0, seed: 1, origin: origin) }
        var band = SharedBand(scheduler: scheduler, members: Array(links.indices), origin: origin, links: &links)
        var out: [Departure] = []
        for index in 0..<packets {
            for link in links.indices {
                band.accept(
                    packet(index * links.count + link, bits: 1000, at: 0), link: link, links: &links, into: &out)
            }
            if index > 3 && index * 1000 > Int(seconds * 8e6) { break }
        }
        band.advance(to: at(seconds), links: &links, into: &out)
        return (links.map { Double($0.counts.deliveredBits) }, out)
    }

    @Test func inTurnsEachHasTheSameTime() throws {
        var strong = plainLink("strong")
        strong.meanSNR = 3
        let (bits, departures) = try share(.roundRobin, [plainLink("a"), plainLink("b"), strong], seconds: 0.3)
        // A third of the time each: 0.1 Mbit for the first two, 0.2 Mbit for the one with 2 bit/s/Hz.
        #expect(abs(bits[0] - 100_000) <= 2000 && abs(bits[1] - 100_000) <= 2000 && abs(bits[2] - 200_000) <= 3000)
        #expect(zip(departures, departures.dropFirst()).allSatisfy { $0.due <= $1.due })
    }

    @Test func theHigherPriorityHasItAll() throws {
        var first = plainLink("first")
        first.priority = 5
        let (bits, _) = try share(.priority, [plainLink("other"), first], seconds: 0.2)
        #expect(bits[0] <= 1000, "a slot that has begun is not taken away")
        #expect(abs(bits[1] - 200_000) <= 1000)
    }

    @Test func proportionalFairnessUsesGoodBlocksAndStarvesNobody() throws {
        let configurations = (0..<4).map { index in
            var configuration = plainLink("link \(index)")
            configuration.meanSNR = index < 2 ? 10 : 1
            configuration.fading = .rayleigh
            configuration.coherence = .milliseconds(5)
            return configuration
        }
        let fair = try share(.proportionalFair, configurations, seconds: 2).bits
        let turns = try share(.roundRobin, configurations, seconds: 2).bits
        #expect(fair.reduce(0, +) > 1.15 * turns.reduce(0, +), "multi-user diversity pays: \(fair) against \(turns)")
        for index in 0..<4 { #expect(fair[index] > turns[index], "no one pays for it: \(fair) against \(turns)") }
    }

    @Test func aLinkThatRunsEmptyYieldsItsSlot() throws {
        var links = try [Link(plainLink("a"), seed: 1, origin: origin), Link(plainLink("b"), seed: 1, origin: origin)]
        var band = SharedBand(
            scheduler: .roundRobin, slot: .milliseconds(10), members: [0, 1], origin: origin, links: &links)
        var out: [Departure] = []
        band.accept(packet(0, bits: 1000, at: 0), link: 0, links: &links, into: &out)
        band.accept(packet(1, bits: 1000, at: 0), link: 1, links: &links, into: &out)
        band.advance(to: at(1), links: &links, into: &out)
        #expect(out.map(\.due) == [at(0.001), at(0.002)])
        // Idle in between, then at once.
        band.accept(packet(2, bits: 1000, at: 2), link: 1, links: &links, into: &out)
        band.advance(to: at(3), links: &links, into: &out)
        #expect(out.last?.due == at(2.001))
        #expect(band.nextInstant(links) == nil || band.nextInstant(links)! > at(3))
    }

    @Test func aLoneLinkHasTheWholeBand() throws {
        let (bits, _) = try share(.proportionalFair, [plainLink("a")], seconds: 0.1)
        #expect(abs(bits[0] - 100_000) <= 1000)
    }
}
