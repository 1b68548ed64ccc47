import Determinism

/// One datagram's worth of an image: a fragment of the preamble (header, prompt, mask, ŝ), or a slice of ŷ.
///
/// ```
///  0       4         5          7          9       10       14
///  ├ image ┼ section ┼ index ───┼ count ───┼ flags ┼ moment ┼ bytes … ┤     little-endian
/// ```
/// The channel reads these fourteen bytes to account for `payload` bits, to tell images apart, and to know when the
/// sender had the datagram ready; it never looks further.
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
    /// When the sender had it ready, in microseconds after the image's first datagram; `unstated`: its arrival counts.
    ///
    /// All of a burst have 0. So air time begins when the sender's part is done, and a sender that the system holds up
    /// in the middle of its burst does not lose capacity: the channel serves what was ready as if it had been there.
    public var moment: UInt32
    public var bytes: [UInt8]

    public static let headerLength = 14
    public static let unstated = UInt32.max
    /// The most section bytes one datagram carries: 1,154.
    public static let largestContent = SealFormat.largestPlaintext - headerLength

    public init(
        image: UInt32, section: Section, index: UInt16, count: UInt16, isLast: Bool = false, moment: UInt32 = unstated,
        bytes: [UInt8]
    ) {
        self.image = image
        self.section = section
        self.index = index
        self.count = count
        self.isLast = isLast
        self.moment = moment
        self.bytes = bytes
    }

    /// The same, ready so long after the image's first datagram; rounded up to the microsecond.
    public func ready(after span: Instant.Span) -> DataDatagram {
        var copy = self
        copy.moment = UInt32(clamping: min(Int64(Self.unstated) - 1, max(0, (span.nanoseconds + 999) / 1000)))
        return copy
    }

    public func serialised() -> [UInt8] {
        var writer = ByteWriter(capacity: Self.headerLength + bytes.count)
        writer.integer(image)
        writer.integer(section.rawValue)
        writer.integer(index)
        writer.integer(count)
        writer.flag(isLast)
        writer.integer(moment)
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
        moment = heading.moment
        bytes = Array(serialised[Self.headerLength...])
    }
}

/// The first fourteen bytes of a data datagram, read without copying its content: what the channel needs per packet.
public struct DataHeading: Sendable, Equatable {
    public let image: UInt32
    public let section: DataDatagram.Section
    public let index: UInt16
    public let count: UInt16
    public let isLast: Bool
    public let moment: UInt32
    /// Section bytes that follow.
    public let contentLength: Int

    public init(plaintext: [UInt8]) throws(WireError) {
        var reader = ByteReader(plaintext)
        image = try reader.integer("image")
        let code: UInt8 = try reader.integer("section")
        guard let section = DataDatagram.Section(rawValue: code) else {
            throw .unknown(field: "section", value: UInt64(code))
        }
        self.section = section
        index = try reader.integer("index")
        count = try reader.integer("count")
        isLast = try reader.flag("last flag")
        moment = try reader.integer("moment")
        contentLength = reader.remaining
        guard index < count else { throw .inconsistent(field: "index") }
        guard contentLength <= DataDatagram.largestContent else {
            throw .tooLong(field: "content", length: contentLength, limit: DataDatagram.largestContent)
        }
    }
}
