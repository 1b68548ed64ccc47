import Foundation
import TestSupport

@testable import Runs
@testable import Topologies

/// A run of the example under the virtual clock.
protocol OnlineRun {}

extension OnlineRun {
    /// Blocks that keep much of the one before, long enough for one image each.
    static var fading: [String] {
        [
            "links.up.model=gaussMarkov", "links.up.correlation=0.9", "links.up.snr=8 dB", "links.up.coherence=100 ms",
            "scheme.budget=10 ms",
            "images.longestSide=128", "images.preencoded=yes", "images.count=40", "images.interval=150 ms",
            "images.ahead=3",
        ]
    }

    func run(_ changes: [String], yaml: String = ExampleTopology.yaml) throws -> Execution.Result {
        let topology = try Topology(yaml: yaml, path: ExampleTopology.folder + "/test.yaml", overrides: changes)
        let folder = NSTemporaryDirectory() + "online-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try Execution(topology: topology, output: folder, command: ["testbed"]).runVirtually { _ in }
    }
}
