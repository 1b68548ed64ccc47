/// Which files one side of a session offers the other, by size and digest, and where each belongs.
///
/// A path comes from the other host: only one that leads downwards from a folder of the reader's own is taken
/// (``isPlain(_:)``), and what a node may send back is narrower still (`ReturnedFiles`).
public struct FileManifest: Equatable, Sendable {
    public struct Entry: Equatable, Sendable {
        public enum Kind: UInt8, Sendable {
            case file = 0
            /// A folder that has to be there, empty or not.
            case folder = 1
            /// A file that has to be there, and which nobody reads: it stays empty.
            case stub = 2
        }

        public var kind: Kind
        /// Relative, from the folder that the reader chooses.
        public var path: String
        /// Bytes; 0 for what is no file.
        public var size: UInt64
        /// SHA-256; empty for what is no file.
        public var digest: [UInt8]

        public init(_ kind: Kind, _ path: String, size: UInt64 = 0, digest: [UInt8] = []) {
            (self.kind, self.path, self.size, self.digest) = (kind, path, size, digest)
        }
    }

    public var entries: [Entry]

    public static let mostEntries = 200_000
    /// Bytes of a manifest.
    public static let largest = 64 << 20
    /// Bytes of a file.
    public static let largestFile: UInt64 = 16 << 30

    public init(_ entries: [Entry] = []) { self.entries = entries }

    /// Bytes of all its files.
    public var size: UInt64 { entries.reduce(0) { $0 &+ $1.size } }

    public func serialised() -> [UInt8] {
        var writer = ByteWriter(capacity: entries.count * 128)
        writer.integer(UInt32(entries.count))
        for entry in entries {
            writer.integer(entry.kind.rawValue)
            writer.text(entry.path)
            guard entry.kind == .file else { continue }
            writer.integer(entry.size)
            writer.rest(entry.digest)
        }
        return writer.bytes
    }

    /// - Throws: `WireError` when the bytes are not exactly one manifest of plain paths, each named once.
    public init(serialised bytes: [UInt8]) throws(WireError) {
        var reader = ByteReader(bytes)
        let count = Int(try reader.integer(UInt32.self, "count"))
        guard count <= Self.mostEntries else {
            throw .tooLong(field: "manifest", length: count, limit: Self.mostEntries)
        }
        entries = []
        var seen: Set<String> = []
        for _ in 0..<count {
            let number: UInt8 = try reader.integer("kind")
            guard let kind = Entry.Kind(rawValue: number) else { throw .unknown(field: "kind", value: UInt64(number)) }
            let path = try reader.text("path")
            guard Self.isPlain(path), seen.insert(path).inserted else { throw .inconsistent(field: "path") }
            guard kind == .file else {
                entries.append(Entry(kind, path))
                continue
            }
            let size: UInt64 = try reader.integer("size")
            guard size <= Self.largestFile else {
                throw .tooLong(field: "file", length: Int(clamping: size), limit: Int(Self.largestFile))
            }
            let digest = try reader.bytes("digest", count: Digest.length)
            entries.append(Entry(.file, path, size: size, digest: digest))
        }
        try reader.finish()
    }

    /// Whether a path leads downwards, step by step, and can be written down anywhere.
    public static func isPlain(_ path: String) -> Bool {
        guard !path.isEmpty, path.utf8.count <= 2_048 else { return false }
        let steps = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return steps.count <= 64
            && steps.allSatisfy { step in
                !step.isEmpty && step.count <= 255 && !step.elementsEqual(".".utf8) && !step.elementsEqual("..".utf8)
                    && step.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
            }
    }
}
