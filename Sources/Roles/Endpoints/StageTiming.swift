import Determinism
import Records

/// One step of the work on an image, for the latency waterfall.
package struct StageTiming: Sendable, Equatable {
    package var stage: StageRecord.Stage
    package var start: Instant
    package var duration: Instant.Span

    package init(stage: StageRecord.Stage, start: Instant, duration: Instant.Span) {
        self.stage = stage
        self.start = start
        self.duration = duration
    }

    /// The same as a line of the record.
    package func record(transmitter: String, image: UInt32, node: String) -> StageRecord {
        StageRecord(
            transmitter: transmitter, image: Int(image), node: node, stage: stage, startAt: start.nanoseconds,
            duration: duration.seconds)
    }
}
