import Foundation
import GRDB
import Records
import TestSupport
import Testing

@testable import Report
@testable import Results
@testable import Runs

/// Records as a crash, a full disk or another program leaves them: the report is written of what can be read.
@Suite struct HostileRecordTests {
    private func lines(_ folder: String) throws -> [(file: String, lines: [[UInt8]])] {
        try FileManager.default.contentsOfDirectory(atPath: folder + "/records").sorted().map { name in
            let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/records/\(name)"))
            return (name, bytes.split(separator: UInt8(ascii: "\n")).map(Array.init))
        }
    }

    private static let spice = [
        "9223372036854775807", "-9223372036854775808", "1e300", "-1e300", "0", "-1", "null", "\"nan\"", "\"inf\"", "{}",
        "[]", "\"x\"", "1e-300",
    ].map { Array($0.utf8) }

    /// Every number of a line becomes an extreme one.
    private func extremes(_ line: [UInt8], _ random: inout Mutation) -> [UInt8] {
        var result: [UInt8] = []
        var index = 0
        while index < line.count {
            let byte = line[index]
            let isNumber = byte == UInt8(ascii: "-") || (48...57).contains(byte)
            guard isNumber, index > 0, line[index - 1] == UInt8(ascii: ":") else {
                result.append(byte)
                index += 1
                continue
            }
            var end = index
            while end < line.count, line[end] != UInt8(ascii: ","), line[end] != UInt8(ascii: "}") { end += 1 }
            result += random.next(3) == 0 ? Self.spice[random.next(Self.spice.count)] : Array(line[index..<end])
            index = end
        }
        return result
    }

    @Test func reportsOfDamagedRecords() throws {
        let count = environmentSaysAll() ? 1000 : 12
        var random = Mutation(seed: 5)
        let source = try TemporaryFolder()
        try SyntheticRun().write(to: source.path)
        let whole = try lines(source.path)
        for trial in 0..<count {
            let folder = try TemporaryFolder()
            try FileManager.default.createDirectory(atPath: folder.path + "/records", withIntermediateDirectories: true)
            for (file, lines) in whole {
                let damaged = lines.map { random.next(4) == 0 ? extremes($0, &random) : $0 }
                let text = Data(damaged.joined(separator: [UInt8(ascii: "\n")])) + Data([UInt8(ascii: "\n")])
                try text.write(to: URL(fileURLWithPath: "\(folder.path)/records/\(file)"))
            }
            do {
                _ = try RunClosing.close(folder: folder.path)
                #expect(FileManager.default.fileExists(atPath: folder.path + "/report.html"), "trial \(trial)")
            } catch { #expect(!"\(error)".contains("\n"), "trial \(trial): \(error)") }
            let packets = try RunRecordFiles(folder: folder.path).records.compactMap {
                if case .packet(let packet) = $0 { packet } else { nil }
            }
            _ = ChannelCapture.file(packets, epoch: .max)
        }
    }

    @Test func mutatedLines() throws {
        let source = try TemporaryFolder()
        try SyntheticRun().write(to: source.path)
        let whole = try lines(source.path).flatMap(\.lines)
        let count = environmentSaysAll() ? 100_000 : 5000
        var random = Mutation(seed: 3)
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path + "/records", withIntermediateDirectories: true)
        var text: [UInt8] = []
        for _ in 0..<count {
            text += random.mutated(whole[random.next(whole.count)], spice: Self.spice)
            text.append(UInt8(ascii: "\n"))
        }
        try Data(text).write(to: URL(fileURLWithPath: folder.path + "/records/all.jsonl"))
        let read = try RunRecordFiles(folder: folder.path)
        #expect(read.damages.count > count / 10 && read.records.count > count / 100)
        // What could be read is a record, whatever its numbers: its row and its sums are made without a trap.
        for record in read.records { _ = record.row(run: "") }
    }

    @Test func aPipeAmongTheRecordsIsPassedOver() throws {
        let folder = try TemporaryFolder()
        try SyntheticRun().write(to: folder.path)
        try #require(mkfifo(folder.path + "/records/pipe.jsonl", 0o600) == 0)
        #expect(try RunRecordFiles(folder: folder.path).damages.isEmpty)
    }

    @Test func numbersThatNoTableTakesCostTheirRecordOnly() throws {
        let folder = try TemporaryFolder()
        try SyntheticRun().write(to: folder.path)
        let path = folder.path + "/records/air.jsonl"
        let line =
            #"""
            {"record":"block","link":"uplink","number":999,"start_at_ns":1,"duration_s":0.05,"snr_db":"nan",\#
            "capacity_bit_per_s":1}
            """#
        try (String(contentsOfFile: path, encoding: .utf8) + line + "\n").write(
            toFile: path, atomically: true, encoding: .utf8)
        let (results, damages) = try RunClosing.close(folder: folder.path)
        #expect(damages.count == 1 && damages[0].file.contains("block"))
        #expect(!results.channel.blocks.isEmpty && !results.channel.blocks.contains { $0.number == 999 })
    }

    @Test func aLockedDatabaseIsWaitedFor() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/run.sqlite"
        let holder = try ResultsDatabase(path: path)
        let other = try ResultsDatabase(path: path)
        let release = DispatchSemaphore(value: 0)
        let held = DispatchSemaphore(value: 0)
        DispatchQueue.global().async {
            try? holder.queue.inDatabase { db in
                try db.execute(sql: "BEGIN EXCLUSIVE")
                held.signal()
                release.wait()
                try db.execute(sql: "COMMIT")
            }
        }
        held.wait()
        DispatchQueue.global().asyncAfter(deadline: .now() + 0.3) { release.signal() }
        try other.write([.event(.init(at: 1, node: "a", severity: .note, what: "b"))])
        #expect(try other.results().events.count == 1)
    }
}
