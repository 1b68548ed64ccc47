/// How much of a node's record the controller holds, and the digest of that, by which the node's host knows whether it
/// is the beginning of its own.
public struct KeptRecord: WireValue {
    public var size: UInt64
    /// SHA-256.
    public var digest: [UInt8]

    public init(size: UInt64 = 0, digest: [UInt8] = Digest.of([])) {
        self.size = size
        self.digest = digest
    }

    public func write(to writer: inout ByteWriter) {
        writer.integer(size)
        writer.block(digest)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        size = try reader.integer("size")
        digest = try reader.block("digest", limit: Digest.length)
        guard digest.count == Digest.length else { throw .inconsistent(field: "digest") }
    }
}
