import Dispatch
import Files
import Foundation
import Synchronization

/// The records of one run folder, read line by line.
///
/// A node that died may leave its last line cut off, and a disk may have filled in the middle of one: such lines are
/// counted and skipped, never fatal, so that what was seen before the crash can still be read.
package struct RunRecordFiles: Sendable {
    package struct Damage: Sendable, Equatable {
        package var file: String
        /// Counted from 1.
        package var line: Int
        /// True for an unfinished last line, the ordinary trace of a killed process.
        package var isCutOff: Bool

        package init(file: String, line: Int, isCutOff: Bool) {
            (self.file, self.line, self.isCutOff) = (file, line, isCutOff)
        }
    }

    package let records: [Record]
    package let damages: [Damage]

    /// All of a run at once.
    /// - Throws: `ResultsError.noRecords` where the folder holds no `records/*.jsonl`.
    package init(folder: String) throws {
        var records: [Record] = []
        damages = try Self.read(folder) { records += $0 }
        self.records = records
    }

    /// Hands the records over a batch at a time, in the order of the files' names and of their lines. The cores share
    /// the decoding of a batch.
    ///
    /// - Throws: `ResultsError.noRecords` where the folder holds no `records/*.jsonl`, and what `take` throws.
    package static func read(_ folder: String, _ take: ([Record]) throws -> Void) throws -> [Damage] {
        let names = try fileNames(folder)
        let settled = givenUp(folder)
        var damages: [Damage] = []
        try RecordLines(paths: names.map { "\(folder)/records/\($0)" }).forEachBatch { batch in
            var records: [Record] = []
            records.reserveCapacity(batch.lines.count)
            for (line, record) in zip(batch.lines, decoded(batch)) {
                if let record {
                    if case .reception(let reception) = record, names[line.file] != controllersFile,
                        settled.contains(Subject(reception))
                    {
                        continue
                    }
                    records.append(record)
                } else {
                    damages.append(.init(file: names[line.file], line: line.number, isCutOff: line.isUnfinished))
                }
            }
            try take(records)
        }
        return damages
    }

    private static let controllersFile = "controller.jsonl"

    /// An image at a receiver.
    private struct Subject: Hashable {
        var transmitter, receiver: String
        var image: Int

        init(_ record: ReceptionRecord) {
            (transmitter, receiver, image) = (record.transmitter, record.receiver, record.image)
        }
    }

    /// What the controller wrote of receivers that gave no word: its verdict is the one, whatever the receiver still
    /// wrote of what came late.
    private static func givenUp(_ folder: String) -> Set<Subject> {
        let mark = Data("\"\(ReceptionRecord.Status.away.rawValue)\"".utf8)
        var found: Set<Subject> = []
        RecordLines(paths: ["\(folder)/records/\(controllersFile)"]).forEachBatch { batch in
            for line in batch.lines {
                // Few lines are receptions: the others are not decoded twice.
                let bytes = Data(batch.bytes[line.range])
                guard bytes.range(of: mark) != nil,
                    case .reception(let reception)? = try? JSONDecoder().decode(Record.self, from: bytes)
                else { continue }
                found.insert(Subject(reception))
            }
        }
        return found
    }

    private static func fileNames(_ folder: String) throws -> [String] {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/records")) ?? []).filter {
            // Plain files only: a pipe among them would be waited for, for ever.
            $0.hasSuffix(".jsonl") && isPlainFile("\(folder)/records/\($0)")
        }.sorted()
        guard !names.isEmpty else { throw ResultsError.noRecords(folder) }
        return names
    }

    /// One record a line; nil for a line that is none.
    private static func decoded(_ batch: RecordLines.Batch) -> [Record?] {
        let share = 1024
        let shares = (batch.lines.count + share - 1) / share
        let parts = Mutex([[Record?]](repeating: [], count: shares))
        DispatchQueue.concurrentPerform(iterations: shares) { index in
            let decoder = JSONDecoder()
            decoder.nonConformingFloatDecodingStrategy = .convertFromString(
                positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
            let part = batch.lines[index * share..<min(batch.lines.count, (index + 1) * share)].map {
                try? decoder.decode(Record.self, from: Data(batch.bytes[$0.range]))
            }
            parts.withLock { $0[index] = part }
        }
        return parts.withLock { $0.flatMap { $0 } }
    }
}
