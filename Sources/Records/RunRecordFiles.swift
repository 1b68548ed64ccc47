import Foundation

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

    /// - Throws: `ResultsError.noRecords` where the folder holds no `records/*.jsonl`.
    package init(folder: String) throws {
        let directory = URL(fileURLWithPath: folder).appendingPathComponent("records")
        let files =
            ((try? FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)) ?? [])
            .filter {
                // Plain files only: a pipe among them would be waited for, for ever.
                var status = stat()
                return $0.pathExtension == "jsonl" && stat($0.path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
            }.sorted { $0.lastPathComponent < $1.lastPathComponent }
        guard !files.isEmpty else { throw ResultsError.noRecords(folder) }
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        var records: [Record] = []
        var damages: [Damage] = []
        for file in files {
            guard let data = try? Data(contentsOf: file) else { continue }
            let finished = data.last == UInt8(ascii: "\n")
            let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            for (index, line) in lines.enumerated() where !line.isEmpty {
                do {
                    records.append(try decoder.decode(Record.self, from: Data(line)))
                } catch {
                    damages.append(
                        .init(
                            file: file.lastPathComponent, line: index + 1,
                            isCutOff: index == lines.count - 1 && !finished))
                }
            }
        }
        self.records = records
        self.damages = damages
    }
}
