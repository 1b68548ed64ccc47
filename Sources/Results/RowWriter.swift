import GRDB
import Records

/// Puts records into their tables, each by a statement that is prepared once.
struct RowWriter {
    private let db: Database
    private let run: String
    private var statements: [Records.Record.Kind: Statement] = [:]

    init(_ db: Database, run: String) { (self.db, self.run) = (db, run) }

    /// - Returns: false for a record that its table does not take.
    mutating func write(_ record: Records.Record) throws -> Bool {
        var values: [(any DatabaseValueConvertible)?] = []
        values.reserveCapacity(32)
        _ = record.row(run: run) { values.append($1) }
        do {
            try statement(for: record).execute(arguments: StatementArguments(values))
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
            return false
        }
        return true
    }

    private mutating func statement(for record: Records.Record) throws -> Statement {
        if let known = statements[record.kind] { return known }
        var columns: [String] = []
        let table = record.row(run: run) { name, _ in columns.append(name) }
        let names = columns.map { "\"\($0)\"" }.joined(separator: ", ")
        let marks = columns.map { _ in "?" }.joined(separator: ", ")
        // A record written twice (a node's second one holds its peak memory) replaces the first.
        let statement = try db.makeStatement(sql: "INSERT OR REPLACE INTO \(table) (\(names)) VALUES (\(marks))")
        statements[record.kind] = statement
        return statement
    }
}
