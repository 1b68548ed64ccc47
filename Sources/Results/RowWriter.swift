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
        let (table, values) = record.stored(run: run)
        do {
            try statement(for: record.kind, table, count: values.count).execute(arguments: StatementArguments(values))
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
            return false
        }
        return true
    }

    private mutating func statement(
        for kind: Records.Record.Kind, _ table: ResultTable, count: Int
    ) throws -> Statement {
        if let known = statements[kind] { return known }
        let columns = table.first(count)
        let names = columns.map { "\"\($0)\"" }.joined(separator: ", ")
        let marks = columns.map { _ in "?" }.joined(separator: ", ")
        // A record written twice (a node's second one holds its peak memory) replaces the first.
        let statement = try db.makeStatement(sql: "INSERT OR REPLACE INTO \(table.name) (\(names)) VALUES (\(marks))")
        statements[kind] = statement
        return statement
    }
}
