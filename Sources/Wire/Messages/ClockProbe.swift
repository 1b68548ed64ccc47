import Determinism

/// One half of the exchange that estimates the offset between two hosts' clocks.
public struct ClockProbe: WireValue {
    public var number: UInt32
    /// Sender's clock.
    public var sent: Instant

    public init(number: UInt32, sent: Instant) {
        self.number = number
        self.sent = sent
    }

    public func write(to writer: inout ByteWriter) {
        writer.integer(number)
        writer.instant(sent)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        number = try reader.integer("number")
        sent = try reader.instant("sent")
    }
}
