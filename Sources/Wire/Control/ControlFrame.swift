/// What one control datagram holds: an acknowledgement of the other direction, and at most one segment of this one.
///
/// ```
///  0            4               12     13            17        18
///  ├ received ──┼ beyond bitmap ┼ kind ┼ [ number ───┼ flags ──┼ bytes … ] ┤
/// ```
struct ControlFrame: Equatable, Sendable {
    /// Every segment below this number has arrived.
    var received: UInt32
    /// Bit i: segment `received + 1 + i` has arrived as well.
    var beyond: UInt64
    var segment: Segment?

    struct Segment: Equatable, Sendable {
        var number: UInt32
        /// The message ends with this segment.
        var endsMessage: Bool
        var bytes: [UInt8]
    }

    /// The most bytes of a message one segment carries.
    static let largestSegment = SealFormat.largestPlaintext - 18

    func serialised() -> [UInt8] {
        var writer = ByteWriter(capacity: 18 + (segment?.bytes.count ?? 0))
        writer.integer(received)
        writer.integer(beyond)
        writer.flag(segment != nil)
        if let segment {
            writer.integer(segment.number)
            writer.flag(segment.endsMessage)
            writer.rest(segment.bytes)
        }
        return writer.bytes
    }

    init(received: UInt32, beyond: UInt64, segment: Segment?) {
        self.received = received
        self.beyond = beyond
        self.segment = segment
    }

    init(serialised: [UInt8]) throws(WireError) {
        var reader = ByteReader(serialised)
        received = try reader.integer("acknowledgement")
        beyond = try reader.integer("acknowledgement bitmap")
        if try reader.flag("segment flag") {
            let number: UInt32 = try reader.integer("segment number")
            let ends = try reader.flag("end flag")
            segment = Segment(number: number, endsMessage: ends, bytes: Array(reader.rest()))
        } else {
            segment = nil
            try reader.finish()
        }
    }
}
