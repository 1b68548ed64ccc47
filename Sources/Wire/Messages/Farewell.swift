/// node → controller: everything is written.
public struct Farewell: WireValue {
    public init() {}

    public func write(to writer: inout ByteWriter) {}

    public init(from reader: inout ByteReader) throws(WireError) {}
}
