import Determinism
import Foundation
import Records
import Topologies
import Wire

/// What computing costs in a virtual run: it is charged as declared or as recorded, never free.
package struct StageCharges: Sendable {
    private struct Key: Hashable {
        var transmitter: String
        var image: Int
        var stage: String
    }

    private let declared: [String: Double]
    private var recorded: [Key: Double] = [:]
    private var means: [String: Double] = [:]

    /// - Throws: `ResultsError` where the recording holds no records.
    package init(_ timing: Timing) throws {
        declared = timing.declared
        guard timing.charge == .measured, let folder = timing.recording else { return }
        var sums: [String: (Double, Int)] = [:]
        for case .stage(let stage) in try RunRecordFiles(folder: folder).records {
            let name = stage.stage.rawValue
            recorded[Key(transmitter: stage.transmitter, image: stage.image, stage: name), default: 0] += stage.duration
            let (sum, count) = sums[name] ?? (0, 0)
            sums[name] = (sum + stage.duration, count + 1)
        }
        means = sums.mapValues { $0.0 / Double($0.1) }
    }

    /// The stages that a recording is needed for: where nothing says what writing files takes, it costs nothing.
    func recorded(_ stages: [String]) -> [String] { stages.filter { means[$0] != nil } }

    /// Seconds: recorded for this very image, else the recording's mean, else as declared.
    private func cost(_ stage: String, transmitter: String, image: UInt32) -> Double {
        recorded[Key(transmitter: transmitter, image: Int(image), stage: stage)] ?? means[stage] ?? declared[stage] ?? 0
    }

    /// The stages of one job, one after the other from `start`.
    func timings(_ stages: [String], transmitter: String, image: UInt32, from start: Instant) -> [StageTiming] {
        var instant = start
        return stages.map { stage in
            let duration = Instant.Span.seconds(cost(stage, transmitter: transmitter, image: image))
            defer { instant = instant + duration }
            return StageTiming(stage: stage, start: instant, duration: duration)
        }
    }
}
