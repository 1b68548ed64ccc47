/// node → controller: a line for the terminal.
public struct Progress: WireValue {
    public var image: UInt32
    public var text: String

    public init(image: UInt32, text: String) {
        self.image = image
        self.text = text
    }

    public func write(to writer: inout ByteWriter) {
        writer.integer(image)
        writer.text(text)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        image = try reader.integer("image")
        text = try reader.text("text")
    }
}
