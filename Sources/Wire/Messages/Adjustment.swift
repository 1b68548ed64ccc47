import Determinism

/// controller → channel: a timed event of the topology.
public struct Adjustment: WireValue {
    /// Empty: every link of the node.
    public var link: String
    /// `snr`, `bandwidth`, `loss`, `down`, … as the topology names it.
    public var quantity: String
    /// With its unit, as the topology writes it.
    public var value: String
    /// When it takes effect.
    public var at: Instant

    public init(link: String, quantity: String, value: String, at: Instant) {
        self.link = link
        self.quantity = quantity
        self.value = value
        self.at = at
    }

    public func write(to writer: inout ByteWriter) {
        writer.text(link)
        writer.text(quantity)
        writer.text(value)
        writer.instant(at)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        link = try reader.text("link")
        quantity = try reader.text("quantity")
        value = try reader.text("value")
        at = try reader.instant("at")
    }
}
