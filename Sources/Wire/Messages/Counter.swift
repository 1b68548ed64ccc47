/// A named count.
public struct Counter: WireValue {
    public var name: String
    public var value: UInt64

    public init(name: String, value: UInt64) {
        self.name = name
        self.value = value
    }

    public func write(to writer: inout ByteWriter) {
        writer.text(name)
        writer.integer(value)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        name = try reader.text("name")
        value = try reader.integer("value")
    }
}
