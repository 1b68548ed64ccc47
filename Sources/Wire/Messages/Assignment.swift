import Determinism

/// controller → transmitter: take this image next.
public struct Assignment: WireValue {
    /// Number of the image in the run, from 0.
    public var image: UInt32
    /// Path of the photo.
    public var source: String

    public init(image: UInt32, source: String) {
        self.image = image
        self.source = source
    }

    public func write(to writer: inout ByteWriter) {
        writer.integer(image)
        writer.text(source)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        image = try reader.integer("image")
        source = try reader.text("source")
    }
}
