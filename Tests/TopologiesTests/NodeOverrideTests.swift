import Declarations
import Foundation
import TestSupport
import Testing

@testable import Topologies

/// What stands at a node against what the topology says for all.
@Suite struct NodeOverrideTests {
    static let yaml = """
        images: {folder: Photos, count: 4, interval: 1 s}
        nodes:
          gate:
            role: transmitter
            budget: 15 ms
            scheme: {alphaMax: 0.6, captioner: echo gate}
            images: {count: 2, first: 3}
          yard: {role: transmitter, copies: 2, scheme: vae}
          air: {role: channel}
          desk: {role: receiver, inpaint: harmonic, scheme: {steps: 7}}
          loft: {role: receiver}
        links:
          one: {from: gate, through: air, to: [desk, loft], bandwidth: 1 MHz, snr: 6 dB}
          two: {from: yard, through: air, to: desk, bandwidth: 1 MHz, snr: 6 dB}
        scheme: {budget: 40 ms, alphaMax: 0.7, lowestRate: 3, inpaint: layout, caption: label}
        """
    static let path = ExampleTopology.folder + "/test.yaml"

    func read(_ yaml: String = yaml, _ overrides: [String] = []) throws -> Topology {
        try Topology(yaml: yaml, path: Self.path, overrides: overrides)
    }

    func problems(_ yaml: String, _ overrides: [String] = []) -> [Problem] {
        do {
            _ = try read(yaml, overrides)
            return []
        } catch { return (error as? TopologyError)?.problems ?? [] }
    }

    @Test func aNodesKeysTakeThePlaceOfTheTopologys() throws {
        let topology = try read()
        let (gate, yard) = (topology.scheme(of: "gate"), topology.scheme(of: "yard2"))
        #expect(gate.budget == 0.015 && gate.alphaMax == 0.6 && gate.lowestRate == 3 && gate.kind == .proposed)
        // A captioner is asked, though the topology's captions come from the label.
        #expect(gate.caption == .captioner && gate.captioner?.command == "echo gate")
        #expect(yard.budget == 0.04 && yard.alphaMax == 0.7 && yard.kind == .vae && yard.caption == .label)
        #expect(topology.images(of: "gate").count == 2 && topology.images(of: "gate").first == 3)
        #expect(topology.images(of: "gate").interval == 1 && topology.images(of: "yard1").count == 4)
        #expect(topology.nodes(named: "yard").map(\.name) == ["yard1", "yard2"])
    }

    @Test func aReceiverFillsInItsOwnWayAndElseAsTheTransmitterSays() throws {
        let topology = try read(Self.yaml, ["nodes.yard.inpaint=none"])
        let fillings = topology.fillings
        #expect(fillings["desk"]?["gate"]?.inpaint == "harmonic" && fillings["desk"]?["yard1"]?.inpaint == "harmonic")
        #expect(fillings["loft"]?["gate"]?.inpaint == "layout" && fillings["loft"]?["yard1"] == nil)
        #expect(fillings["desk"]?["gate"]?.steps == 7 && fillings["desk"]?["gate"]?.alphaMax == 0.6)
        #expect(topology.scheme(of: "yard1").inpaint == "none")
    }

