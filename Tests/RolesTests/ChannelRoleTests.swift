import Channels
import Determinism
import Testing

@testable import Records
@testable import Roles
@testable import Topologies
@testable import Wire

private let origin = Instant(nanoseconds: 5_000_000_000)
private func at(_ seconds: Double) -> Instant { origin + .seconds(seconds) }

/// A role with links of 1 Mbit/s and a budget of 20 ms, started at `origin`.
private func role(
    _ names: [String] = ["uplink"], budget: Double = 0.02, _ change: (inout LinkConfiguration) -> Void = { _ in }
) throws -> ChannelRole {
    let configurations = names.map { name in
        var configuration = LinkConfiguration(name: name, bandwidth: 1e6, meanSNR: 1)
        change(&configuration)
        return configuration
    }
    var role = ChannelRole(
        name: "channel", routes: names.map { .init(name: $0, transmitter: "tx") }, configurations: configurations,
        budget: .seconds(budget))
    try role.start(origin: origin, seed: 1)
    return role
}

private func heading(
    _ image: UInt32, _ index: UInt16, bytes: Int, section: DataDatagram.Section = .slice
) throws -> DataHeading {
    try DataHeading(
        plaintext: DataDatagram(
            image: image, section: section, index: index, count: 1000, bytes: [UInt8](repeating: 0, count: bytes)
        ).serialised())
}

extension ChannelRole {
    fileprivate mutating func take() -> [Leaving] {
        defer { departures = [] }
        return departures
    }
    fileprivate mutating func reports() -> [ChannelReport] {
        defer { actions = [] }
        return actions.compactMap { if case .tell(.channelReport(let report)) = $0 { report } else { nil } }
    }
    fileprivate mutating func blocks() -> [BlockRecord] {
        defer { actions = [] }
        return actions.compactMap { if case .record(.block(let block)) = $0 { block } else { nil } }
    }
}

extension ChannelSettings {
    fileprivate static var plain: ChannelSettings {
        ChannelSettings(
            model: .awgn, bandwidth: 1e6, snr: 0, coherence: nil, riceFactor: 6, shape: 1, doppler: 10,
            correlation: 0.9, shadowing: 0, shadowingBlocks: 10,
            profile: .a, delaySpread: 1e-7, trace: nil, traceFormat: .mahimahi, loss: 0, corruption: 0, duplication: 0,
            reordering: 0, reorderingDistance: 3,
            reorderingPatience: 0.02, delay: 0, jitter: 0, burst: nil, queueBytes: nil, queuePackets: nil,
            queue: .dropTail)
    }
}

@Suite struct ChannelRoleTests {
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

