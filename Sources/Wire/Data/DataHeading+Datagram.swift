extension DataHeading {
    /// The heading of a datagram that is at hand, without serialising it.
    public init(_ datagram: DataDatagram) {
        self.init(
            image: datagram.image, section: datagram.section, index: datagram.index, count: datagram.count,
            isLast: datagram.isLast,
            moment: datagram.moment, contentLength: datagram.bytes.count)
    }

    init(
        image: UInt32, section: DataDatagram.Section, index: UInt16, count: UInt16, isLast: Bool, moment: UInt32,
        contentLength: Int
    ) {
        self.image = image
        self.section = section
        self.index = index
        self.count = count
        self.isLast = isLast
        self.moment = moment
        self.contentLength = contentLength
    }
}
