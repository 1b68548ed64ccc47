/// receiver → controller → transmitter: the negative acknowledgement. What is held of an image, and how far the rest
/// counts as missing.
public struct RetransmissionRequest: WireValue {
    public var image: UInt32
    public var link: String
    /// Which preamble fragments and which slices are held: bit i of byte i/8, lowest bit first; beyond the end: not
    /// held.
    public var preamble: [UInt8]
    public var slices: [UInt8]
    /// Datagrams before this place in the order of sending are missing unless held; those after may still be on their
    /// way.
    public var upTo: UInt32

    public init(image: UInt32, link: String, preamble: [UInt8], slices: [UInt8], upTo: UInt32) {
        self.image = image
        self.link = link
        self.preamble = preamble
        self.slices = slices
        self.upTo = upTo
    }

    public init(
        image: UInt32, link: String, preamble: some Sequence<UInt16>, slices: some Sequence<UInt16>, upTo: UInt32
    ) {
        self.init(image: image, link: link, preamble: Self.bitmap(preamble), slices: Self.bitmap(slices), upTo: upTo)
    }

    public func holds(_ section: DataDatagram.Section, _ index: UInt16) -> Bool {
        let bits = section == .preamble ? preamble : slices
        let byte = Int(index / 8)
        return byte < bits.count && bits[byte] >> (index % 8) & 1 == 1
    }

    private static func bitmap(_ indices: some Sequence<UInt16>) -> [UInt8] {
        var bits: [UInt8] = []
        for index in indices {
            let byte = Int(index / 8)
            while bits.count <= byte { bits.append(0) }
            bits[byte] |= 1 << (index % 8)
        }
        return bits
    }

    public func write(to writer: inout ByteWriter) {
        writer.integer(image)
        writer.text(link)
        writer.block(preamble)
        writer.block(slices)
        writer.integer(upTo)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        image = try reader.integer("image")
        link = try reader.text("link")
        preamble = try reader.block("preamble held", limit: 8192)
        slices = try reader.block("slices held", limit: 8192)
        upTo = try reader.integer("up to")
    }
}
