import Adaptation
import Declarations
import Foundation
import TestSupport
import Testing

@testable import Topologies

@Suite struct TopologyTests {
    func problems(_ yaml: String, overrides: [String] = []) -> [Problem] {
        do {
            _ = try Topology(yaml: yaml, path: ExampleTopology.folder + "/test.yaml", overrides: overrides)
            return []
        } catch {
            return (error as? TopologyError)?.problems ?? [Problem(file: "", line: nil, key: "", message: "\(error)")]
        }
    }

    @Test func layoutsAreNoneBytesOrAuto() throws {
        func layout(_ value: String) throws -> LayoutSize {
            try Topology(
                yaml: ExampleTopology.yaml, path: ExampleTopology.folder + "/test.yaml",
                overrides: ["scheme.layout=\(value)"]
            ).scheme.layout
        }
        #expect(try layout("none") == .none && layout("auto") == .auto && layout("64") == .most(64))
        for wrong in ["3", "plenty", "5000"] {
            #expect(
                problems(ExampleTopology.yaml, overrides: ["scheme.layout=\(wrong)"]).contains {
                    $0.key == "scheme.layout" && $0.message.contains(wrong)
                })
        }
        #expect(!problems(ExampleTopology.yaml, overrides: ["scheme.layout=auto", "images.preencoded=true"]).isEmpty)
    }

    @Test func aToleranceReachesTheOptimumAndIsBounded() throws {
        func constraints(_ overrides: [String]) throws -> Constraints {
            try Topology(yaml: ExampleTopology.yaml, path: ExampleTopology.folder + "/test.yaml", overrides: overrides)
                .scheme.constraints
        }
        #expect(try constraints([]).tolerance == Constraints.usualTolerance)
        #expect(try constraints(["scheme.tolerance=0"]).tolerance == 0)
        #expect(try constraints(["scheme.prefer=region", "scheme.regionAlpha=0.4"]).regionAlpha == 0.4)
        let chosen = try constraints(["scheme.tolerance=5 %", "scheme.prefer=quality"])
        #expect(abs(chosen.tolerance - 0.05) < 1e-12 && chosen.preference == .quality)
        for (key, wrong) in [("tolerance", "60 %"), ("tolerance", "-1 %"), ("prefer", "most")] {
            let found = problems(ExampleTopology.yaml, overrides: ["scheme.\(key)=\(wrong)"])
            #expect(found.contains { $0.key == "scheme.\(key)" })
        }
    }

    @Test func readsUnitsAndDefaults() throws {
        let topology = try Topology(yaml: ExampleTopology.yaml, path: ExampleTopology.folder + "/test.yaml")
        #expect(topology.name == "test")
        #expect(topology.links[0].channel.bandwidth == 1e6)
        #expect(topology.links[0].channel.snr == -1)
        #expect(topology.links[0].channel.coherence == 0.2)
        #expect(topology.scheme.budget == 0.02)
        #expect(topology.scheme.alphaMax == 0.8)
        #expect(topology.images.folder == ExampleTopology.folder + "/Photos")
        #expect(topology.seed == 1)
    }

    @Test func captionsFromAProgram() throws {
        let plain = try Topology(yaml: ExampleTopology.yaml, path: ExampleTopology.folder + "/test.yaml").scheme
        #expect(plain.caption == .either && plain.captioner == nil && plain.guidance == nil)
        let asked = try Topology(
            yaml: ExampleTopology.yaml + "\n  captioner: python3 blip.py\n  captionerLimit: 3 s",
            path: ExampleTopology.folder + "/test.yaml"
        ).scheme
        #expect(
            asked.caption == .captioner && asked.captioner == CaptionerSettings(command: "python3 blip.py", patience: 3)
        )
        #expect(problems(ExampleTopology.yaml + "\n  caption: captioner").map(\.key) == ["scheme.captioner"])
        #expect(
            problems(ExampleTopology.yaml + "\n  captioner: ./c\n  caption: label").map(\.key) == ["scheme.caption"])
    }

    @Test func resolvedCopyReadsTheSame() throws {
        var first = try Topology(
            yaml: ExampleTopology.yaml, path: ExampleTopology.folder + "/test.yaml", overrides: ["links.up.snr=3 dB"],
            seed: 77)
        var second = try Topology(yaml: first.resolvedYAML, path: "/elsewhere/resolved.yaml")
        #expect(second.seed == 77)
        #expect(second.links[0].channel.snr == 3)
        #expect(first.resolvedYAML == second.resolvedYAML)
        (first.resolvedYAML, second.resolvedYAML) = ("", "")
        #expect(first == second)
    }

    @Test(arguments: [
        ("bandwidth: 1 MHz", "bandwith: 1 MHz", "links.up.bandwith", "nearest: 'bandwidth'", 7),
        ("model: rayleigh", "model: raylegh", "links.up.model", "nearest: 'rayleigh'", 7),
        ("bandwidth: 1 MHz", "bandwidth: 0 Hz", "links.up.bandwidth", "more than 0", 7),
        ("bandwidth: 1 MHz", "bandwidth: 1 MHzz", "links.up.bandwidth", "nearest unit: 'MHz'", 7),
        ("budget: 20 ms", "budget: 20", "scheme.budget", "the unit is missing", 9),
        ("role: receiver", "role: reciever", "nodes.b.role", "nearest: 'receiver'", 5),
        ("to: b,", "to: c,", "links.up.to", "no node is called 'c'", 7),
        ("from: a,", "from: b,", "links.up.from", "expected a transmitter", 7),
        (", coherence: 200 ms", "", "links.up.coherence", "is missing", 7),
        ("model: rayleigh", "model: awgn, riceFactor: 3 dB", "links.up.riceFactor", "no meaning for model 'awgn'", 7),
        ("folder: Photos", "folder: Fotos", "images.folder", "is no folder", 1),
    ])
    func namesTheMistake(_ from: String, _ to: String, _ key: String, _ words: String, _ line: Int) {
        let found = problems(ExampleTopology.yaml.replacingOccurrences(of: from, with: to))
        #expect(
            found.contains { $0.key == key && $0.message.contains(words) && $0.line == line },
            "\(found.map(\.description))")
    }

    @Test func findsEveryMistakeInOneGo() {
        let text = ExampleTopology.yaml.replacingOccurrences(of: "bandwidth", with: "bandwith").replacingOccurrences(
            of: "budget: 20 ms", with: "bugdet: 20 ms"
        )
        .replacingOccurrences(of: "count: 2", with: "count: none")
        #expect(Set(problems(text).map(\.key)) == ["links.up.bandwith", "scheme.bugdet", "images.count"])
    }

    @Test func misspeltOverrideIsNamed() {
        let found = problems(ExampleTopology.yaml, overrides: ["links.up.sn=3 dB"])
        #expect(
            found.contains { $0.key == "links.up.sn" && $0.line == nil && $0.message.contains("nearest: 'snr'") },
            "\(found)")
        #expect(!problems(ExampleTopology.yaml, overrides: ["nonsense"]).isEmpty)
    }

    @Test(arguments: ["", "just text", "a: [1\nb: 2", "a: 1\na: 2", "- 1\n- 2", "{}"])
    func refusesWhatIsNoTopology(_ yaml: String) {
        #expect(!problems(yaml).isEmpty)
    }

    @Test func eventsAndExpectations() throws {
        let text =
            ExampleTopology.yaml + """

                events:
                  - {at: 2 s, set: {links.up.snr: 3 dB}}
                  - {at: 3 s, kill: b}
                  - {at: 4 s, flap: up, duration: 500 ms}
                sweep:
                  links.up.snr: {from: 0 dB, to: 10 dB, step: 5 dB}
                  scheme.budget: [10 ms, 20 ms]
                  repetitions: 3
                expect:
                  delivered: all
                  gvif: ">= 0.5"
                  latencyP99: "<= 30 ms"
                """
        let topology = try Topology(yaml: text, path: ExampleTopology.folder + "/test.yaml")
        #expect(topology.events.map(\.at) == [2, 3, 4])
        #expect(topology.events[0].kind == .set(key: "links.up.snr", value: "3 dB"))
        #expect(topology.sweep?.axes.map(\.values) == [["0 dB", "5 dB", "10 dB"], ["10 ms", "20 ms"]])
        #expect(topology.sweep?.repetitions == 3)
        #expect(topology.expectations.map(\.figure) == ["deliveredShare", "gvif", "latencyP99"])
        #expect(topology.expectations[2].holds(0.029))
        #expect(!problems(text.replacingOccurrences(of: "kill: b", with: "kill: x")).isEmpty)
        #expect(!problems(text.replacingOccurrences(of: "gvif:", with: "gviff:")).isEmpty)
        #expect(!problems(text.replacingOccurrences(of: "links.up.snr: 3", with: "links.up.snt: 3")).isEmpty)
    }

    @Test func copiesAndMergeKeys() throws {
        let text = """
            images: {folder: Photos}
            nodes:
              {cam: {role: transmitter, copies: 3}, air: {role: channel}, hub: {role: receiver},
               one: {role: transmitter}}
            links:
              up: &up {from: cam, through: air, to: hub, bandwidth: 1 MHz, snr: 5 dB}
              single: {<<: *up, from: one, snr: 9 dB}
            """
        let topology = try Topology(yaml: text, path: ExampleTopology.folder + "/test.yaml")
        #expect(topology.nodes.map(\.name) == ["cam1", "cam2", "cam3", "air", "hub", "one"])
        #expect(topology.links.map(\.name) == ["up1", "up2", "up3", "single"])
        #expect(
            topology.links[3].channel.snr == 9 && topology.links[3].channel.bandwidth == 1e6
                && topology.links[3].through == "air")
        #expect(topology.routes["cam2"]?.first.name == "up2")
    }

    @Test func schemaIsJSONAndKnowsTheKeys() throws {
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(Topology.schema().utf8)) as? [String: Any])
        let properties = try #require(object["properties"] as? [String: Any])
        #expect(
            Set(properties.keys).isSuperset(of: ["images", "nodes", "links", "scheme", "events", "sweep", "expect"]))
    }
}
