import Files
import Foundation
import Wire

/// Hands out pieces of the files that a manifest offers; holds none of them in memory.
final class FileService {
    /// Where the bytes of an offered file come from.
    enum Source: Sendable {
        case path(String)
        case bytes([UInt8])
    }

    /// `source` is nil for what is no file.
    typealias Offered = (entry: FileManifest.Entry, source: Source?)

    let manifest: FileManifest
    let offer: FileOffer
    private let sources: [Source]
    private let serialised: [UInt8]
    private var open: (file: UInt32, handle: FileHandle)?

    init(_ entries: [Offered]) {
        manifest = FileManifest(entries.map(\.entry))
        sources = entries.map { $0.source ?? .bytes([]) }
        serialised = manifest.serialised()
        offer = FileOffer(size: UInt32(serialised.count), digest: Digest.of(serialised))
    }

    /// What there is of a piece; less than was asked for where the file is not as it was offered.
    func piece(_ request: FileRequest) -> FilePiece {
        FilePiece(file: request.file, offset: request.offset, bytes: bytes(request))
    }

    private func bytes(_ request: FileRequest) -> [UInt8] {
        if request.file == 0 { return Self.part(serialised, request) }
        guard request.file <= sources.count, request.offset <= FileManifest.largestFile else { return [] }
        switch sources[Int(request.file) - 1] {
        case .bytes(let bytes): return Self.part(bytes, request)
        case .path(let path):
            if open?.file != request.file {
                // A pipe that nobody writes to would hold up the whole controller.
                guard isPlainFile(path), let handle = FileHandle(forReadingAtPath: path) else { return [] }
                open = (request.file, handle)
            }
            guard let handle = open?.handle, (try? handle.seek(toOffset: request.offset)) != nil else { return [] }
            return (try? handle.read(upToCount: Int(request.length))).flatMap { $0 }.map { [UInt8]($0) } ?? []
        }
    }

    private static func part(_ bytes: [UInt8], _ request: FileRequest) -> [UInt8] {
        guard request.offset < UInt64(bytes.count) else { return [] }
        let start = Int(request.offset)
        return Array(bytes[start..<min(bytes.count, start + Int(request.length))])
    }

    /// Size and SHA-256 of a plain file, or of its first bytes.
    ///
    /// - Throws: `TransferFailure.unreadable`.
    static func measure(_ path: String, first: UInt64 = .max) throws -> (size: UInt64, digest: [UInt8]) {
        guard isPlainFile(path), let handle = FileHandle(forReadingAtPath: path) else {
            throw TransferFailure.unreadable(path)
        }
        defer { try? handle.close() }
        var (digest, size) = (Digest(), UInt64(0))
        do {
            while let data = try handle.read(upToCount: Int(min(1 << 20, first - size))), !data.isEmpty {
                digest.update([UInt8](data))
                size += UInt64(data.count)
            }
        } catch { throw TransferFailure.unreadable(path) }
        return (size, digest.finish())
    }
}
