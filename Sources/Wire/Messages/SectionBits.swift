/// Bits by section, as they were put into data datagrams (payload, without seal and datagram headers).
public struct SectionBits: WireValue {
    public var header: UInt64
    /// Caption and layout.
    public var prompt: UInt64
    /// The layout's part of the prompt.
    public var layout: UInt64
    public var mask: UInt64
    public var hyper: UInt64
    public var features: UInt64

    public init(header: UInt64, prompt: UInt64, layout: UInt64 = 0, mask: UInt64, hyper: UInt64, features: UInt64) {
        self.header = header
        self.prompt = prompt
        self.layout = layout
        self.mask = mask
        self.hyper = hyper
        self.features = features
    }

    public func write(to writer: inout ByteWriter) {
        writer.integer(header)
        writer.integer(prompt)
        writer.integer(layout)
        writer.integer(mask)
        writer.integer(hyper)
        writer.integer(features)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        header = try reader.integer("header")
        prompt = try reader.integer("prompt")
        layout = try reader.integer("layout")
        mask = try reader.integer("mask")
        hyper = try reader.integer("hyper")
        features = try reader.integer("features")
    }
}

extension SectionBits {
    public var total: UInt64 { header &+ prompt &+ mask &+ hyper &+ features }
}
