import Determinism
import Records
import Roles

/// Measures stages that follow one another.
struct StageClock {
    private let clock: @Sendable () -> Instant
    private var last: Instant
    private(set) var timings: [StageTiming] = []

    init(_ clock: @escaping @Sendable () -> Instant) {
        self.clock = clock
        last = clock()
    }

    mutating func mark(_ stage: StageRecord.Stage) {
        let now = clock()
        timings.append(StageTiming(stage: stage, start: last, duration: now - last))
        last = now
    }
}
