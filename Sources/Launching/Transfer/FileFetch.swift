import Files
import Foundation
import Wire

/// Fetches files from the other side of a session, one after the other and a few pieces at a time, so that memory holds
/// no more than those. A file stands under its name once its digest is the one that was offered.
struct FileFetch {
    struct Wanted {
        var file: UInt32
        var size: UInt64
        var digest: [UInt8]
        /// For errors.
        var name: String
        /// Where it is to stand; nil: it is kept in memory.
        var target: String?
        /// Bytes at the beginning of what stands there already that stay before the file.
        var keeping: UInt64 = 0
    }

    private let wanted: [Wanted]
    /// What is asked for next, and what arrives next.
    private var asked = (index: 0, offset: UInt64(0))
    private var arrived = (index: 0, offset: UInt64(0))
    private var pieces = 0
    private var digest = Digest()
    private var output: NewFile?
    /// Of files without a target.
    private(set) var memory: [UInt8] = []
    /// Bytes that have come, and that are to come in all.
    private(set) var done: UInt64 = 0
    let total: UInt64
    private static let ahead = 4

    /// - Throws: `FileFailure` where an empty file cannot be written.
    init(_ wanted: [Wanted]) throws {
        self.wanted = wanted
        total = wanted.reduce(0) { $0 &+ $1.size }
        try settle()
    }

    /// The manifest that an offer names, into memory.
    init(_ offer: FileOffer) throws {
        try self.init([Wanted(file: 0, size: UInt64(offer.size), digest: offer.digest, name: "manifest", target: nil)])
    }

    var isDone: Bool { arrived.index == wanted.count }

    /// What to ask for now.
    mutating func requests() -> [FileRequest] {
        var requests: [FileRequest] = []
        while pieces < Self.ahead, asked.index < wanted.count {
            let file = wanted[asked.index]
            let length = min(UInt64(FileRequest.largest), file.size - asked.offset)
            if length > 0 {
                requests.append(FileRequest(file: file.file, offset: asked.offset, length: UInt32(length)))
                pieces += 1
            }
            asked.offset += length
            if asked.offset == file.size { asked = (asked.index + 1, 0) }
        }
        return requests
    }

    /// Takes in the next piece.
    ///
    /// - Throws: `TransferFailure` where it is not what was asked for, or a file not what was offered; `FileFailure`
    ///   where it cannot be written.
    mutating func take(_ piece: FilePiece) throws {
        guard pieces > 0, arrived.index < wanted.count else {
            throw TransferFailure.protocolBroken("a piece of a file that nobody asked for")
        }
        let file = wanted[arrived.index]
        guard piece.file == file.file, piece.offset == arrived.offset else {
            throw TransferFailure.protocolBroken("a piece of another file than the one that was asked for")
        }
        guard UInt64(piece.bytes.count) == min(UInt64(FileRequest.largest), file.size - arrived.offset) else {
            throw TransferFailure.changed(file.name)
        }
        pieces -= 1
        digest.update(piece.bytes)
        if let target = file.target {
            if output == nil { output = try Self.open(target, file.keeping) }
            try output?.append(piece.bytes)
        } else {
            memory += piece.bytes
        }
        arrived.offset += UInt64(piece.bytes.count)
        done += UInt64(piece.bytes.count)
        try settle()
    }

    /// Closes what is whole, and writes what is empty.
    private mutating func settle() throws {
        while arrived.index < wanted.count, arrived.offset == wanted[arrived.index].size {
            let file = wanted[arrived.index]
            guard digest.finish() == file.digest else {
                output = nil
                throw TransferFailure.changed(file.name)
            }
            if let target = file.target { try (output ?? Self.open(target, file.keeping)).finish() }
            (output, digest) = (nil, Digest())
            arrived = (arrived.index + 1, 0)
        }
    }

    private static func open(_ target: String, _ kept: UInt64) throws -> NewFile {
        try makeFolders(above: target)
        let file = try NewFile(target)
        guard kept > 0 else { return file }
        guard let handle = FileHandle(forReadingAtPath: target) else { throw TransferFailure.unreadable(target) }
        defer { try? handle.close() }
        var left = kept
        while left > 0 {
            guard let data = try? handle.read(upToCount: Int(min(1 << 20, left))), !data.isEmpty else {
                throw TransferFailure.unreadable(target)
            }
            try file.append([UInt8](data))
            left -= UInt64(data.count)
        }
        return file
    }
}
