/// node → controller: its last words.
public struct NodeError: WireValue {
    public var text: String

    public init(text: String) {
        self.text = text
    }

    public func write(to writer: inout ByteWriter) {
        writer.text(text)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        text = try reader.text("text")
    }
}
