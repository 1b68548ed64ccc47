import Determinism

/// controller → node: the run begins.
public struct Start: WireValue {
    /// The run's time zero on the host's monotonic clock; coherence block 0 of every link starts here.
    public var origin: Instant
    public var seed: UInt64

    public init(origin: Instant, seed: UInt64) {
        self.origin = origin
        self.seed = seed
    }

    public func write(to writer: inout ByteWriter) {
        writer.instant(origin)
        writer.integer(seed)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        origin = try reader.instant("origin")
        seed = try reader.integer("seed")
    }
}
