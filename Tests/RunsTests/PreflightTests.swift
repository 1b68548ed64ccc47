import Foundation
import Imaging
import TestSupport
import Testing

@testable import Runs
@testable import Topologies

/// What is checked of a run's input before anything starts.
@Suite struct PreflightTests {
    @Test func everyTopologyOfTheRepositoryIsInOrder() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: ExampleTopology.folder).filter {
            $0.hasSuffix(".yaml")
        }
        #expect(files.count >= 8)
        for file in files {
            let topology = try Topology(contentsOf: "\(ExampleTopology.folder)/\(file)")
            _ = try topology.photos()
            _ = try topology.policies()
            #expect(topology.note != nil, "\(file) says what it is about")
        }
    }

    @Test func anImportanceMapThatFitsOnePhotoButNotTheNextIsNamedBeforeTheRun() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("maps-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Image(width: 64, height: 48, grey: 90).write(to: folder + "/a.png")
        try Image(width: 48, height: 64, grey: 90).write(to: folder + "/b.png")
        let map = folder + "-map.png"
        try Image(width: 32, height: 24, grey: 200).write(to: map)
        defer { try? FileManager.default.removeItem(atPath: map) }
        func topology(count: Int) throws -> Topology {
            let text = """
                images: {folder: \(folder), count: \(count)}
                nodes: {one: {role: transmitter}, air: {role: channel}, hub: {role: receiver}}
                links: {up: {from: one, through: air, to: hub, bandwidth: 1 MHz, snr: 5 dB}}
                scheme: {importance: \(map)}
                """
            return try Topology(yaml: text, path: folder + "/test.yaml")
        }
        #expect(try topology(count: 1).photos()["one"]?.count == 1)
        let error = #expect(throws: InputError.self) { _ = try topology(count: 2).photos() }
        let text = error?.description ?? ""
        #expect(
            text.contains("b.png") && text.contains("-map.png") && text.contains("another aspect")
                && text.contains("48×64"))
    }
}
