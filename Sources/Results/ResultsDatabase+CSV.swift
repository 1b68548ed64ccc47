import Dispatch
import Files
import Foundation
import GRDB
import Records
import Synchronization

/// Tables as CSV files (RFC 4180).
extension ResultsDatabase {
    /// Writes `images.csv` and one file a table into `folder`. The cores share the tables,
    /// each by a connection of its own.
    package func exportCSV(to folder: String) throws {
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        // The largest first: what is begun last should be short.
        let tables = ["blocks", "stages", "packets", "images"]
        let rest = Schema.tables.map(\.name).filter { $0 != "runs" && !tables.contains($0) }
        let all = tables + rest
        let failure = Mutex<(any Error)?>(nil)
        DispatchQueue.concurrentPerform(iterations: all.count) { index in
            do { try export(all[index], to: "\(folder)/\(all[index]).csv") } catch {
                failure.withLock { $0 = $0 ?? error }
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
    }

    private func export(_ table: String, to path: String) throws {
        do {
            try guarded {
                try DatabaseQueue(path: self.path, configuration: Self.reading).read { db in
                    let statement = try db.makeStatement(sql: "SELECT * FROM \(table) ORDER BY 1, 2, 3")
                    var text = CSVText(statement.columnNames)
                    let file = try NewFile(path)
                    let rows = try Row.fetchCursor(statement)
                    while let row = try rows.next() {
                        text.append(row)
                        if text.bytes.count >= 1 << 20 { try file.append(text.take()) }
                    }
                    try file.append(text.take())
                    try file.finish()
                }
            }
        } catch let error as FileFailure { throw ResultsError.writeFailed(path: path, reason: error.cause) }
    }

    private static var reading: Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(patience)
        configuration.readonly = true
        return configuration
    }

    package static func quoted(_ text: String) -> String {
        // Most fields are plain: only what a comma, a quote or a newline may hide in is looked at by character.
        guard
            text.utf8.contains(where: {
                $0 == 0x2c || $0 == 0x22 || (0x0a...0x0d).contains($0) || $0 == 0xc2 || $0 == 0xe2
            }),
            text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline })
        else { return text }
        return "\"" + text.replacingOccurrences(of: "\"", with: "\"\"") + "\""
    }
}

/// Rows of a table as the lines of a CSV file.
private struct CSVText {
    private(set) var bytes: [UInt8] = []

    init(_ columns: [String]) {
        bytes.append(contentsOf: "\(columns.map(ResultsDatabase.quoted).joined(separator: ","))\n".utf8)
    }

    mutating func append(_ row: Row) {
        for index in 0..<row.count {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            switch (row[index] as DatabaseValue).storage {
            case .null: break
            case .int64(let number): bytes.append(contentsOf: "\(number)".utf8)
            case .double(let number): bytes.append(contentsOf: "\(number)".utf8)
            case .string(let text): bytes.append(contentsOf: ResultsDatabase.quoted(text).utf8)
            case .blob(let data): bytes.append(contentsOf: data.base64EncodedString().utf8)
            }
        }
        bytes.append(UInt8(ascii: "\n"))
    }

    /// What has been gathered; it begins anew.
    mutating func take() -> [UInt8] {
        defer { bytes.removeAll(keepingCapacity: true) }
        return bytes
    }
}
