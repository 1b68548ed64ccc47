/// transmitter → controller: what each (α, Φ) would cost and yield for this image.
public struct ProfileReport: WireValue {
    public var image: UInt32
    /// Pixels.
    public var width: UInt32
    /// Pixels.
    public var height: UInt32
    public var label: String
    public var caption: String
    /// `Adaptation`'s compact profile, not interpreted here; about 6 kB, so several datagrams.
    public var profile: [UInt8]

    public init(image: UInt32, width: UInt32, height: UInt32, label: String, caption: String, profile: [UInt8]) {
        self.image = image
        self.width = width
        self.height = height
        self.label = label
        self.caption = caption
        self.profile = profile
    }

    public func write(to writer: inout ByteWriter) {
        writer.integer(image)
        writer.integer(width)
        writer.integer(height)
        writer.text(label)
        writer.text(caption)
        writer.block(profile)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        image = try reader.integer("image")
        width = try reader.integer("width")
        height = try reader.integer("height")
        label = try reader.text("label")
        caption = try reader.text("caption")
        profile = try reader.block("profile", limit: 131072)
    }
}
