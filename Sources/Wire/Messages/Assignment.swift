import Determinism

/// controller → transmitter: take this image next.
public struct Assignment: WireValue {
    /// Number of the image in the run, from 0.
    public var image: UInt32
    /// Path of the photo.
    public var source: String
    /// Caption to send; empty: sidecar file, or derived from the label.
    public var caption: String
    /// Label whose importance counts; empty: the most probable one.
    public var label: String
    /// Links the image goes out on (several for multicast).
    public var links: [LinkName]
    /// T_max of Eq. (31a).
    public var latencyBudget: Instant.Span

    public init(
        image: UInt32, source: String, caption: String, label: String, links: [LinkName] = [],
        latencyBudget: Instant.Span
    ) {
        self.image = image
        self.source = source
        self.caption = caption
        self.label = label
        self.links = links
        self.latencyBudget = latencyBudget
    }

    public func write(to writer: inout ByteWriter) {
        writer.integer(image)
        writer.text(source)
        writer.text(caption)
        writer.text(label)
        writer.list(links)
        writer.span(latencyBudget)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        image = try reader.integer("image")
        source = try reader.text("source")
        caption = try reader.text("caption")
        label = try reader.text("label")
        links = try reader.list("links")
        latencyBudget = try reader.span("latency budget")
    }
}

/// The name of a link, as a member of a list.
public struct LinkName: WireValue, ExpressibleByStringLiteral, CustomStringConvertible {
    public var text: String

    public init(_ text: String) { self.text = text }
    public init(stringLiteral text: String) { self.text = text }
    public var description: String { text }

    public func write(to writer: inout ByteWriter) { writer.text(text) }
    public init(from reader: inout ByteReader) throws(WireError) { text = try reader.text("link") }
}
