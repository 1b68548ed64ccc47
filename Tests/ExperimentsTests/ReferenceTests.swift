import Foundation
import GRDB
import TestSupport
import Testing

@testable import Experiments
@testable import Records
@testable import Results
@testable import Topologies

/// The pages of `Documentation/` that are written from the sources.
struct ReferenceTests {
    private let documentation = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../Documentation").standardizedFileURL

    private func page(_ name: String) throws -> String {
        try String(contentsOf: documentation.appendingPathComponent(name), encoding: .utf8)
    }

    @Test func topologyPageIsWhatTheReaderAsksFor() throws {
        #expect(
            try page("Topology.md") == Topology.reference(),
            "write it again: testbed schema --markdown > Documentation/Topology.md")
    }

    @Test func resultsPageIsWhatTheDatabaseHolds() throws {
        #expect(
            try page("Results.md") == ResultsDatabase.reference() + SweepSummary.reference(),
            "write it again: testbed schema --results > Documentation/Results.md")
    }

    /// Names that other programs rely on are listed beside the columns that they are.
    @Test func namesOfContractsAreColumnsOfTheImages() throws {
        let columns = Set(ImagesView.columns.map(\.name))
        for name in ContractName.commands + ContractName.policies {
            #expect(name.column.map(columns.contains) ?? !name.meaning.isEmpty, "\(name.key)")
        }
        let schema = try #require(
            try JSONSerialization.jsonObject(
                with: Data(contentsOf: documentation.appendingPathComponent("policy-protocol.schema.json")))
                as? [String: Any])
        let definitions = try #require(schema["$defs"] as? [String: [String: Any]])
        let keys = ["question", "outcome"].flatMap { (definitions[$0]?["properties"] as? [String: Any] ?? [:]).keys }
        #expect(Set(ContractName.policies.map(\.key)).isSubset(of: keys))
        // A key that is called as a column is in the list.
        let listed = Set(ContractName.policies.map(\.key))
        #expect(Set(keys).intersection(columns).subtracting(listed).isEmpty)
    }

    @Test func linksOfThePagesLeadSomewhere() throws {
        let root = documentation.deletingLastPathComponent()
        var pages = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "Scripts/README.md"]
        pages += try FileManager.default.contentsOfDirectory(atPath: documentation.path).filter { $0.hasSuffix(".md") }
            .map { "Documentation/\($0)" }
        for name in pages {
            let page = root.appendingPathComponent(name)
            for match in try String(contentsOf: page, encoding: .utf8).matches(of: /\]\(([^)#\s]+)[^)]*\)/) {
                let target = String(match.1)
                guard !target.contains("://") else { continue }
                let file = page.deletingLastPathComponent().appendingPathComponent(target)
                #expect(FileManager.default.fileExists(atPath: file.path), "\(name): \(target)")
            }
        }
    }

    @Test func readmeFitsOnAPage() throws {
        let readme = documentation.deletingLastPathComponent().appendingPathComponent("README.md")
        #expect(try Data(contentsOf: readme).count <= 8192)
    }

    @Test func keysStandInTheReferenceWithUnitDefaultAndBounds() throws {
        let reference = Topology.reference()
        for key in ["latenessBound", "retransmission", "policyTable", "riceFactor", "enter", "fadesLike", "joinsLater"]
        {
            #expect(reference.contains("| `\(key)` |"), "\(key)")
        }
        #expect(reference.contains("| `alphaMax` | number, 0 to 1 | `0.8` |"))
        #expect(reference.contains("| `budget` | duration, more than 0 | `30 ms` |"))
        #expect(
            reference.contains(
                "| `riceFactor` | level, at least -60 dB, at most 60 dB | `6 dB` | Rice factor K. (`model: rice`) |"))
    }

    /// What a record writes is what the dictionary tells, column by column; SQLite's own view of the tables agrees.
    @Test func recordsFillTheColumnsOfTheirTables() throws {
        var seen: Set<Records.Record.Kind> = []
        for record in SyntheticRun().records().values.joined() {
            let (name, columns, values) = record.row(run: "")
            let table = try #require(Schema.tables.first { $0.name == name })
            let later = name == "runs" ? ["valid", "lateness_p99_s"] : []
            let stored = table.columns.filter { $0.expression == nil && !later.contains($0.name) }.map(\.name)
            #expect(Set(columns) == Set(stored), "\(name)")
            #expect(columns.count == stored.count && values.count == stored.count, "\(name)")
            for (column, value) in zip(columns, values) {
                guard let value, let kind = table.column(column)?.kind else { continue }
                let isOne =
                    switch kind {
                    case .text: value is String
                    case .integer: value is Int || value is Int64
                    case .number: value is Double
                    case .flag: value is Bool
                    }
                #expect(isOne, "\(name).\(column) is \(value)")
            }
            seen.insert(record.kind)
        }
        #expect(seen == Set(Records.Record.Kind.allCases))
    }

    @Test func tablesHaveTheColumnsOfTheDictionary() throws {
        let folder = try TemporaryFolder()
        try SyntheticRun().write(to: folder.path)
        let database = try ResultsDatabase(path: folder.path + "/run.sqlite")
        try database.importRun(folder: folder.path)
        try database.exportCSV(to: folder.path + "/csv")
        func header(_ table: String) throws -> [String] {
            let text = try String(contentsOfFile: folder.path + "/csv/\(table).csv", encoding: .utf8)
            return text.prefix { !$0.isNewline }.split(separator: ",").map(String.init)
        }
        for table in Schema.tables where table.name != "runs" {
            #expect(try header(table.name) == table.columns.map(\.name), "\(table.name)")
        }
        #expect(try header("images") == ImagesView.columns.map(\.name))
        #expect((Schema.tables.flatMap(\.columns) + ImagesView.columns).allSatisfy { !$0.meaning.isEmpty })
    }

    @Test func anOlderDatabaseGetsTheNamesOfToday() throws {
        let folder = try TemporaryFolder()
        try SyntheticRun().write(to: folder.path)
        let path = folder.path + "/run.sqlite"
        let before: RunResults
        do {
            let database = try ResultsDatabase(path: path)
            try database.importRun(folder: folder.path)
            before = try database.results()
            try database.queue.write { db in
                try db.execute(sql: "DROP VIEW images")
                for (table, name, old) in [
                    ("blocks", "snr_db", "snr"), ("packets", "due_at_ns", "dueAt"),
                    ("packets", "lateness_s", "lateness"),
                    ("receptions", "air_time_s", "airTime"),
                ] {
                    try db.execute(sql: "ALTER TABLE \(table) RENAME COLUMN \(name) TO \(old)")
                }
                try db.execute(sql: "DELETE FROM grdb_migrations WHERE identifier = '2'")
            }
        }
        let after = try ResultsDatabase(path: path).results()
        #expect(after.images == before.images && after.channel.blocks == before.channel.blocks)
        #expect(after.validity == before.validity)
        // One column too few: no guess is made.
        do {
            let database = try ResultsDatabase(path: path)
            try database.queue.write { db in
                try db.execute(sql: "DROP VIEW images")
                try db.execute(sql: "ALTER TABLE blocks DROP COLUMN snr_db")
                try db.execute(sql: "DELETE FROM grdb_migrations WHERE identifier = '2'")
            }
        }
        #expect { try ResultsDatabase(path: path) } throws: {
            "\($0)".contains("an earlier version of the testbed wrote it")
        }
    }
}
