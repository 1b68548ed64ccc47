/// transmitter → controller: an image that will not be sent; the next may be.
public struct Omission: WireValue {
    public var image: UInt32
    public var reason: String

    public init(image: UInt32, reason: String) {
        self.image = image
        self.reason = reason
    }

    public func write(to writer: inout ByteWriter) {
        writer.integer(image)
        writer.text(reason)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        image = try reader.integer("image")
        reason = try reader.text("reason")
    }
}
