import Determinism

/// transmitter → controller: what was really sent for an image.
public struct Departure: WireValue {
    public var image: UInt32
    /// α after the transmitter kept the budget.
    public var alpha: Float
    public var rate: UInt16
    public var bits: SectionBits
    /// −log₂ P of what was sent.
    public var theoreticalBits: Double
    /// Sealed datagrams, headers included.
    public var wireBits: UInt64
    public var datagrams: UInt32
    /// Before the first datagram was handed to the socket.
    public var begun: Instant
    /// After the last.
    public var ended: Instant
    public var stages: [StageTiming]

    public init(
        image: UInt32, alpha: Float, rate: UInt16, bits: SectionBits, theoreticalBits: Double, wireBits: UInt64,
        datagrams: UInt32, begun: Instant, ended: Instant, stages: [StageTiming] = []
    ) {
        self.image = image
        self.alpha = alpha
        self.rate = rate
        self.bits = bits
        self.theoreticalBits = theoreticalBits
        self.wireBits = wireBits
        self.datagrams = datagrams
        self.begun = begun
        self.ended = ended
        self.stages = stages
    }

    public func write(to writer: inout ByteWriter) {
        writer.integer(image)
        writer.real(alpha)
        writer.integer(rate)
        bits.write(to: &writer)
        writer.real(theoreticalBits)
        writer.integer(wireBits)
        writer.integer(datagrams)
        writer.instant(begun)
        writer.instant(ended)
        writer.list(stages)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        image = try reader.integer("image")
        alpha = try reader.float("alpha")
        rate = try reader.integer("rate")
        bits = try SectionBits(from: &reader)
        theoreticalBits = try reader.double("theoretical bits")
        wireBits = try reader.integer("wire bits")
        datagrams = try reader.integer("datagrams")
        begun = try reader.instant("begun")
        ended = try reader.instant("ended")
        stages = try reader.list("stages")
    }
}
