import GRDB

/// The table `points` of `sweep.sqlite`: made anew with every summary, since its columns are those of the sweep.
package struct PointsTable: Sendable {
    package static let name = "points"

    package enum Kind: String, Sendable { case text = "TEXT", integer = "INTEGER", number = "DOUBLE", flag = "BOOLEAN" }

    package enum Value: Sendable, Equatable {
        case text(String)
        case integer(Int)
        case number(Double)
        case flag(Bool)
        case absent

        /// As it stands in a CSV file.
        package var csv: String {
            switch self {
            case .text(let text): ResultsDatabase.quoted(text)
            case .integer(let number): "\(number)"
            case .number(let number): "\(number)"
            case .flag(let flag): "\(flag)"
            case .absent: ""
            }
        }

        var database: DatabaseValue {
            switch self {
            case .text(let text): text.databaseValue
            case .integer(let number): number.databaseValue
            case .number(let number): number.databaseValue
            case .flag(let flag): flag.databaseValue
            case .absent: .null
            }
        }
    }

    package var columns: [(name: String, kind: Kind)]
    package var rows: [[Value]]

    package init(columns: [(name: String, kind: Kind)], rows: [[Value]]) {
        (self.columns, self.rows) = (columns, rows)
    }
}

extension ResultsDatabase {
    /// Puts the table in place of an earlier one. Of columns that SQLite takes for one, the first stands.
    package func write(_ table: PointsTable) throws {
        func quoted(_ name: String) -> String { "\"" + name.replacing("\"", with: "\"\"") + "\"" }
        var seen: Set<String> = []
        let kept = table.columns.indices.filter { seen.insert(table.columns[$0].name.lowercased()).inserted }
        let columns = kept.map { "\(quoted(table.columns[$0].name)) \(table.columns[$0].kind.rawValue)" }
        let places = kept.map { _ in "?" }.joined(separator: ", ")
        try guarded {
            try queue.write { db in
                try db.execute(sql: "DROP TABLE IF EXISTS \(PointsTable.name)")
                try db.execute(sql: "CREATE TABLE \(PointsTable.name) (\(columns.joined(separator: ", ")))")
                let statement = try db.makeStatement(sql: "INSERT INTO \(PointsTable.name) VALUES (\(places))")
                for row in table.rows {
                    try statement.execute(arguments: StatementArguments(kept.map { row[$0].database }))
                }
            }
        }
    }
}
