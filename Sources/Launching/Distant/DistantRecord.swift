import Files
import Wire

/// What has come of a distant node's record while the run goes on, in the run's folder under its usual name.
struct DistantRecord {
    private let path: String
    private var file: AppendedFile?
    private var digest = Digest()
    private var endsALine = true
    /// Bytes from hosts that had the node's place before: theirs alone, which no later host brings back.
    private(set) var before: UInt64 = 0
    /// Bytes that have come of the present host's record.
    private(set) var size: UInt64 = 0

    init(_ path: String) { self.path = path }

    /// For a host that comes: whether it goes on with this record or begins another.
    var kept: KeptRecord {
        var digest = digest
        return KeptRecord(size: size, digest: digest.finish())
    }

    var isEmpty: Bool { before + size == 0 }

    /// - Throws: `TransferFailure.protocolBroken` where it is not what follows; `FileFailure`.
    mutating func take(_ bytes: [UInt8], at offset: UInt64) throws {
        if offset == 0, size > 0 {
            // The file ends an unfinished line by itself when it is opened again.
            before += size + (endsALine ? 0 : 1)
            (file, digest, size, endsALine) = (nil, Digest(), 0, true)
        }
        guard offset == size, before + size + UInt64(bytes.count) <= ReturnedFiles.most else {
            throw TransferFailure.protocolBroken("a piece of its record that does not follow")
        }
        guard let last = bytes.last else { return }
        if file == nil { file = try AppendedFile(path) }
        try file?.append(bytes)
        digest.update(bytes)
        size += UInt64(bytes.count)
        endsALine = last == UInt8(ascii: "\n")
    }
}
