import Channels
import Determinism
import Testing
import Wire

@testable import Records
@testable import Roles
@testable import Topologies
@testable import Wire

/// A channel that goes on after a restart or under other values.
@Suite struct ChannelChangeTests: ChannelRoleFixture {
    /// Killed and started again, a channel goes on in the block that would hold now; the fates of packets are new ones.
    @Test(arguments: [
        FadingModel.rayleigh, .gaussMarkov(correlation: 0.9), .jakes(doppler: 30), .nakagami(shape: 2),
    ])
    func aRestartedChannelGoesOnWhereItWouldBe(_ fading: FadingModel) throws {
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

    /// Every value of a link can change while it runs.
    @Test func anyValueOfALinkCanChange() throws {
        var settings = ChannelSettings.plain
        #expect(settings.set("riceFactor", "3 dB") == nil && settings.riceFactor == 3)
        #expect(settings.set("riceFactor", "banana") == "a level such as '6 dB', at least -60 dB, at most 60 dB")
        #expect(
            settings.set("model", "ricean")
                == "one of \(ChannelModel.allCases.map(\.rawValue).joined(separator: ", "))")
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
}
