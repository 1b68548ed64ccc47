/// controller → node: finish writing and leave.
public struct Stop: WireValue {
    public var reason: String

    public init(reason: String) {
        self.reason = reason
    }

    public func write(to writer: inout ByteWriter) {
        writer.text(reason)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        reason = try reader.text("reason")
    }
}
