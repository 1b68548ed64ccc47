import Dispatch
import Files
import Foundation
import Synchronization

/// The append-only file of one node's records, one JSON object a line.
///
/// `append` only keeps the value: encoding costs microseconds that a node in the middle of a release does not have.
/// `flush` encodes and writes whole lines; call it between images and before leaving.
package final class RecordFile {
    private let file: AppendedFile
    private var waiting: [Record] = []
    package let path: String

    /// - Throws: `ResultsError.cannotWrite` naming the path.
    package init(path: String) throws {
        self.path = path
        do { file = try AppendedFile(path) } catch { throw ResultsError.cannotWrite(path) }
    }

    package func append(_ record: Record) { waiting.append(record) }

    /// Writes all waiting records in one call.
    /// - Throws: `ResultsError.writeFailed` when the disk refuses.
    package func flush() throws { try Self.flush([self]) }

    /// Writes all waiting records of many files; the cores share the encoding.
    /// - Throws: `ResultsError.writeFailed` when the disk refuses.
    package static func flush(_ files: [RecordFile]) throws {
        let waiting = files.map(\.waiting)
        let shares = Share.all(of: waiting.map(\.count))
        let encoded = Mutex([Result<[[UInt8]], any Error>](repeating: .success([]), count: shares.count))
        @Sendable func encode(_ index: Int) {
            let encoder = Self.encoder()
            let lines = Result {
                try shares[index].pieces.map { try Self.lines(waiting[$0.file][$0.records], encoder) }
            }
            encoded.withLock { $0[index] = lines }
        }
        // A node's own file is written beside its work and other nodes', whose cores are not to be taken.
        if files.count == 1 {
            for index in shares.indices { encode(index) }
        } else {
            DispatchQueue.concurrentPerform(iterations: shares.count, execute: encode)
        }
        for (share, lines) in zip(shares, encoded.withLock { $0 }) {
            var path = ""
            do {
                for (piece, lines) in zip(share.pieces, try lines.get()) {
                    path = files[piece.file].path
                    try files[piece.file].file.append(lines)
                }
            } catch {
                let reason = (error as? FileFailure)?.cause ?? systemReason(error)
                throw ResultsError.writeFailed(path: path, reason: reason)
            }
        }
        for file in files { file.waiting.removeAll(keepingCapacity: files.count == 1) }
    }

    /// What one core encodes at a time: about two thousand records, of one file or of many.
    private struct Share: Sendable {
        var pieces: [(file: Int, records: Range<Int>)] = []
        private var size = 0
        private static let most = 2048

        static func all(of counts: [Int]) -> [Share] {
            var shares = [Share()]
            for (file, count) in counts.enumerated() {
                for start in stride(from: 0, to: count, by: most) {
                    let records = start..<min(count, start + most)
                    if shares[shares.count - 1].size + records.count > most { shares.append(Share()) }
                    shares[shares.count - 1].pieces.append((file, records))
                    shares[shares.count - 1].size += records.count
                }
            }
            return shares
        }
    }

    private static func lines(_ records: ArraySlice<Record>, _ encoder: JSONEncoder) throws -> [UInt8] {
        var lines: [UInt8] = []
        for record in records {
            lines += try encoder.encode(record)
            lines.append(UInt8(ascii: "\n"))
        }
        return lines
    }

    private static func encoder() -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // A picture without any error has an infinite PSNR; nothing else is infinite by contract,
        // and no line is lost by it.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return encoder
    }
}
