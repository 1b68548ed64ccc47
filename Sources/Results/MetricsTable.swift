import Files
import Foundation
import GRDB
import Records

/// Measures of one's own that `Scripts/tools/add-metric` put beside a finished run: one number an image,
/// receiver and measure.
///
/// They stand in `csv/metrics.csv` and in the table `metrics`, whose columns are the measures.
package struct MetricsTable: Sendable, Equatable {
    package static let fileName = "metrics.csv"
    static let name = "metrics"
    static let keys = ["run", "transmitter", "image", "receiver"]

    /// Whom a row of numbers is about.
    package struct Key: Hashable, Sendable {
        package var transmitter: String
        package var image: Int
        package var receiver: String
    }

    /// The measures' names, in the table's order.
    package var names: [String] = []
    /// By name; what a program had no number for is absent.
    package var values: [Key: [String: Double]] = [:]

    package func value(_ name: String, _ image: ImageResult) -> Double? {
        image.receiver.flatMap {
            values[Key(transmitter: image.transmitter, image: image.image, receiver: $0)]?[name]
        }
    }

    init() {}

    /// What the database holds of a run.
    init(_ db: Database, run: String) throws {
        guard try db.tableExists(Self.name) else { return }
        names = try db.columns(in: Self.name).map(\.name).filter { !Self.keys.contains($0) }
        for row in try Row.fetchAll(db, sql: "SELECT * FROM \(Self.name) WHERE run = ?", arguments: [run]) {
            let key = Key(transmitter: row["transmitter"], image: row["image"], receiver: row["receiver"])
            for name in names { values[key, default: [:]][name] = row[name] as Double? }
        }
        // Of a sweep's runs some may have measures that this one lacks.
        names = names.filter { name in values.values.contains { $0[name] != nil } }
    }

    /// The content of `metrics.csv`.
    ///
    /// - Throws: ``ResultsError`` naming the line that is none.
    init(csv text: String, path: String) throws {
        let lines = text.split(whereSeparator: \.isNewline).map { $0.components(separatedBy: ",") }
        guard let header = lines.first else { return }
        guard header.starts(with: Self.keys), header.count > Self.keys.count else {
            throw ResultsError.database(
                path: path, reason: "line 1: expected the columns \(Self.keys.joined(separator: ",")) and one a measure"
            )
        }
        names = Array(header[Self.keys.count...])
        for (number, fields) in lines.enumerated().dropFirst() {
            guard fields.count == header.count, let image = Int(fields[2]) else {
                throw ResultsError.database(
                    path: path,
                    reason: "line \(number + 1): expected \(header.count) fields, an image's number the third")
            }
            let key = Key(transmitter: fields[1], image: image, receiver: fields[3])
            for (name, field) in zip(names, fields[Self.keys.count...]) where !field.isEmpty {
                guard let value = Double(field) else {
                    throw ResultsError.database(path: path, reason: "line \(number + 1): '\(field)' is not a number")
                }
                values[key, default: [:]][name] = value
            }
        }
    }

    /// Puts the numbers in place of those that the database holds of the run; makes table and columns where they lack.
    func write(_ db: Database, run: String) throws {
        func quoted(_ name: String) -> String { "\"" + name.replacing("\"", with: "\"\"") + "\"" }
        try db.execute(
            sql: """
                CREATE TABLE IF NOT EXISTS \(Self.name) (run TEXT NOT NULL, transmitter TEXT NOT NULL,
                    image INTEGER NOT NULL, receiver TEXT NOT NULL, PRIMARY KEY (\(Self.keys.joined(separator: ", "))))
                """)
        let known = Set(try db.columns(in: Self.name).map { $0.name.lowercased() })
        for name in names where !known.contains(name.lowercased()) {
            try db.execute(sql: "ALTER TABLE \(Self.name) ADD COLUMN \(quoted(name)) REAL")
        }
        try db.execute(sql: "DELETE FROM \(Self.name) WHERE run = ?", arguments: [run])
        let columns = (Self.keys + names).map(quoted).joined(separator: ", ")
        let places = (Self.keys + names).map { _ in "?" }.joined(separator: ", ")
        let statement = try db.makeStatement(sql: "INSERT INTO \(Self.name) (\(columns)) VALUES (\(places))")
        for (key, numbers) in values {
            var arguments: [(any DatabaseValueConvertible)?] = [run, key.transmitter, key.image, key.receiver]
            arguments += names.map { numbers[$0] }
            try statement.execute(arguments: StatementArguments(arguments))
        }
    }

    /// Takes up the measures of a run folder, where there are any: the file outlives a database that is made anew.
    static func take(folder: String, into db: Database, run: String) throws {
        let path = "\(folder)/csv/\(fileName)"
        guard FileManager.default.fileExists(atPath: path) else { return }
        let text: String
        do { text = try TextFile.read(path) } catch { throw ResultsError.database(path: path, reason: error.reason) }
        try MetricsTable(csv: text, path: path).write(db, run: run)
    }
}
