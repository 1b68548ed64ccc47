import Foundation

/// The lines of record files, a batch at a time, in the order of files and lines:
/// what is held at once does not grow with the run.
struct RecordLines {
    struct Line: Sendable {
        var file: Int
        /// Counted from 1.
        var number: Int
        /// Its bytes in the batch, without the line's end.
        var range: Range<Int>
        /// The file ends without ending the line.
        var isUnfinished = false
    }

    struct Batch: Sendable {
        var bytes: [UInt8] = []
        var lines: [Line] = []
    }

    let paths: [String]
    /// Bytes; a batch holds one read more, and the whole of its last line.
    static let batchSize = 1 << 20
    private static let readSize = 1 << 18

    /// A file that cannot be read has no lines; empty lines are none.
    func forEachBatch(_ take: (Batch) throws -> Void) rethrows {
        var batch = Batch()
        for (file, path) in paths.enumerated() {
            guard let handle = FileHandle(forReadingAtPath: path) else { continue }
            defer { try? handle.close() }
            var (number, start) = (1, batch.bytes.count)
            while let piece = try? handle.read(upToCount: Self.readSize), !piece.isEmpty {
                var from = batch.bytes.count
                batch.bytes.append(contentsOf: piece)
                while let end = batch.bytes[from...].firstIndex(of: UInt8(ascii: "\n")) {
                    if end > start { batch.lines.append(Line(file: file, number: number, range: start..<end)) }
                    (number, start, from) = (number + 1, end + 1, end + 1)
                }
                guard batch.bytes.count >= Self.batchSize else { continue }
                let rest = Array(batch.bytes[start...])
                try take(batch)
                (batch, start) = (Batch(bytes: rest), 0)
            }
            if batch.bytes.count > start {
                batch.lines.append(
                    Line(file: file, number: number, range: start..<batch.bytes.count, isUnfinished: true))
            }
        }
        if !batch.lines.isEmpty { try take(batch) }
    }
}
