/// A port a node has opened, and what it is for: `control`, or the name of a link.
public struct PortBinding: WireValue {
    /// `control`, or the name of the link whose datagrams arrive there.
    public var purpose: String
    public var port: UInt16

    public init(purpose: String, port: UInt16) {
        self.purpose = purpose
        self.port = port
    }

    public func write(to writer: inout ByteWriter) {
        writer.text(purpose)
        writer.integer(port)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        purpose = try reader.text("purpose")
        port = try reader.integer("port")
    }
}
