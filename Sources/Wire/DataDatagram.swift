/// One datagram's worth of an image: a fragment of the preamble (header, prompt, mask, ŝ), or a slice of ŷ.
///
/// ```
///  0       4         5          7          9       10
///  ├ image ┼ section ┼ index ───┼ count ───┼ flags ┼ bytes … ┤     little-endian
/// ```
/// The channel reads these ten bytes to account for `payload` bits and to tell images apart; it never looks further.
public struct DataDatagram: Sendable, Equatable {
    public enum Section: UInt8, Sendable, CaseIterable {
        /// Fragment `index` of `count` of the preamble.
        case preamble = 0
        /// Slice `index` of `count`, decodable without the other slices.
        case slice = 1
    }

    public var image: UInt32
    public var section: Section
    public var index: UInt16
    public var count: UInt16
    /// The last datagram the transmitter sends for this image.
    public var isLast: Bool
    public var bytes: [UInt8]

    public static let headerLength = 10
    /// The most section bytes one datagram carries: 1,158.
    public static let largestContent = SealFormat.largestPlaintext - headerLength

    public init(image: UInt32, section: Section, index: UInt16, count: UInt16, isLast: Bool = false, bytes: [UInt8]) {
        self.image = image
        self.section = section
        self.index = index
        self.count = count
        self.isLast = isLast
        self.bytes = bytes
    }

    public func serialised() -> [UInt8] {
        var writer = ByteWriter(capacity: Self.headerLength + bytes.count)
        writer.integer(image)
        writer.integer(section.rawValue)
        writer.integer(index)
        writer.integer(count)
        writer.flag(isLast)
        writer.rest(bytes)
        return writer.bytes
    }

    /// - Throws: `WireError` when the bytes are not a data datagram, or `index` is not below `count`.
    public init(serialised: [UInt8]) throws(WireError) {
        let heading = try DataHeading(plaintext: serialised)
        image = heading.image
        section = heading.section
        index = heading.index
        count = heading.count
        isLast = heading.isLast
        bytes = Array(serialised[Self.headerLength...])
    }
}

/// The first ten bytes of a data datagram, read without copying its content: what the channel needs per packet.
public struct DataHeading: Sendable, Equatable {
    public let image: UInt32
    public let section: DataDatagram.Section
    public let index: UInt16
    public let count: UInt16
    public let isLast: Bool
    /// Section bytes that follow.
    public let contentLength: Int

    public init(plaintext: [UInt8]) throws(WireError) {
        var reader = ByteReader(plaintext)
        image = try reader.integer("image")
        let code: UInt8 = try reader.integer("section")
        guard let section = DataDatagram.Section(rawValue: code) else { throw .unknown(field: "section", value: UInt64(code)) }
        self.section = section
        index = try reader.integer("index")
        count = try reader.integer("count")
        isLast = try reader.flag("last flag")
        contentLength = reader.remaining
        guard index < count else { throw .inconsistent(field: "index") }
        guard contentLength <= DataDatagram.largestContent else {
            throw .tooLong(field: "content", length: contentLength, limit: DataDatagram.largestContent)
        }
    }
}
