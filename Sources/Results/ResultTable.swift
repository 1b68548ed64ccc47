/// One table of `run.sqlite`: what it holds and of what it is made.
///
/// The database is created from these, and the data dictionary is printed from them, so that neither can fall behind.
struct ResultTable: Sendable {
    struct Column: Sendable {
        enum Kind: String, Sendable { case text = "TEXT", integer = "INTEGER", number = "DOUBLE", flag = "BOOLEAN" }

        var name: String
        var kind: Kind
        /// `s`, `ns`, `bit`, `dB`, …; empty for names, counts and words.
        var unit: String
        /// May be NULL: not known, or without meaning for this row.
        var isOptional: Bool
        var meaning: String
        /// The expression it is computed from, where it is not stored.
        var expression: String?
    }

    var name: String
    /// One sentence: a row for what.
    var meaning: String
    /// Columns that tell one row from another; none: every row counts.
    var key: [String]
    var columns: [Column]
    /// Whether rows are looked up by image.
    var isIndexedByImage = false

    /// The statements that create it.
    var definition: String {
        var lines = columns.map { column in
            let rest = column.expression.map { " AS (\($0)) VIRTUAL" } ?? (column.isOptional ? "" : " NOT NULL")
            return "\"\(column.name)\" \(column.kind.rawValue)\(rest)"
        }
        if !key.isEmpty { lines.append("PRIMARY KEY (\(key.joined(separator: ", ")))") }
        let table = "CREATE TABLE \(name) (\(lines.joined(separator: ", ")));\n"
        if isIndexedByImage { return table + "CREATE INDEX \(name)ByImage ON \(name) (run, transmitter, image);\n" }
        // A sweep's database holds many runs: each must be found without looking at the others.
        return key.isEmpty ? table + "CREATE INDEX \(name)ByRun ON \(name) (run);\n" : table
    }

    func column(_ name: String) -> Column? { columns.first { $0.name == name } }

    /// Names of the first columns that are stored and not computed.
    func first(_ count: Int) -> [String] { columns.lazy.filter { $0.expression == nil }.prefix(count).map(\.name) }
}

extension ResultTable.Column {
    static func text(_ name: String, _ meaning: String, optional: Bool = false) -> Self {
        .init(name: name, kind: .text, unit: "", isOptional: optional, meaning: meaning)
    }

    static func integer(_ name: String, _ unit: String = "", _ meaning: String, optional: Bool = false) -> Self {
        .init(name: name, kind: .integer, unit: unit, isOptional: optional, meaning: meaning)
    }

    static func number(_ name: String, _ unit: String, _ meaning: String, optional: Bool = false) -> Self {
        .init(name: name, kind: .number, unit: unit, isOptional: optional, meaning: meaning)
    }

    static func flag(_ name: String, _ meaning: String, optional: Bool = false) -> Self {
        .init(name: name, kind: .flag, unit: "", isOptional: optional, meaning: meaning)
    }

    /// An instant: whole nanoseconds of the run's clock.
    static func instant(_ name: String, _ meaning: String, optional: Bool = false) -> Self {
        .init(name: name, kind: .integer, unit: "ns", isOptional: optional, meaning: meaning)
    }

    // Columns that several tables share.
    static let run = text("run", "the point's name in a sweep's database; empty for a single run")
    static let transmitter = text("transmitter", "the transmitter whose image it is")
    static let image = integer("image", "", "the image's number at its transmitter, from 0 in order of assignment")
    static let receiver = text("receiver", "the receiver it was measured at")
}
