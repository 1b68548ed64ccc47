import GRDB

/// The tables of `run.sqlite`: one a record kind, and the view `images` that joins what each node knew of an image.
///
/// Every table carries `run`, empty for a single run, the point's name in a sweep's database. Instants are nanoseconds
/// of the run's clock, spans seconds, as in the records. An image that was sent to several receivers has a reception and a
/// score for each, and as many rows in `images`. Absent values are NULL, never 0.
enum Schema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { try $0.execute(sql: first) }
        return migrator
    }

    /// Tables in the order in which CSV files are written and a run is wiped before it is imported again.
    static let tables: [ResultTable] = [
        .runs, .nodes, .blocks, .packets, .decisions, .transmissions, .receptions, .scores, .stages, .events,
        .repetitions,
    ]

    private static var first: String { tables.map(\.definition).joined() + ImagesView.definition }
}
