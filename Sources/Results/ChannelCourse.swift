import Determinism
import GRDB
import Records

/// What the report draws of the channel: the blocks of a few links, and how many there are besides.
package struct ChannelCourse: Sendable {
    /// More curves than this nobody can tell apart.
    package static let drawnLinks = 8

    /// The blocks of the first links by name, by link and number.
    package var blocks: [BlockRecord] = []
    package var linkCount = 0
    /// Links whose channel never changes: each of their blocks was to last for ever when it began.
    package var constantLinks: Set<String> = []
    /// Nanoseconds of the run's clock: when the first and the last block of all links began.
    package var firstAt: Int64?
    package var lastAt: Int64?

    package init() {}

    init(_ db: Database, run: String) throws {
        blocks = try BlockRecord.fetchAll(
            db,
            sql: """
                SELECT * FROM blocks WHERE run = :run AND link IN
                    (SELECT DISTINCT link FROM blocks WHERE run = :run ORDER BY link LIMIT \(Self.drawnLinks))
                ORDER BY link, number
                """, arguments: ["run": run])
        constantLinks = try String.fetchSet(
            db, sql: "SELECT link FROM blocks WHERE run = ? GROUP BY link HAVING MIN(duration_s) >= ?",
            arguments: [run, BlockRecord.endless.seconds])
        let whole = try Row.fetchOne(
            db,
            sql: """
                SELECT COUNT(DISTINCT link) AS links, MIN(start_at_ns) AS first, MAX(start_at_ns) AS last
                FROM blocks WHERE run = ?
                """, arguments: [run])
        guard let whole else { return }
        (linkCount, firstAt, lastAt) = (whole["links"], whole["first"], whole["last"])
    }
}
