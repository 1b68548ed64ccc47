/// node → controller: what was counted, after everything is written.
public struct Farewell: WireValue {
    public var counters: [Counter]

    public init(counters: [Counter] = []) {
        self.counters = counters
    }

    public func write(to writer: inout ByteWriter) {
        writer.list(counters)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        counters = try reader.list("counters")
    }
}
