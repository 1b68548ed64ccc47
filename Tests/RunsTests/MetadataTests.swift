import Declarations
import Files
import Foundation
import TestSupport
import Testing

@testable import ImagePipeline
@testable import Runs
@testable import Topologies

/// `metadata.json`: what the figures of a run came from.
@Suite(.serialized) struct MetadataTests {
    static let yaml = """
        images: {folder: Photos, count: 1, longestSide: 96}
        nodes:
          a: {role: transmitter}
          own: {role: transmitter, copies: 2, classifier: CLASSIFIER}
          air: {role: channel}
          b: {role: receiver, inpaint: FILLING}
        links:
          up: {from: a, through: air, to: b, model: awgn, bandwidth: 1 MHz, snr: 6 dB}
          on: {from: own, through: air, to: b, model: awgn, bandwidth: 1 MHz, snr: 6 dB}
        scheme: {budget: 20 ms, inpaint: none}
        """

    static func topology(classifier: String, filling: String = "none") throws -> Topology {
        try Topology(
            yaml: yaml.replacingOccurrences(of: "CLASSIFIER", with: classifier)
                .replacingOccurrences(of: "FILLING", with: filling), path: ExampleTopology.folder + "/test.yaml")
    }

    /// A copy of the shipped classifier to be changed.
    static func classifier(in folder: TemporaryFolder) throws -> String {
        let path = folder.path + "/own.safetensors"
        let shipped = Place.resource("classifier.safetensors", of: "Semantics/")
        try FileManager.default.copyItem(atPath: shipped, toPath: path)
        return path
    }

    @Test func everyFileOfWeightsIsNamedWithItsNodes() throws {
        let folder = try TemporaryFolder()
        let path = try Self.classifier(in: folder)
        let topology = try Self.topology(classifier: path, filling: "default")
        let provenance = Provenance(topology)
        #expect(provenance.models.map(\.kind) == [.codec, .classifier, .classifier, .inpainting])
        #expect(provenance.models.map(\.nodes) == [nil, ["a"], ["own"], nil])
        #expect(provenance.models[2].name == "own.safetensors" && provenance.models[2].digest?.count == 64)
        #expect(
            provenance.versions.keys.filter { $0 != "commit" }.sorted()
                == ["classifier of a", "classifier of own", "codec", "inpainting", "testbed"])

        // One byte of the weights changes their digest, and that of nothing else.
        var bytes = try #require(FileManager.default.contents(atPath: path))
        bytes[bytes.count - 1] ^= 1
        try bytes.write(to: URL(fileURLWithPath: path))
        let changed = Provenance(topology)
        #expect(changed.models[2].digest != provenance.models[2].digest && changed.models[2].digest != nil)
        for at in [0, 1, 3] { #expect(changed.models[at] == provenance.models[at]) }
        // A file that is gone has none.
        try FileManager.default.removeItem(atPath: path)
        #expect(Provenance(topology).models[2].digest == nil)
    }

    @Test func aVirtualRunSaysNothingOfDayAndMachine() throws {
        let folder = try TemporaryFolder()
        let topology = try Self.topology(classifier: try Self.classifier(in: folder))
        let output = folder.path + "/run"
        let execution = try Execution(topology: topology, output: output, command: ["testbed"])
        _ = try execution.runVirtually { _ in }
        let metadata = try #require(Metadata(run: output))
        #expect(metadata.topology == topology.name && metadata.seed == topology.seed && metadata.virtual)
        #expect(metadata.startedOn == nil && metadata.origin.machine == nil)
        #expect(metadata.origin.version == Provenance.version && metadata.origin.commit == Provenance.commit)
        #expect(metadata.origin.models == Provenance(topology).models)
        let photos = try #require(metadata.origin.photos.first)
        #expect(metadata.origin.photos.count == 1 && photos.folder == ExampleTopology.folder + "/Photos")
        #expect(photos.count == Set(execution.photos.values.joined()).count && photos.digest?.count == 64)
        let text = try String(contentsOfFile: output + "/csv/metadata.json", encoding: .utf8)
        #expect(!text.contains(output) && !text.contains("null"))
    }

    @Test func aRunOverSocketsNamesDayAndMachine() throws {
        let topology = try Self.topology(classifier: "small-resnet")
        let metadata = Metadata(
            topology, provenance: Provenance(topology), photos: [:], startedOn: "2026-11-26T16:00:00Z",
            machine: Machine.description)
        #expect(!metadata.virtual && metadata.startedOn?.hasSuffix("Z") == true)
        #expect(metadata.origin.machine?["loops"].map { ["portable", "avx2", "avx512"].contains($0) } == true)
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path + "/csv", withIntermediateDirectories: true)
        try Metadata.write(metadata, to: folder.path + "/csv/metadata.json")
        #expect(Metadata(run: folder.path) == metadata)
    }

    @Test func tracesAndTablesHaveTheirDigests() throws {
        let folder = try TemporaryFolder()
        try "order,code_rate\n2,0.5\n".write(toFile: folder.path + "/t.csv", atomically: true, encoding: .utf8)
        let topology = try Topology(
            yaml: Self.yaml.replacingOccurrences(of: "CLASSIFIER", with: "small-resnet")
                .replacingOccurrences(of: "FILLING", with: "none"), path: ExampleTopology.folder + "/test.yaml",
            overrides: ["up", "on"].map { "links.\($0).rate={mcs: \(folder.path)/t.csv}" })
        let metadata = Metadata(
            topology, provenance: Provenance(topology), photos: [:], startedOn: nil, machine: nil)
        let files = metadata.origin.files
        #expect(files?.count == 1 && files?.first?.key == "mcs" && files?.first?.digest?.count == 64)
        #expect(files?.first?.path == folder.path + "/t.csv")
    }

    @Test func otherPhotosHaveAnotherDigest() throws {
        let folder = try TemporaryFolder()
        let topology = try Self.topology(classifier: "small-resnet")
        func digest(_ bytes: String) throws -> String? {
            let path = folder.path + "/a.jpg"
            try bytes.write(toFile: path, atomically: true, encoding: .utf8)
            return Metadata(
                topology, provenance: Provenance(topology), photos: ["a": [path, path]], startedOn: nil, machine: nil
            ).origin.photos.first?.digest
        }
        #expect(try digest("one") != digest("two") && digest("one") == digest("one"))
    }
}
