import Determinism
import Foundation
import Records
import Roles
import Topologies

/// What computing costs in a virtual run: it is charged as declared or as recorded, never free.
package struct StageCharges: Sendable {
    private struct Key: Hashable {
        var transmitter: String
        var image: Int
        var stage: StageRecord.Stage
    }

    private let declared: [StageRecord.Stage: Double]
    private var recorded: [Key: Double] = [:]
    private var means: [StageRecord.Stage: Double] = [:]

    /// - Throws: `ResultsError` where the recording holds no records.
    package init(_ timing: Timing) throws {
        declared = Dictionary(
            uniqueKeysWithValues: timing.declared.compactMap { name, cost in
                StageRecord.Stage(rawValue: name).map { ($0, cost) }
            })
        guard timing.charge == .measured, let folder = timing.recording else { return }
        var sums: [StageRecord.Stage: (Double, Int)] = [:]
        for case .stage(let stage) in try RunRecordFiles(folder: folder).records {
            let name = stage.stage
            recorded[Key(transmitter: stage.transmitter, image: stage.image, stage: name), default: 0] += stage.duration
            let (sum, count) = sums[name] ?? (0, 0)
            sums[name] = (sum + stage.duration, count + 1)
        }
        means = sums.mapValues { $0.0 / Double($0.1) }
    }

    /// The stages that a recording is needed for: where nothing says what writing files takes, it costs nothing.
    func recorded(_ stages: [StageRecord.Stage]) -> [StageRecord.Stage] { stages.filter { means[$0] != nil } }

    /// Seconds: recorded for this very image, else the recording's mean, else as declared.
    private func cost(_ stage: StageRecord.Stage, transmitter: String, image: UInt32) -> Double {
        recorded[Key(transmitter: transmitter, image: Int(image), stage: stage)] ?? means[stage] ?? declared[stage] ?? 0
    }

    /// The stages of one job, one after the other from `start`.
    func timings(
        _ stages: [StageRecord.Stage], transmitter: String, image: UInt32, from start: Instant
    ) -> [StageTiming] {
        var instant = start
        return stages.map { stage in
            let duration = Instant.Span.seconds(cost(stage, transmitter: transmitter, image: image))
            defer { instant = instant + duration }
            return StageTiming(stage: stage, start: instant, duration: duration)
        }
    }
}
