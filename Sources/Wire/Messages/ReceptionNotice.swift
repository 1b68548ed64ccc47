import Determinism

/// controller → receiver: image k has left its transmitter.
public struct ReceptionNotice: WireValue {
    public var image: UInt32
    public var link: String
    public var latencyBudget: Instant.Span
    /// When its first datagram was handed to the socket: the latency on the air counts from here.
    public var begun: Instant

    public init(image: UInt32, link: String, latencyBudget: Instant.Span, begun: Instant) {
        self.image = image
        self.link = link
        self.latencyBudget = latencyBudget
        self.begun = begun
    }

    public func write(to writer: inout ByteWriter) {
        writer.integer(image)
        writer.text(link)
        writer.span(latencyBudget)
        writer.instant(begun)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        image = try reader.integer("image")
        link = try reader.text("link")
        latencyBudget = try reader.span("latency budget")
        begun = try reader.instant("begun")
    }
}
