import Determinism

/// A capture in the pcapng format, with nanosecond times and a comment on each packet, as bytes.
///
/// Packets are IPv4 and UDP datagrams without a link layer. What was not recorded is not made up: a packet says how
/// long it was on the wire, and holds only the bytes that are known.
public struct CaptureFile: Sendable {
    /// The file so far.
    public private(set) var bytes: [UInt8] = []
    private var interfaces: UInt32 = 0
    /// IPv4 and UDP headers in front of each payload.
    public static let headerLength = 28

    /// - Parameter application: what wrote it, for the file's header.
    public init(application: String) {
        var body = ByteWriter()
        body.integer(UInt32(0x1A2B_3C4D))
        body.integer(UInt16(1))
        body.integer(UInt16(0))
        body.integer(UInt64.max)
        Self.option(4, Array(application.utf8), to: &body)
        Self.endOfOptions(&body)
        block(0x0A0D_0D0A, body.bytes)
    }

    /// Adds a place where packets are seen.
    /// - Returns: its number, for `append`.
    public mutating func addInterface(_ name: String) -> UInt32 {
        var body = ByteWriter()
        body.integer(UInt16(101))  // LINKTYPE_RAW: the packet begins with its IP header.
        body.integer(UInt16(0))
        body.integer(UInt32(0))
        Self.option(2, Array(name.utf8), to: &body)
        Self.option(9, [9], to: &body)  // Times are in nanoseconds.
        Self.endOfOptions(&body)
        block(1, body.bytes)
        interfaces += 1
        return interfaces - 1
    }

    /// Adds a UDP datagram.
    /// - Parameters:
    ///   - interface: number of the interface it was seen at.
    ///   - time: nanoseconds since 1970.
    ///   - source: last byte of the address 10.0.0.x, and port.
    ///   - destination: the same of where it went.
    ///   - payload: the bytes that are known.
    ///   - payloadLength: how long the payload was on the wire; at least `payload.count`.
    ///   - comment: shown by Wireshark with the packet.
    public mutating func append(
        interface: UInt32, time: Int64, source: (UInt8, UInt16), destination: (UInt8, UInt16), payload: [UInt8],
        payloadLength: Int, comment: String
    ) {
        let length = Self.headerLength + max(payloadLength, payload.count)
        var packet: [UInt8] = [0x45, 0]
        func big(_ value: Int) -> [UInt8] { [UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value)] }
        packet += big(length) + [0, 0, 0x40, 0, 64, 17, 0, 0, 10, 0, 0, source.0, 10, 0, 0, destination.0]
        var sum = 0
        for index in stride(from: 0, to: 20, by: 2) { sum += Int(packet[index]) << 8 | Int(packet[index + 1]) }
        while sum >> 16 > 0 { sum = sum & 0xffff + sum >> 16 }
        packet.replaceSubrange(10..<12, with: big(~sum & 0xffff))
        packet += big(Int(source.1)) + big(Int(destination.1)) + big(length - 20) + [0, 0] + payload

        var body = ByteWriter(capacity: packet.count + comment.utf8.count + 48)
        body.integer(interface)
        let time = UInt64(bitPattern: time)
        body.integer(UInt32(truncatingIfNeeded: time >> 32))
        body.integer(UInt32(truncatingIfNeeded: time))
        body.integer(UInt32(packet.count))
        body.integer(UInt32(length))
        body.rest(packet)
        Self.pad(&body)
        Self.option(1, Array(comment.utf8), to: &body)
        Self.endOfOptions(&body)
        block(6, body.bytes)
    }

    private mutating func block(_ type: UInt32, _ body: [UInt8]) {
        var writer = ByteWriter(capacity: body.count + 12)
        writer.integer(type)
        writer.integer(UInt32(body.count + 12))
        writer.rest(body)
        writer.integer(UInt32(body.count + 12))
        bytes += writer.bytes
    }

    private static func option(_ code: UInt16, _ value: [UInt8], to writer: inout ByteWriter) {
        let value = value.prefix(Int(UInt16.max) - 3)
        writer.integer(code)
        writer.integer(UInt16(value.count))
        writer.rest(value)
        pad(&writer)
    }

    private static func endOfOptions(_ writer: inout ByteWriter) { writer.integer(UInt32(0)) }

    private static func pad(_ writer: inout ByteWriter) {
        while writer.bytes.count % 4 != 0 { writer.flag(false) }
    }
}
