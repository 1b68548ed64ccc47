/// controller → host of a node: what the node is, and which files it needs.
public struct Briefing: WireValue {
    /// Names the run, 16 bytes: a host that comes back in one finds its records again.
    public var run: [UInt8]
    /// Of the run: the keys of the node's own control link, and of all data, come from it.
    public var secret: Secret
    /// The executable that plays the node's role.
    public var program: String
    /// For matrix products.
    public var threads: UInt16
    /// Of the manifest that can be fetched as file 0.
    public var manifest: FileOffer
    /// What the controller holds of the node's record.
    public var kept: KeptRecord

    public init(
        run: [UInt8], secret: Secret, program: String, threads: UInt16, manifest: FileOffer, kept: KeptRecord = .init()
    ) {
        self.run = run
        self.secret = secret
        self.program = program
        self.threads = threads
        self.manifest = manifest
        self.kept = kept
    }

    public func write(to writer: inout ByteWriter) {
        writer.block(run)
        writer.block(secret.bytes)
        writer.text(program)
        writer.integer(threads)
        manifest.write(to: &writer)
        kept.write(to: &writer)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        run = try reader.block("run", limit: 16)
        guard run.count == 16, let secret = Secret(bytes: try reader.block("secret", limit: 32)) else {
            throw .inconsistent(field: "secret")
        }
        self.secret = secret
        program = try reader.text("program")
        threads = try reader.integer("threads")
        manifest = try FileOffer(from: &reader)
        kept = try KeptRecord(from: &reader)
    }
}

/// A manifest that one side holds ready for the other.
public struct FileOffer: WireValue {
    public var size: UInt32
    /// SHA-256.
    public var digest: [UInt8]

    public init(size: UInt32, digest: [UInt8]) {
        self.size = size
        self.digest = digest
    }

    public func write(to writer: inout ByteWriter) {
        writer.integer(size)
        writer.block(digest)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        size = try reader.integer("size")
        guard size <= FileManifest.largest else {
            throw .tooLong(field: "manifest", length: Int(size), limit: FileManifest.largest)
        }
        digest = try reader.block("digest", limit: Digest.length)
        guard digest.count == Digest.length else { throw .inconsistent(field: "digest") }
    }
}
