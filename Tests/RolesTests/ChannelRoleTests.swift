import Channels
import Determinism
import Testing
import Wire

@testable import Records
@testable import Roles
@testable import Topologies
@testable import Wire

@Suite struct ChannelRoleTests: ChannelRoleFixture {
    /// Each link gives up what it carries by its own transmitter's budget, as events have left it.
    @Test func everyTransmitterHasItsOwnBudget() throws {
        let configurations = ["near", "far"].map { LinkConfiguration(name: $0, bandwidth: 1e6, meanSNR: 1) }
        var role = ChannelRole(
            name: "channel",
            routes: [
                .init(name: "near", transmitter: "a", budget: .milliseconds(10)),
                .init(name: "far", transmitter: "b"),
            ], configurations: configurations, budget: .milliseconds(40))
        try role.start(origin: origin, seed: 1)
        /// Sends 6 datagrams of 8 ms each on both links; how long each link went on with them.
        func burst(_ image: UInt32, at seconds: Double) throws -> [Double] {
            for link in 0..<2 {
                for index in 0..<6 {
                    _ = role.receive(
                        link: link, handle: 0, length: 1060, heading: try heading(image, UInt16(index), bytes: 1000),
                        arrival: at(seconds))
                }
            }
            role.advance(to: at(seconds + 0.5))
            let all = role.take()
            return (0..<2).map { link in
                all.filter { $0.link == link && $0.departure.verdict == .delivered }
                    .map { ($0.departure.due - at(seconds)).seconds }.max() ?? 0
            }
        }
        let first = try burst(1, at: 0)
        #expect(abs(first[0] - 0.008) < 1e-9 && abs(first[1] - 0.040) < 1e-9)
        try role.adjust(Adjustment(link: "near", quantity: "budget", value: "30 ms", at: at(0.6)), now: at(0.6))
        let second = try burst(2, at: 1)
        #expect(abs(second[0] - 0.024) < 1e-9 && abs(second[1] - 0.040) < 1e-9)
    }

    /// An image that fills C·T_max exactly comes through whole, though its sender was held up for half of it.
    @Test func aBurstKeepsItsAirTimeWhenItsSenderIsHeldUp() throws {
        func verdicts(moment: UInt32) throws -> [PacketVerdict] {
            var channel = try role()
            for index in 0..<20 {
                let datagram = DataDatagram(
                    image: 0, section: .slice, index: UInt16(index), count: 20, moment: moment,
                    bytes: [UInt8](repeating: 0, count: 125))
                let arrival = at(index < 5 ? 0.1 : 0.11)
                channel.advance(to: arrival)
                _ = channel.receive(
                    link: 0, handle: Int32(index), length: 171, heading: DataHeading(datagram), arrival: arrival)
            }
            channel.advance(to: at(1))
            return channel.take().sorted { $0.index < $1.index }.map(\.departure.verdict)
        }
        #expect(try verdicts(moment: 0) == Array(repeating: .delivered, count: 20))
        #expect(try verdicts(moment: DataDatagram.unstated).filter { $0 == .delivered }.count == 15)
    }

