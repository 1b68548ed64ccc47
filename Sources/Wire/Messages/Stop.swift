/// controller → node: finish writing and leave.
public struct Stop: WireValue {
    public init() {}

    public func write(to writer: inout ByteWriter) {}

    public init(from reader: inout ByteReader) throws(WireError) {}
}