    @Test func aClassifierOfOnesOwn() throws {
        let names = NSTemporaryDirectory() + "names-\(UUID().uuidString).txt"
        try "cat\n".write(toFile: names, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: names) }
        let topology = try read(
            Self.yaml,
            ["nodes.gate.classifier=small-resnet", "nodes.gate.classNames=\(names)", "models.classNames=\(names)"])
        #expect(topology.models(of: "gate").classifier?.hasSuffix(".safetensors") == true)
        #expect(topology.models(of: "gate").classNames == names)
        #expect(topology.models(of: "yard1") == topology.models)
    }

    @Test(arguments: [false, true]) func theResolvedCopyReadsTheSame(_ outcome: Bool) throws {
        let first = try read(Self.yaml, ["nodes.gate.scheme.objective=weighted"])
        let text = outcome ? first.outcomeYAML : first.resolvedYAML
        let second = try Topology(yaml: text, path: "/elsewhere/resolved.yaml")
        for name in ["gate", "yard1", "yard2"] {
            #expect(second.scheme(of: name) == first.scheme(of: name))
            #expect(second.images(of: name) == first.images(of: name))
        }
        #expect(second.fillings == first.fillings)
        if !outcome {
            #expect(second.nodes == first.nodes && second.resolvedYAML == first.resolvedYAML)
            // What a node does not state can still be changed for all.
            let changed = try Topology(yaml: text, path: "/resolved.yaml", overrides: ["scheme.lowestRate=5"])
            #expect(changed.scheme(of: "gate").lowestRate == 5)
        }
    }

    @Test func theOutcomeIsWrittenOutForEachNode() throws {
        let text = try read().outcomeYAML
        let gate = try #require(text.range(of: "gate:")).upperBound
        let yard = try #require(text.range(of: "yard:")).lowerBound
        #expect(text[gate..<yard].contains("budget: 15 ms") && text[gate..<yard].contains("lowestRate: 3"))
        #expect(text[gate..<yard].contains("interval: 1 s"))
    }

    @Test func overridesAndSweepsReachANodesKeys() throws {
        let changed = try read(
            Self.yaml, ["nodes.gate.budget=25 ms", "nodes.yard.scheme.alphaMax=0.5", "nodes.desk.inpaint=none"])
        #expect(changed.scheme(of: "gate").budget == 0.025 && changed.scheme(of: "gate").alphaMax == 0.6)
        // The kind that stands there as a word stays.
        #expect(changed.scheme(of: "yard1").alphaMax == 0.5 && changed.scheme(of: "yard1").kind == .vae)
        #expect(try read(Self.yaml, ["nodes.gate.scheme=jpeg2000"]).scheme(of: "gate").budget == 0.015)
        let again = try Topology(
            yaml: changed.resolvedYAML, path: "/resolved.yaml", overrides: ["nodes.gate.budget=10 ms"])
        #expect(again.scheme(of: "gate").budget == 0.01)
        let swept = try read(Self.yaml + "\nsweep: {nodes.gate.budget: [10 ms, 20 ms], nodes.gate.images.count: [1]}")
        #expect(swept.sweep?.axes.map(\.key) == ["nodes.gate.budget", "nodes.gate.images.count"])
        #expect(!problems(Self.yaml + "\nsweep: {nodes.gate.scheme.alhpa: [0.1]}").isEmpty)
    }

    @Test(arguments: [
        ("budget: 15 ms", "budget: 15", "nodes.gate.budget", "the unit is missing", 5),
        ("budget: 15 ms", "budget: 0 ms", "nodes.gate.budget", "more than 0", 5),
        ("budget: 15 ms", "bugdet: 15 ms", "nodes.gate.bugdet", "nearest: 'budget'", 5),
        ("alphaMax: 0.6", "alphaMaks: 0.6", "nodes.gate.scheme.alphaMaks", "nearest: 'alphaMax'", 6),
        ("alphaMax: 0.6", "alphaMax: 1.6", "nodes.gate.scheme.alphaMax", "from 0 to 1", 6),
        ("alphaMax: 0.6", "highestRate: 2", "nodes.gate.scheme.highestRate", "below lowestRate 3", 6),
        ("alphaMax: 0.6", "accounting: wire", "nodes.gate.scheme.accounting", "all nodes alike", 6),
        ("alphaMax: 0.6", "budget: 9 ms", "nodes.gate.budget", "given twice", 5),
        ("scheme: vae", "scheme: vea", "nodes.yard.scheme", "nearest: 'vae'", 8),
        ("scheme: vae", "scheme: [vae]", "nodes.yard.scheme", "expected a mapping", 8),
        ("first: 3", "first: 0", "nodes.gate.images.first", "from 1", 7),
        ("first: 3", "folder: Fotos", "nodes.gate.images.folder", "is no folder", 7),
        ("first: 3", "together: yes", "nodes.gate.images.together", "all nodes alike", 7),
        ("inpaint: harmonic", "inpaint: harmonics", "nodes.desk.inpaint", "no model's name", 10),
        ("inpaint: harmonic", "budget: 5 ms", "nodes.desk.budget", "transmitters only", 10),
        ("{steps: 7}", "{alpha: 0.2}", "nodes.desk.scheme.alpha", "transmitters only", 10),
        ("role: channel", "role: channel, inpaint: none", "nodes.air.inpaint", "receivers and transmitters", 9),
        ("role: channel", "role: channel, classifier: small-resnet", "nodes.air.classifier", "transmitters only", 9),
        ("role: receiver}", "role: receiver, images: {count: 2}}", "nodes.loft.images", "transmitters only", 11),
    ])
    func namesTheMistake(_ from: String, _ to: String, _ key: String, _ words: String, _ line: Int) {
        let found = problems(Self.yaml.replacingOccurrences(of: from, with: to))
        #expect(
            found.contains { $0.key == key && $0.message.contains(words) && $0.line == line },
            "\(found.map(\.description))")
    }

    @Test func aMistakeOfTheTopologysOwnIsToldOnce() {
        let found = problems(Self.yaml.replacingOccurrences(of: "lowestRate: 3", with: "lowestRate: 0"))
        #expect(found.map(\.key) == ["scheme.lowestRate"])
    }

    @Test func aKeyWithoutAValueTakesTheTopologysAway() throws {
        let yaml = Self.yaml.replacingOccurrences(of: "lowestRate: 3", with: "minimumMaskPSNR: 30 dB")
        #expect(try read(yaml).scheme(of: "gate").minimumMaskPSNR == 30)
        let freed = try read(yaml.replacingOccurrences(of: "alphaMax: 0.6", with: "minimumMaskPSNR: ~"))
        #expect(freed.scheme(of: "gate").minimumMaskPSNR == nil && freed.scheme.minimumMaskPSNR == 30)
        let again = try Topology(yaml: freed.resolvedYAML, path: "/resolved.yaml")
        #expect(again.scheme(of: "gate").minimumMaskPSNR == nil)
    }

    @Test func whereEveryTransmitterHasPhotosTheTopologyNeedsNone() throws {
        let yaml = Self.yaml.replacingOccurrences(of: "folder: Photos, ", with: "")
        #expect(problems(yaml).contains { $0.key == "images.folder" && $0.message.contains("is missing") })
        let own = yaml.replacingOccurrences(of: "first: 3", with: "folder: Photos").replacingOccurrences(
            of: "scheme: vae", with: "scheme: vae, images: {folder: Photos}")
        #expect(try read(own).images(of: "yard2").folder == ExampleTopology.folder + "/Photos")
    }

    @Test func eventsReachOneOrAllWhoHaveNoValueOfTheirOwn() {
        let events = "\nevents: [{at: 1 s, set: {KEY: VALUE}}]"
        func found(_ key: String, _ value: String) -> [Problem] {
            problems(
                Self.yaml
                    + events.replacingOccurrences(of: "KEY", with: key).replacingOccurrences(of: "VALUE", with: value))
        }
        #expect(found("nodes.gate.budget", "9 ms").isEmpty && found("nodes.yard.scheme.alpha", "0.3").isEmpty)
        #expect(found("nodes.gate.budget", "9").map(\.key) == ["events.set"])
        #expect(found("scheme.budget", "-1 ms").map(\.key) == ["events.set"])
        #expect(found("nodes.gate.threads", "2").map(\.key) == ["events.set"])
    }

    @Test func oneProgramAnswersForAll() {
        let policy = "scheme: {policy: external, policyCommand: [echo, A], "
        let yaml = Self.yaml.replacingOccurrences(of: "scheme: {budget", with: policy + "budget")
            .replacingOccurrences(of: "alphaMax: 0.6, ", with: "")
        #expect(problems(yaml).isEmpty)
        let other = yaml.replacingOccurrences(of: "captioner: echo gate", with: "policyCommand: [echo, B]")
        #expect(problems(other).contains { $0.message.contains("one program answers for all") })
        // What it hears may differ: a received picture is compared for those whose scheme says so.
        #expect(problems(yaml.replacingOccurrences(of: "captioner: echo gate", with: "policyPSNR: yes")).isEmpty)
    }
}
