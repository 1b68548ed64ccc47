import GRDB
import Records

/// What the report says of stages: how long each took over all images, and the ways of a few images.
package struct StageTimes: Sendable {
    /// More ways than this nobody can look at.
    package static let drawnImages = 40

    package struct Total: Sendable {
        /// Seconds, the shortest first.
        package var durations: [Double]
        /// Where it was done, by name.
        package var nodes: [String]
    }

    package var totals: [StageRecord.Stage: Total] = [:]
    /// The stages of the first images by transmitter and number, each image's in order of time.
    package var ways: [StageRecord] = []

    package init() {}

    init(_ db: Database, run: String) throws {
        var collected: [String: (durations: [Double], nodes: Set<String>)] = [:]
        let rows = try Row.fetchCursor(
            db, sql: "SELECT stage, node, duration_s FROM stages WHERE run = ?", arguments: [run])
        while let row = try rows.next() {
            let stage: String = row[0]
            collected[stage, default: ([], [])].durations.append(row[2])
            collected[stage]!.nodes.insert(row[1])
        }
        for (name, times) in collected {
            guard let stage = StageRecord.Stage(rawValue: name) else { continue }
            totals[stage] = Total(durations: times.durations.sorted(), nodes: times.nodes.sorted())
        }
        ways = try StageRecord.fetchAll(
            db,
            sql: """
                SELECT * FROM stages WHERE run = :run AND (transmitter, image) IN
                    (SELECT transmitter, image FROM transmissions WHERE run = :run
                     ORDER BY transmitter, image LIMIT \(Self.drawnImages))
                ORDER BY transmitter, image, start_at_ns
                """, arguments: ["run": run])
    }
}