    /// Killed and started again, a channel goes on in the block that would hold now; the fates of packets are new ones.
    @Test(arguments: [
        Channels.FadingModel.rayleigh, .gaussMarkov(correlation: 0.9), .jakes(doppler: 30), .nakagami(shape: 2),
    ])
    func aRestartedChannelGoesOnWhereItWouldBe(_ fading: Channels.FadingModel) throws {
        func made() throws -> ChannelRole {
            var configuration = LinkConfiguration(name: "uplink", bandwidth: 1e6, meanSNR: 1)
            configuration.fading = fading
            configuration.coherence = .milliseconds(10)
            configuration.loss = 0.5
            return ChannelRole(
                name: "channel", routes: [.init(name: "uplink", transmitter: "tx")], configurations: [configuration],
                budget: .seconds(1))
        }
        var first = try made(), second = try made()
        try first.start(origin: origin, seed: 1, now: at(-0.02))
        first.advance(to: at(2.0))
        try second.start(origin: origin, seed: 1, epoch: 1, now: at(1.234))
        second.advance(to: at(2.0))
        let (whole, rest) = (first.blocks(), second.blocks())
        #expect(whole.map(\.number) == Array(0...200) && rest.map(\.number) == Array(123...200))
        #expect(rest == Array(whole.suffix(78)))
        var fates: [[PacketVerdict]] = []
        for channel in [first, second] {
            var channel = channel
            for index in 0..<64 {
                _ = channel.receive(
                    link: 0, handle: 0, length: 50, heading: try heading(0, UInt16(index), bytes: 1), arrival: at(2))
            }
            channel.advance(to: at(2.9))
            fates.append(channel.take().sorted { $0.index < $1.index }.map(\.departure.verdict))
        }
        #expect(fates[0].count == 64 && fates[1].count == 64 && fates[0] != fates[1])
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

    /// Every value of a link can change while it runs.
    @Test func anyValueOfALinkCanChange() throws {
        var settings = ChannelSettings.plain
        #expect(settings.set("riceFactor", "3 dB") == nil && settings.riceFactor == 3)
        #expect(settings.set("riceFactor", "banana") == "a level such as '6 dB', at least -60 dB, at most 60 dB")
        #expect(
            settings.set("model", "ricean") == "one of awgn, rayleigh, rice, nakagami, jakes, gaussMarkov, tdl, trace")
        var channel = ChannelRole(
            name: "channel", routes: [.init(name: "uplink", transmitter: "tx")],
            configurations: [LinkConfiguration(name: "uplink", bandwidth: 1e6, meanSNR: 1)],
            settings: [.plain], budget: .seconds(0.02))
        try channel.start(origin: origin, seed: 1)
        channel.advance(to: at(0.001))
        #expect(channel.blocks().map(\.capacity) == [1e6])
        func set(_ quantity: String, _ value: String, at instant: Double) throws {
            try channel.adjust(
                Adjustment(link: "uplink", quantity: quantity, value: value, at: at(instant)), now: at(instant))
        }
        try set("coherence", "10 ms", at: 0.015)
        #expect(channel.blocks().map(\.number) == [1])
        try set("model", "rayleigh", at: 0.025)
        channel.advance(to: at(0.055))
        let blocks = channel.blocks()
        #expect(blocks.map(\.number) == [2, 3, 4, 5] && Set(blocks.map(\.capacity)).count == 4)
        for (quantity, value) in [
            ("queuePackets", "5"), ("queue", "dropHead"), ("burst.enter", "5 %"), ("reordering", "0.1"),
            ("reorderingDistance", "7"), ("snr", "3 dB"), ("shadowing", "4 dB"),
        ] {
            try set(quantity, value, at: 0.056)
        }
        #expect(throws: ChannelError.self) { try set("queue", "banana", at: 0.057) }
        #expect(throws: ChannelError.self) { try set("colour", "red", at: 0.057) }
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

    @Test func eventsChangeARunningLink() throws {
        var channel = try role()
        channel.advance(to: origin)
        _ = channel.reports()
        try channel.adjust(
            Adjustment(link: "uplink", quantity: "snr", value: "4.771212547196624 dB", at: at(0.5)), now: at(0.5))
        let report = try #require(channel.reports().first)
        #expect(abs(report.capacity - 2e6) < 1 && abs(report.snr - 3) < 1e-9)
        try channel.adjust(Adjustment(link: "uplink", quantity: "down", value: "yes", at: at(1)), now: at(1))
        #expect(channel.reports().first?.capacity == 0)
        _ = channel.receive(link: 0, handle: 0, length: 100, heading: try heading(0, 0, bytes: 50), arrival: at(1.001))
        channel.advance(to: at(1.1))
        #expect(channel.take().map(\.departure.verdict) == [.expired])
        #expect(throws: ChannelError.self) {
            try channel.adjust(Adjustment(link: "uplink", quantity: "colour", value: "red", at: at(2)), now: at(2))
        }
        #expect(throws: ChannelError.self) {
            try channel.adjust(Adjustment(link: "uplink", quantity: "loss", value: "150 %", at: at(2)), now: at(2))
        }
    }

    @Test func aRestartedTransmitterBeginsItsImagesAnew() throws {
        var channel = try role()
        _ = channel.receive(link: 0, handle: 0, length: 100, heading: try heading(7, 0, bytes: 50), arrival: at(0))
        channel.advance(to: at(5))
        channel.renew(link: 0)
        _ = channel.receive(link: 0, handle: 1, length: 100, heading: try heading(7, 0, bytes: 50), arrival: at(5))
        channel.advance(to: at(6))
        #expect(channel.take().map(\.departure.verdict) == [.delivered, .delivered])
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
        var agenda = Agenda(count: 50)
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