    @Test func payloadBitsDrainAtCapacityWithinTheBudgetOfTheirImage() throws {
        var channel = try role()
        // 20 slices of 125 bytes: 1 ms each, exactly the 20 ms budget; the 21st is cut at the deadline.
        for index in 0..<21 {
            #expect(
                channel.receive(
                    link: 0, handle: Int32(index), length: 167, heading: try heading(0, UInt16(index), bytes: 125),
                    arrival: at(0.1)))
        }
        channel.advance(to: at(1))
        let left = channel.take().sorted { $0.index < $1.index }
        #expect(left.map(\.departure.verdict) == Array(repeating: .delivered, count: 20) + [.expired])
        #expect(left[19].departure.due == at(0.12))
        #expect(
            left.map(\.index) == (0..<21).map { UInt16($0) }
                && left.allSatisfy { $0.image == 0 && $0.section == .slice })
        // The next image has a budget of its own.
        _ = channel.receive(
            link: 0, handle: 0, length: 167, heading: try heading(1, 0, bytes: 125, section: .preamble), arrival: at(1))
        channel.advance(to: at(2))
        let next = channel.take()
        #expect(next.map(\.departure.due) == [at(1.001)] && next[0].section == .preamble && next[0].image == 1)
    }

    @Test func wireBitsCountSealAndHeaders() throws {
        var channel = try role {
            $0.accounting = .wire
            $0.overheadBytes = 28
        }
        _ = channel.receive(link: 0, handle: 0, length: 97, heading: try heading(0, 0, bytes: 55), arrival: at(0))
        channel.advance(to: at(1))
        #expect(channel.take().map(\.departure.due) == [at(0.001)])
    }

    @Test func everyBlockIsWrittenAndTold() throws {
        var channel = try role {
            $0.fading = .rayleigh
            $0.coherence = .milliseconds(20)
        }
        channel.advance(to: at(-1))
        #expect(channel.actions.isEmpty && channel.nextInstant == origin)
        var told: [ChannelReport] = []
        var clock = origin
        while clock < at(1) {
            channel.advance(to: clock)
            told += channel.reports()
            clock = channel.nextInstant!
        }
        #expect(told.map(\.block) == (0..<50).map { UInt64($0) })
        #expect(
            told.allSatisfy {
                $0.duration == .milliseconds(20) && $0.start == origin + .milliseconds(Double($0.block) * 20)
            })
        #expect(Set(told.map(\.capacity)).count == 50)
        // A node that was busy for 0.1 s writes every block but tells the one in force only.
        channel.advance(to: at(1.1))
        let actions = channel.actions
        #expect(channel.blocks().map(\.number) == [50, 51, 52, 53, 54, 55])
        #expect(actions.filter { if case .tell = $0 { true } else { false } }.count == 1)
    }

    @Test func manyLinksKeepTheirOwnTime() throws {
        let names = (0..<300).map { "link \($0)" }
        var channel = try role(names, budget: 10)
        var random = RandomStream(seed: 1, name: "test")
        var arrivals: [(Int, Instant)] = (0..<3000).map { _ in (Int(random.next() % 300), at(random.uniform())) }
        arrivals.sort { $0.1 < $1.1 }
        for (index, (link, instant)) in arrivals.enumerated() {
            channel.advance(to: instant)
            _ = channel.receive(
                link: link, handle: Int32(index), length: 167, heading: try heading(0, 0, bytes: 125), arrival: instant)
        }
        channel.advance(to: at(3))
        let left = channel.take()
        #expect(Set(left.map(\.departure.packet.handle)).count == 3000)
        for leaving in left {
            #expect(arrivals[Int(leaving.departure.packet.handle)].0 == leaving.link)
            #expect(leaving.departure.due >= leaving.departure.packet.arrival + .milliseconds(1))
        }
    }

    @Test func aBandIsSharedByItsLinks() throws {
        let names = ["a", "b"]
        let configurations = names.map { LinkConfiguration(name: $0, bandwidth: 1e6, meanSNR: 1) }
        var channel = ChannelRole(
            name: "channel", routes: names.map { .init(name: $0, transmitter: $0, band: "air") },
            configurations: configurations,
            bands: [Band(name: "air", bandwidth: 1e6, scheduler: .roundRobin)], budget: .seconds(10))
        try channel.start(origin: origin, seed: 1)
        for index in 0..<100 {
            for link in 0..<2 {
                _ = channel.receive(
                    link: link, handle: Int32(index * 2 + link), length: 167,
                    heading: try heading(0, UInt16(index), bytes: 125), arrival: origin)
            }
        }
        channel.advance(to: at(0.1))
        let left = channel.take()
        #expect(abs(left.filter { $0.link == 0 }.count - 50) <= 1 && abs(left.filter { $0.link == 1 }.count - 50) <= 1)
        channel.advance(to: at(0.2001))
        #expect(channel.take().count == 100, "no time is lost between the two")
    }

    @Test func theAgendaAlwaysNamesTheEarliest() {
        var agenda = IndexedHeap(count: 50)
        #expect(agenda.first == nil)
        var random = RandomStream(seed: 2, name: "agenda")
        var plain = [Int64](repeating: .max, count: 50)
        for _ in 0..<5000 {
            let entry = Int(random.next() % 50)
            plain[entry] = random.next() % 5 == 0 ? .max : Int64(random.next() % 1000)
            agenda.set(entry, Instant(nanoseconds: plain[entry]))
            #expect(agenda.first?.instant.nanoseconds ?? .max == plain.min()!)
        }
    }
}
