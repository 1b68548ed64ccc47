import Determinism
import Files
import Foundation
import Wire

/// The record of a node on its way to the controller while the run goes on, so that a host that goes away keeps no more
/// than its last seconds for itself.
///
/// It takes little of a link that is being measured: a piece of at most 32 KiB, half a second apart, and none while the
/// one before is on its way. What a node writes faster comes when the run is over, as pictures do.
struct RecordStream {
    private let path: String
    private var offset: UInt64 = 0
    /// The controller holds something else and has to hear where this begins.
    private var startsOver = false
    private(set) var nextInstant: Instant
    private static let interval = Instant.Span.milliseconds(500)

    /// Goes on where the controller's part ends, if that is how the file begins.
    init(_ path: String, after kept: KeptRecord, now: Instant) {
        self.path = path
        nextInstant = now
        guard kept.size > 0 else { return }
        let own = try? FileService.measure(path, first: kept.size)
        if let own, own == (kept.size, kept.digest) { offset = kept.size } else { startsOver = true }
    }

    /// What to send now, if anything.
    ///
    /// - Parameter isFree: nothing that was sent before is still on its way.
    mutating func report(now: Instant, isFree: Bool) -> HostReport? {
        guard now >= nextInstant else { return nil }
        nextInstant = now + Self.interval
        guard isFree else { return nil }
        let bytes = piece()
        guard startsOver || !bytes.isEmpty else { return nil }
        defer { (offset, startsOver) = (offset + UInt64(bytes.count), false) }
        return .record(offset: offset, bytes: bytes)
    }

    private func piece() -> [UInt8] {
        guard isPlainFile(path), let handle = FileHandle(forReadingAtPath: path) else { return [] }
        defer { try? handle.close() }
        guard (try? handle.seek(toOffset: offset)) != nil else { return [] }
        return (try? handle.read(upToCount: Int(FileRequest.largest))).flatMap { $0 }.map { [UInt8]($0) } ?? []
    }
}
