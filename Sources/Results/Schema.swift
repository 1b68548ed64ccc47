import GRDB

/// The tables of `run.sqlite`: one a record kind, and the view `images` that joins what each node knew of an image.
///
/// Every table carries `run`, empty for a single run, the point's name in a sweep's database. Instants are nanoseconds
/// of the run's clock, spans seconds, as in the records. An image that was sent to several receivers has a reception
/// and a score for each, and as many rows in `images`. Absent values are NULL, never 0.
enum Schema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { try $0.execute(sql: first) }
        migrator.registerMigration("2") { try nameColumns($0) }
        return migrator
    }

    /// Names bear units since this; in an older database the same columns lie in the same order.
    private static func nameColumns(_ db: Database) throws {
        try db.execute(sql: "DROP VIEW IF EXISTS images")
        for table in tables {
            let known = try String.fetchAll(
                db, sql: "SELECT name FROM pragma_table_xinfo(?) ORDER BY cid", arguments: [table.name])
            guard known.count == table.columns.count else {
                throw DatabaseError(
                    message:
                        "an earlier version of the testbed wrote it, with \(known.count) "
                        + "columns of \(table.name): 'testbed report' of that version reads it"
                )
            }
            for (old, column) in zip(known, table.columns) where old != column.name {
                try db.execute(sql: "ALTER TABLE \(table.name) RENAME COLUMN \"\(old)\" TO \"\(column.name)\"")
            }
        }
        try db.execute(sql: ImagesView.definition)
    }

    /// Tables in the order in which CSV files are written and a run is wiped before it is imported again.
    static let tables: [ResultTable] = [
        .runs, .nodes, .blocks, .packets, .decisions, .transmissions, .receptions, .scores, .stages, .events,
        .repetitions,
    ]

    private static var first: String { tables.map(\.definition).joined() + ImagesView.definition }
}
