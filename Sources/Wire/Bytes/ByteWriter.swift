import Determinism

/// Writes fields one after another, little-endian, without padding.
public struct ByteWriter: Sendable {
    public private(set) var bytes: [UInt8] = []

    public init(capacity: Int = 64) { bytes.reserveCapacity(capacity) }

    public mutating func integer<T: FixedWidthInteger>(_ value: T) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    public mutating func real(_ value: Double) { integer(value.bitPattern) }
    public mutating func real(_ value: Float) { integer(value.bitPattern) }
    public mutating func flag(_ value: Bool) { bytes.append(value ? 1 : 0) }
    public mutating func instant(_ value: Instant) { integer(value.nanoseconds) }
    public mutating func span(_ value: Instant.Span) { integer(value.nanoseconds) }

    /// Text as its length in bytes (16 bits) and UTF-8; what passes 65,535 bytes is cut at a character.
    public mutating func text(_ value: String) {
        var utf8 = Array(value.utf8)
        if utf8.count > Int(UInt16.max) {
            var kept = value
            while kept.utf8.count > Int(UInt16.max) { kept.removeLast(max(1, (kept.utf8.count - Int(UInt16.max)) / 4)) }
            utf8 = Array(kept.utf8)
        }
        integer(UInt16(utf8.count))
        bytes.append(contentsOf: utf8)
    }

    /// A byte string as its length (32 bits) and its bytes.
    public mutating func block(_ value: [UInt8]) {
        integer(UInt32(value.count))
        bytes.append(contentsOf: value)
    }

    /// Bytes as they are, without a length: the last field of a message.
    public mutating func rest<S: Sequence<UInt8>>(_ value: S) { bytes.append(contentsOf: value) }

    /// A list as its count (16 bits) and its members.
    public mutating func list<Member: WireValue>(_ members: [Member]) {
        integer(UInt16(clamping: members.count))
        for member in members.prefix(Int(UInt16.max)) { member.write(to: &self) }
    }
}

/// A value with one way to write it and one way to read it back.
public protocol WireValue: Sendable, Equatable {
    func write(to writer: inout ByteWriter)
    init(from reader: inout ByteReader) throws(WireError)
}
