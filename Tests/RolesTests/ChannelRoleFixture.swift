import Channels
import Determinism

@testable import Records
@testable import Roles
@testable import Topologies
@testable import Wire

/// What tests of the channel's role share.
protocol ChannelRoleFixture {}

extension ChannelRoleFixture {
    var origin: Instant { Instant(nanoseconds: 5_000_000_000) }
    func at(_ seconds: Double) -> Instant { origin + .seconds(seconds) }

    /// A role with links of 1 Mbit/s and a budget of 20 ms, started at `origin`.
    func role(
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

    func heading(
        _ image: UInt32, _ index: UInt16, bytes: Int, section: DataDatagram.Section = .slice
    ) throws -> DataHeading {
        try DataHeading(
            plaintext: DataDatagram(
                image: image, section: section, index: index, count: 1000, bytes: [UInt8](repeating: 0, count: bytes)
            ).serialised())
    }
}

extension ChannelRole {
    mutating func take() -> [Leaving] {
        defer { departures = [] }
        return departures
    }
    mutating func reports() -> [ChannelReport] {
        defer { actions = [] }
        return actions.compactMap { if case .tell(.channelReport(let report)) = $0 { report } else { nil } }
    }
    mutating func blocks() -> [BlockRecord] {
        defer { actions = [] }
        return actions.compactMap { if case .record(.block(let block)) = $0 { block } else { nil } }
    }
}

extension ChannelSettings {
    static var plain: ChannelSettings {
        var settings = ChannelSettings()
        settings.snr = 0
        settings.doppler = 10
        settings.delaySpread = 1e-7
        return settings
    }
}
