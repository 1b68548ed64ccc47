import GRDB

/// What happens to a run as a whole, beside its import.
extension ResultsDatabase {
    /// No picture of the run is there any more: columns of files become NULL.
    package func forgetPictures(run: String = "") throws {
        try guarded {
            try queue.write { db in
                for table in Schema.tables {
                    let files = table.columns.map(\.name).filter { $0.hasSuffix("_file") }
                    guard !files.isEmpty else { continue }
                    let changes = files.map { "\($0) = NULL" }.joined(separator: ", ")
                    try db.execute(sql: "UPDATE \(table.name) SET \(changes) WHERE run = ?", arguments: [run])
                }
            }
        }
    }

    /// Takes over the one run of another database, where its records are no more.
    ///
    /// - Parameters:
    ///   - path: a run's own `run.sqlite`.
    ///   - run: what it is called here.
    package func copyRun(from path: String, as run: String) throws {
        // Opened once, which brings an older one up to date.
        let metrics = try ResultsDatabase(path: path).metrics()
        try guarded {
            try queue.writeWithoutTransaction { db in
                try db.execute(sql: "ATTACH DATABASE ? AS point", arguments: [path])
                defer { try? db.execute(sql: "DETACH DATABASE point") }
                try db.inTransaction {
                    for table in Schema.tables {
                        let columns = table.columns.filter { $0.expression == nil && $0.name != "run" }
                            .map { "\"\($0.name)\"" }.joined(separator: ", ")
                        try db.execute(sql: "DELETE FROM main.\(table.name) WHERE run = ?", arguments: [run])
                        try db.execute(
                            sql: """
                                INSERT INTO main.\(table.name) (run, \(columns))
                                SELECT ?, \(columns) FROM point.\(table.name) WHERE run = ''
                                """, arguments: [run])
                    }
                    if !metrics.names.isEmpty { try metrics.write(db, run: run) }
                    return .commit
                }
            }
        }
    }

    /// Measures of one's own of a run.
    package func metrics(run: String = "") throws -> MetricsTable {
        try guarded { try queue.read { try MetricsTable($0, run: run) } }
    }
}
