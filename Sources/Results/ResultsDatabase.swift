import Channels
import Files
import Foundation
import GRDB
import Records

/// `run.sqlite` (or a sweep's database of many runs): filled from the nodes' records, read by report and CSV export.
package final class ResultsDatabase: Sendable {
    package let queue: DatabaseQueue
    package let path: String

    /// Opens or creates a database.
    /// - Throws: `ResultsError.database` naming the file.
    package init(path: String) throws {
        self.path = path
        do {
            // Another program that looks at the database while it is written is waited for.
            var configuration = Configuration()
            configuration.busyMode = .timeout(Self.patience)
            queue = try DatabaseQueue(path: path, configuration: configuration)
            try Schema.migrator.migrate(queue)
        } catch let error as DatabaseError {
            throw Self.failure(path, error)
        } catch {
            throw ResultsError.database(path: path, reason: "\(error)")
        }
    }

    /// Runs `body` and names the file in whatever SQLite says.
    func guarded<T>(_ body: () throws -> T) throws -> T {
        do { return try body() } catch let error as DatabaseError {
            throw Self.failure(path, error)
        }
    }

    /// Seconds for which a locked database is waited for.
    static let patience = 20.0

    private static func failure(_ path: String, _ error: DatabaseError) -> ResultsError {
        let isLocked = [.SQLITE_BUSY, .SQLITE_LOCKED].contains(error.resultCode)
        let way = isLocked ? " (another program has it open; waited \(Int(patience)) s)" : ""
        return .database(path: path, reason: (error.message ?? "\(error)") + way)
    }

    /// Imports all records of a run folder in one transaction; whatever the database held of this run is replaced, so
    /// importing twice is importing once.
    /// - Parameters:
    ///   - folder: the run folder with `records/*.jsonl`.
    ///   - run: the run's name in a sweep; empty for a single run.
    /// - Returns: lines that could not be read.
    @discardableResult
    package func importRun(folder: String, run: String = "") throws -> [RunRecordFiles.Damage] {
        try guarded {
            try queue.write { db in
                for table in Schema.tables {
                    try db.execute(sql: "DELETE FROM \(table.name) WHERE run = ?", arguments: [run])
                }
                var rows = RowWriter(db, run: run)
                var refused: [RunRecordFiles.Damage] = []
                let damages = try RunRecordFiles.read(folder) { records in
                    for record in records where try !rows.write(record) {
                        refused.append(
                            .init(file: "a record of kind '\(record.kind.rawValue)'", line: 0, isCutOff: false))
                    }
                }
                try Self.judge(db, run: run)
                try MetricsTable.take(folder: folder, into: db, run: run)
                return damages + refused
            }
        }
    }

    /// Adds records, for instance the launcher's scores after an import.
    /// - Returns: records that no table takes (a number that is none, say): left out, so that the others are kept.
    @discardableResult
    package func write(_ records: [Records.Record], run: String = "") throws -> [Records.Record] {
        try guarded {
            try queue.write { db in
                var rows = RowWriter(db, run: run)
                let refused = try records.filter { try !rows.write($0) }
                try Self.judge(db, run: run)
                return refused
            }
        }
    }

    /// Writes down whether the run is valid.
    private static func judge(_ db: Database, run: String) throws {
        let validity = try validity(db, run: run)
        try db.execute(
            sql: "UPDATE runs SET valid = ?, lateness_p99_s = ? WHERE run = ?",
            arguments: [validity.isValid, validity.p99, run])
    }

    /// The runs the database holds.
    package func runs() throws -> [String] {
        try guarded { try queue.read { try String.fetchAll($0, sql: "SELECT run FROM runs ORDER BY run") } }
    }

    /// All of one run that the report needs.
    package func results(run: String = "") throws -> RunResults {
        try guarded {
            try queue.read { db in
                func all<T: FetchableRecord>(_ type: T.Type, _ table: String, _ order: String) throws -> [T] {
                    try T.fetchAll(db, sql: "SELECT * FROM \(table) WHERE run = ? ORDER BY \(order)", arguments: [run])
                }
                var results = RunResults(
                    try all(ImageResult.self, "images", "transmitter, image"),
                    validity: try Self.validity(db, run: run))
                results.run = try RunRecord.fetchOne(db, sql: "SELECT * FROM runs WHERE run = ?", arguments: [run])
                results.nodes = try all(NodeRecord.self, "nodes", "ready_at_ns, name")
                results.channel = try ChannelCourse(db, run: run)
                results.decisions = try all(DecisionRecord.self, "decisions", "at_ns")
                results.stages = try StageTimes(db, run: run)
                results.events = try all(EventRecord.self, "events", "at_ns")
                results.verdicts = try Self.verdicts(db, run: run)
                results.metrics = try MetricsTable(db, run: run)
                results.attempts = try Self.attempts(db, run: run)
                return results
            }
        }
    }

    package static func validity(_ db: Database, run: String) throws -> Validity {
        let bound = try Double.fetchOne(db, sql: "SELECT lateness_bound_s FROM runs WHERE run = ?", arguments: [run])
        let lateness = try Double.fetchAll(
            db, sql: "SELECT lateness_s FROM packets WHERE run = ? AND lateness_s IS NOT NULL ORDER BY lateness_s",
            arguments: [run])
        return Validity(sortedLateness: lateness, bound: bound ?? 0.001)
    }

    private static func attempts(_ db: Database, run: String) throws -> [String: Double] {
        let means = try Row.fetchAll(
            db, sql: "SELECT link, AVG(attempts) AS mean FROM packets WHERE run = ? AND attempts > 0 GROUP BY link",
            arguments: [run])
        return Dictionary(means.map { ($0["link"], $0["mean"]) }) { first, _ in first }
    }

    /// How many packets met which end, by link.
    private static func verdicts(_ db: Database, run: String) throws -> [String: [PacketVerdict: Int]] {
        var verdicts: [String: [PacketVerdict: Int]] = [:]
        let counts = try Row.fetchAll(
            db, sql: "SELECT link, verdict, COUNT(*) AS n FROM packets WHERE run = ? GROUP BY link, verdict",
            arguments: [run])
        for row in counts {
            guard let verdict = PacketVerdict(rawValue: row["verdict"]) else { continue }
            verdicts[row["link"], default: [:]][verdict] = row["n"]
        }
        return verdicts
    }
}
