import Determinism

/// controller → receiver: image k is about to leave.
public struct Expectation: WireValue {
    public var image: UInt32
    public var link: String
    public var latencyBudget: Instant.Span

    public init(image: UInt32, link: String, latencyBudget: Instant.Span) {
        self.image = image
        self.link = link
        self.latencyBudget = latencyBudget
    }

    public func write(to writer: inout ByteWriter) {
        writer.integer(image)
        writer.text(link)
        writer.span(latencyBudget)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        image = try reader.integer("image")
        link = try reader.text("link")
        latencyBudget = try reader.span("latency budget")
    }
}
