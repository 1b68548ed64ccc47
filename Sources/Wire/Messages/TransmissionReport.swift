import Determinism

/// transmitter → controller: what was really sent for an image.
public struct TransmissionReport: WireValue {
    public var image: UInt32
    /// α after the transmitter kept the budget.
    public var alpha: Float
    public var rate: UInt16
    /// Of all sections, as they were put into datagrams: without seals and headings.
    public var bits: UInt64
    /// Before the first datagram was handed to the socket.
    public var begun: Instant

    public init(image: UInt32, alpha: Float, rate: UInt16, bits: UInt64, begun: Instant) {
        self.image = image
        self.alpha = alpha
        self.rate = rate
        self.bits = bits
        self.begun = begun
    }

    public func write(to writer: inout ByteWriter) {
        writer.integer(image)
        writer.real(alpha)
        writer.integer(rate)
        writer.integer(bits)
        writer.instant(begun)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        image = try reader.integer("image")
        alpha = try reader.float("alpha")
        rate = try reader.integer("rate")
        bits = try reader.integer("bits")
        begun = try reader.instant("begun")
    }
}
