import Determinism

/// The other half: offset ≈ ((received − probeSent) + (sent − back)) / 2, error at most half the round trip.
public struct ClockReply: WireValue {
    public var number: UInt32
    /// Prober's clock.
    public var probeSent: Instant
    /// Replier's clock.
    public var received: Instant
    /// Replier's clock.
    public var sent: Instant

    public init(number: UInt32, probeSent: Instant, received: Instant, sent: Instant) {
        self.number = number
        self.probeSent = probeSent
        self.received = received
        self.sent = sent
    }

    public func write(to writer: inout ByteWriter) {
        writer.integer(number)
        writer.instant(probeSent)
        writer.instant(received)
        writer.instant(sent)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        number = try reader.integer("number")
        probeSent = try reader.instant("probe sent")
        received = try reader.instant("received")
        sent = try reader.instant("sent")
    }
}
