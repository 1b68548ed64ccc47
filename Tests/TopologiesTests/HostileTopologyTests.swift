import Declarations
import Foundation
import TestSupport
import Testing

@testable import Topologies

/// Topologies that no person writes, and some that one might: each ends in a topology or in lines that name the key.
@Suite struct HostileTopologyTests {
    private func problems(_ yaml: String, overrides: [String] = []) -> [String] {
        do {
            _ = try Topology(yaml: yaml, path: ExampleTopology.folder + "/test.yaml", overrides: overrides)
            return []
        } catch { return (error as? TopologyError)?.problems.map { "\($0)" } ?? ["\(error)"] }
    }

    @Test(arguments: [
        "links.up.coherence=1e12 s", "scheme.budget=1e12 s", "images.interval=1e12 s", "scheme.inpaintBudget=1e12 s",
        "timing.limit=1e12 s", "timing.declared.encode=1e12 s", "timing.declared.encode=-1 s",
        "links.up.bandwidth=1e300 Hz",
        "links.up.queueBytes=1e300 B", "links.up.snr=1e19 dB", "scheme.budget=nan s", "scheme.budget=inf s",
        "scheme.budget=-3 ms",
        "scheme.alpha=nan", "scheme.visualNoise=inf", "timing.spin=-1 ms", "links.up.delay=1e19 s",
        "links.up.loss=-5 %",
        "scheme.budget=1e-400 s", "links.up.bandwidth=0x1p9999 Hz",
    ])
    func numbersHaveBounds(_ override: String) {
        let found = problems(ExampleTopology.yaml, overrides: [override])
        let key = override.split(separator: "=")[0]
        #expect(found.count == 1 && found[0].contains(key), "\(override): \(found)")
        #expect(found.allSatisfy { $0.contains("expected") || $0.contains("is not") }, "\(override): \(found)")
    }

    @Test func delaySpreadsAndEventsHaveBounds() {
        let tdl = ExampleTopology.yaml.replacingOccurrences(
            of: "model: rayleigh", with: "model: tdl, delaySpread: 1e300 s")
        #expect(problems(tdl).contains { $0.contains("delaySpread") })
        for event in ["{at: 1e12 s, set: {links.up.snr: 3 dB}}", "{at: 1 s, flap: up, duration: 1e12 s}"] {
            #expect(problems(ExampleTopology.yaml + "\nevents: [\(event)]").count == 1, Comment(rawValue: event))
        }
        for range in [
            "{from: 0 dB, to: 1e19 dB, step: 1 dB}", "{from: 0 dB, to: 9 dB, step: 1e-300 dB}",
            "{from: 1e999 dB, to: 9 dB, step: 1 dB}",
        ] {
            let found = problems(ExampleTopology.yaml + "\nsweep: {links.up.snr: \(range)}")
            #expect(found.count == 1 && found[0].contains("sweep.links.up.snr"), "\(range): \(found)")
        }
        #expect(problems(ExampleTopology.yaml + "\nexpect: {psnr: '>= nan'}").count == 1)
    }

    @Test func valuesSetWhileARunGoesOnHaveTheSameBounds() throws {
        var channel = try Topology(yaml: ExampleTopology.yaml, path: ExampleTopology.folder + "/test.yaml").links[0]
            .channel
        let before = channel
        for (key, value) in [
            ("snr", "1e19 dB"), ("bandwidth", "1e300 Hz"), ("coherence", "1e12 s"), ("queueBytes", "1e300 B"),
            ("delaySpread", "1e300 s"),
            ("queuePackets", "99999999999"), ("riceFactor", "nan dB"), ("loss", "-1 %"), ("shape", "nan"),
        ] {
            #expect(channel.set(key, value) != nil, "\(key) = \(value)")
        }
        #expect(channel == before)
    }

    @Test func aliasesOfAliasesAreCounted() {
        var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...30 {
            bomb +=
                "a\(level): &a\(level) [" + [String](repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
                + "]\n"
        }
        let found = problems(bomb + ExampleTopology.yaml)
        #expect(found.count == 1 && found[0].contains("more than \(YAMLTree.most) values"), "\(found)")
        let merged = (1...40).map { "m\($0): &m\($0) {<<: [*m\($0 - 1), *m\($0 - 1)]}\n" }.joined()
        #expect(problems("m0: &m0 {x: 1}\n" + merged + ExampleTopology.yaml).count == 1)
        let deep = String(repeating: "[", count: 500) + String(repeating: "]", count: 500)
        #expect(problems(ExampleTopology.yaml + "\nsweep: \(deep)").count == 1)
    }

    @Test func mutatedTopologies() {
        let whole = """
            \(ExampleTopology.yaml)
              alpha: 0.5
              rate: 4
            timing: {limit: 30 s, declared: {encode: 5 ms}}
            events: [{at: 2 s, set: {links.up.snr: 3 dB}}]
            sweep: {links.up.snr: {from: 0 dB, to: 4 dB, step: 2 dB}, scheme.budget: [10 ms, 20 ms], repetitions: 2}
            expect: {delivered: all, gvif: '>= 0.5'}
            """
        let spice = [
            "1e12 s", "-1", "1e300", "nan", "inf", "-9223372036854775808", "9223372036854775807",
            "99999999999999999999", "1e19 dB",
            "[]", "{}", "*a", "&a", "!!binary x", "<<", "~", "\"", "'", "0x10", "1_000", ": ", "- ", "\t", "\u{0}",
            "\u{FEFF}", "|", "%", "#",
        ].map { Array($0.utf8) }
        let count = environmentSaysAll() ? 100_000 : 1500
        var random = Mutation(seed: 11)
        for _ in 0..<count {
            let bytes = random.mutated(Array(whole.utf8), spice: spice)
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(problems(text).allSatisfy { !$0.contains("\n") }, Comment(rawValue: text))
        }
    }
}
