import Foundation
import TestSupport
import Testing

@testable import Records
@testable import Results

@Suite struct ResultsTests {
    @Test func everyRecordSurvivesTheFile() throws {
        let folder = try TemporaryFolder()
        let run = SyntheticRun()
        try run.write(to: folder.path)
        let read = try RunRecordFiles(folder: folder.path)
        #expect(read.damages.isEmpty)
        let written = run.records()
        #expect(read.records == ["air", "camera", "launcher", "screen"].flatMap { written[$0]! })
        #expect(Set(read.records.map(\.kind)) == Set(Record.Kind.allCases))
    }

    @Test func aKilledNodeCostsOneLineOnly() throws {
        let folder = try TemporaryFolder()
        try SyntheticRun().write(to: folder.path)
        let path = folder.path + "/records/screen.jsonl"
        let whole = try String(contentsOfFile: path, encoding: .utf8)
        try String(whole.dropLast(40)).write(toFile: path, atomically: true, encoding: .utf8)
        let cut = try RunRecordFiles(folder: folder.path)
        #expect(cut.damages.count == 1 && cut.damages[0].isCutOff && cut.damages[0].file == "screen.jsonl")

        // The same node started again must not lose its first line to the torn one.
        let again = try RecordFile(path: path)
        again.append(.event(.init(at: 1, node: "screen", severity: .note, what: "restart")))
        try again.flush()
        let healed = try RunRecordFiles(folder: folder.path)
        #expect(healed.damages.count == 1 && !healed.damages[0].isCutOff)
        #expect(healed.records.contains(.event(.init(at: 1, node: "screen", severity: .note, what: "restart"))))
    }

    @Test func databaseJoinsWhatTheNodesSaw() throws {
        let folder = try TemporaryFolder()
        try SyntheticRun().write(to: folder.path)
        let database = try ResultsDatabase(path: folder.path + "/run.sqlite")
        #expect(try database.importRun(folder: folder.path).isEmpty)
        try database.importRun(folder: folder.path)  // twice is once
        let results = try database.results()
        #expect(results.images.count == 8 && results.channel.blocks.count == 64 && results.decisions.count == 8)
        #expect(results.run?.seed == 7 && results.run?.versions["codec"] == "9f3a77c01b2d4e55")
        #expect(results.nodes.map(\.role).sorted() == ["channel", "receiver", "transmitter"])
        for image in results.images {
            #expect(
                image.totalBits == image.headerBits + image.promptBits + image.maskBits + image.hyperBits
                    + image.featureBits)
            #expect(image.keepsBudget && image.gvif != nil && image.snr != nil)
            #expect(abs(image.bitsPerPixel - Double(image.totalBits) / (512 * 384)) < 1e-12)
            #expect(abs(image.airTime! * image.capacity! - Double(image.totalBits)) < 1)
        }
        #expect(results.images[3].maskPSNR == nil && results.images[5].status == .partial)
        #expect(results.validity.isValid == true)
    }

    @Test func lateReleasesMakeARunInvalid() throws {
        let folder = try TemporaryFolder()
        try SyntheticRun(lateness: 0.004).write(to: folder.path)
        let database = try ResultsDatabase(path: folder.path + "/run.sqlite")
        try database.importRun(folder: folder.path)
        let validity = try database.results().validity
        #expect(validity.isValid == false && validity.p99! > 0.003 && validity.median! < 0.0001)
        #expect(Validity(sortedLateness: [], bound: 0.001).isValid == nil)
        let hundred = (1...100).map { Double($0) / 1e5 }
        #expect(Validity(sortedLateness: hundred, bound: 0.001).p99 == 99e-5)
    }

    @Test func runsOfASweepStayApart() throws {
        let folder = try TemporaryFolder()
        let database = try ResultsDatabase(path: folder.path + "/sweep.sqlite")
        for (name, seed) in [("a", 1), ("b", 2)] as [(String, UInt64)] {
            try SyntheticRun(images: 3, seed: seed).write(to: folder.path + "/" + name)
            try database.importRun(folder: folder.path + "/" + name, run: name)
        }
        #expect(try database.runs() == ["a", "b"])
        #expect(try database.results(run: "b").run?.seed == 2)
        #expect(try database.results(run: "a").images.count == 3)
    }

    @Test func commaSeparatedValuesAreQuoted() throws {
        let folder = try TemporaryFolder()
        try SyntheticRun().write(to: folder.path)
        let database = try ResultsDatabase(path: folder.path + "/run.sqlite")
        try database.importRun(folder: folder.path)
        try database.exportCSV(to: folder.path + "/csv")
        let lines = try String(contentsOfFile: folder.path + "/csv/images.csv", encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 9 && lines[0].hasPrefix("run,transmitter,image,photo"))
        #expect(lines[1].contains("\"A photo, \"\"of\"\" something\"") && lines[1].contains("\"cat, tabby\""))
        #expect(FileManager.default.fileExists(atPath: folder.path + "/csv/packets.csv"))
    }

    @Test func foldersWithoutRecordsAreNamed() throws {
        let folder = try TemporaryFolder()
        #expect(throws: ResultsError.noRecords(folder.path)) { try RunRecordFiles(folder: folder.path) }
        try "no database".write(toFile: folder.path + "/run.sqlite", atomically: true, encoding: .utf8)
        #expect(throws: ResultsError.self) { try ResultsDatabase(path: folder.path + "/run.sqlite") }
    }
}
