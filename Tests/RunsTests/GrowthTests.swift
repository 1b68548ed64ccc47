import Foundation
import Records
import Roles
import TestSupport
import Testing
import Topologies

@testable import Determinism
@testable import Runs
@testable import VirtualTime

/// Work that grows with the number of links, counted and not timed.
@Suite(.serialized) struct RunGrowthTests {
    /// How many things happen in a virtual run of so many cameras.
    private func handledEvents(cameras: Int) throws -> Int {
        let topology = try Topology(
            yaml: ExampleTopology.yaml, path: ExampleTopology.folder + "/test.yaml",
            overrides: [
                "images.longestSide=64", "images.preencoded=yes", "images.interval=500 ms", "nodes.a.copies=\(cameras)",
                // One receiver's decoder would make the run longer, too.
                "timing.declared.decode=0 ms",
            ])
        let preflight = try Preflight(topology)
        let folder = NSTemporaryDirectory() + "growth-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let run = try VirtualRun(
            topology: topology, folder: folder,
            controller: ControllerRole(topology: topology, policies: preflight.policies, photos: preflight.photos),
            photos: preflight.photos, consult: { _ in .failure("nobody is asked") }, inform: { _, _ in },
            progress: { _ in })
        #expect(try run.run() == RunEnd(exitCode: 0, reason: ""))
        return Int(run.agenda.pushed)
    }

    /// With many links some image is always under way; what happens may still not be more for each.
    @Test func tenTimesTheLinksAreTenTimesTheHappenings() throws {
        let (few, many) = (try handledEvents(cameras: 20), try handledEvents(cameras: 200))
        #expect(many <= 11 * few && many >= 9 * few, "\(few) things happen on 20 links, \(many) on 200")
    }

    /// Records are read a part at a time, and no line is lost or misnumbered where parts meet.
    @Test func recordsAreReadInParts() throws {
        let folder = NSTemporaryDirectory() + "growth-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let files = try ["air", "ground"].map { try RecordFile(path: "\(folder)/records/\($0).jsonl") }
        let blocks = (0..<40_000).map { number in
            Record.block(
                BlockRecord(link: "up", number: number, startAt: Int64(number), duration: 0.05, snr: 3, capacity: 1e6))
        }
        for (index, block) in blocks.enumerated() { files[index < 30_000 ? 0 : 1].append(block) }
        try RecordFile.flush(files)
        let path = "\(folder)/records/ground.jsonl"
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        try (lines[..<8_000] + ["{\"record\":\"none\"}"] + lines[8_000...]).joined(separator: "\n").write(
            toFile: path, atomically: true, encoding: .utf8)
        var (read, largest): ([Record], Int) = ([], 0)
        let damages = try RunRecordFiles.read(folder) {
            read += $0
            largest = max(largest, $0.count)
        }
        #expect(read == blocks)
        #expect(largest < blocks.count / 2)
        #expect(damages == [.init(file: "ground.jsonl", line: 8_001, isCutOff: false)])
    }
}
