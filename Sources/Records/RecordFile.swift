import Files
import Foundation

/// The append-only file of one node's records, one JSON object a line.
///
/// `append` only keeps the value: encoding costs microseconds that a node in the middle of a release does not have.
/// `flush` encodes and writes whole lines; call it between images and before leaving.
package final class RecordFile {
    private let handle: FileHandle
    private let encoder = JSONEncoder()
    private var waiting: [Record] = []
    package let path: String

    /// - Throws: `ResultsError.cannotWrite` naming the path.
    package init(path: String) throws {
        self.path = path
        let manager = FileManager.default
        let folder = (path as NSString).deletingLastPathComponent
        if !folder.isEmpty { try? manager.createDirectory(atPath: folder, withIntermediateDirectories: true) }
        if !manager.fileExists(atPath: path) { _ = manager.createFile(atPath: path, contents: nil) }
        guard let handle = FileHandle(forUpdatingAtPath: path) else { throw ResultsError.cannotWrite(path) }
        self.handle = handle
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // A picture without any error has an infinite PSNR; nothing else is infinite by contract, and no line is lost by it.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        // A line cut off by a crash must not swallow the next one (hence opened for reading, too).
        if let end = try? handle.seekToEnd(), end > 0 {
            try? handle.seek(toOffset: end - 1)
            let last = try? handle.read(upToCount: 1)
            if last != Data([UInt8(ascii: "\n")]) { try? handle.write(contentsOf: Data([UInt8(ascii: "\n")])) }
        }
    }

    package func append(_ record: Record) { waiting.append(record) }

    /// Writes all waiting records in one call.
    /// - Throws: `ResultsError.writeFailed` when the disk refuses.
    package func flush() throws {
        guard !waiting.isEmpty else { return }
        var lines = Data()
        do {
            for record in waiting {
                lines.append(try encoder.encode(record))
                lines.append(UInt8(ascii: "\n"))
            }
            try handle.write(contentsOf: lines)
        } catch {
            throw ResultsError.writeFailed(path: path, reason: systemReason(error))
        }
        waiting.removeAll(keepingCapacity: true)
    }
}
