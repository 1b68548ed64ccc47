import Foundation
import TestSupport
import Testing

@testable import Runs
@testable import Topologies

/// A run has a folder of its own, whatever stands there already.
@Suite struct RunFolderTests {
    static func topology() throws -> Topology {
        try Topology(yaml: ExampleTopology.yaml, path: ExampleTopology.folder + "/test.yaml")
    }

    @Test func aNewFolderHoldsTheTopologyAndRoomForTheRest() throws {
        let place = try TemporaryFolder()
        let topology = try Self.topology()
        let folder = try RunFolder(creating: place.path + "/deep/er/run", topology: topology)
        #expect(folder.path.hasSuffix("/deep/er/run"))
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
                == ["images", "records", "topology.yaml"])
        // The nodes read this one: it says what the given one says, with every default in it.
        let again = try Topology(contentsOf: folder.topologyFile)
        #expect(again.resolvedYAML == topology.resolvedYAML && again.links.map(\.name) == ["up"])
    }

    @Test func anEmptyFolderIsTakenOnce() throws {
        let place = try TemporaryFolder()
        let path = place.path + "/run"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        _ = try RunFolder(creating: path, topology: Self.topology())
        let error = #expect(throws: InputError.self) { try RunFolder(creating: path, topology: Self.topology()) }
        #expect(error.map { "\($0)" } == "\(path): is not empty; a run needs a folder of its own")
    }

    @Test func whatHoldsSomethingElseIsLeftAlone() throws {
        let place = try TemporaryFolder()
        try "mine".write(toFile: place.path + "/mine.txt", atomically: true, encoding: .utf8)
        #expect(throws: InputError.self) { try RunFolder(creating: place.path, topology: Self.topology()) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.path) == ["mine.txt"])
        let error = #expect(throws: InputError.self) {
            try RunFolder(creating: place.path + "/mine.txt", topology: Self.topology())
        }
        #expect(error.map { "\($0)" } == "\(place.path)/mine.txt: is a file, expected a folder for the run")
    }

    @Test func whereNothingCanBeWrittenTheReasonIsSaid() throws {
        let error = #expect(throws: InputError.self) {
            try RunFolder(creating: "/proc/run", topology: Self.topology())
        }
        #expect(error.map { "\($0)".hasPrefix("/proc/run: cannot be written: ") } == true)
    }
}
