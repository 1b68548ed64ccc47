import TestSupport
import Testing

@testable import Topologies

/// One row a quantity: what a topology file refuses, timed events and live requests refuse.
@Suite struct ChannelQuantityTests {
    /// A value beyond each quantity's bounds, and one within.
    static let cases: [(key: String, beyond: String, within: String)] = [
        ("bandwidth", "0 Hz", "2 MHz"), ("snr", "101 dB", "-100 dB"), ("riceFactor", "61 dB", "-60 dB"),
        ("shape", "0.4", "2"),
        ("doppler", "-1 Hz", "50 Hz"), ("correlation", "1.1", "0.5"), ("shadowing", "41 dB", "4 dB"),
        ("shadowingBlocks", "-1", "5"), ("delaySpread", "-1 ns", "30 ns"), ("coherence", "100 ns", "5 ms"),
        ("loss", "1.5", "50 %"),
        ("corruption", "-0.1", "0.1"), ("duplication", "2", "0.1"), ("reordering", "nan", "0.1"),
        ("reorderingDistance", "0", "4096"),
        ("reorderingPatience", "3601 s", "1 s"), ("delay", "3601 s", "1 ms"), ("jitter", "-1 ms", "1 ms"),
        ("burst.enter", "1.1", "0.1"), ("burst.leave", "1.1", "0.1"), ("burst.good", "1.1", "0.1"),
        ("burst.bad", "-1", "0.1"),
        ("queueBytes", "0.5 B", "4 kB"), ("queuePackets", "0", "7"),
    ]

    @Test func theTableHasThemAll() {
        #expect(ChannelQuantity.all.map(\.key).sorted() == Self.cases.map(\.key).sorted())
    }

    @Test(arguments: cases)
    func filesEventsAndRequestsAgree(_ key: String, _ beyond: String, _ within: String) throws {
        let topology = try Topology(yaml: ExampleTopology.yaml, path: ExampleTopology.folder + "/test.yaml")
        let quantity = try #require(ChannelQuantity.all.first { $0.key == key })
        // Values that belong to one model are read under it.
        let model = [
            "riceFactor": "rice", "shape": "nakagami", "doppler": "jakes", "correlation": "gaussMarkov",
            "delaySpread": "tdl",
        ][key]
        func file(_ value: String) -> String? {
            let overrides =
                ["links.up.\(key)=\(value)"] + (model.map { ["links.up.model=\($0)"] } ?? [])
                + (model == "jakes" || model == "tdl" ? ["links.up.doppler=\(key == "doppler" ? value : "10 Hz")"] : [])
            do {
                _ = try Topology(
                    yaml: ExampleTopology.yaml, path: ExampleTopology.folder + "/test.yaml", overrides: overrides)
                return nil
            } catch { return "\(error)" }
        }
        var settings = topology.links[0].channel
        let before = settings
        #expect(settings.set(key, beyond) == quantity.expectation && settings == before)
        #expect(file(beyond)?.contains("links.up.\(key)") == true, "\(file(beyond) ?? "accepted")")
        #expect(settings.set(key, within) == nil && settings != before)
        #expect(file(within) == nil, "\(file(within) ?? "")")
        let request = LiveRequest(key: "links.up.\(key)", value: beyond)
        #expect(throws: InputError.self) { try request.check(against: topology) }
        let fitting = LiveRequest(key: "links.up.\(key)", value: within)
        try fitting.check(against: topology)
    }
}
