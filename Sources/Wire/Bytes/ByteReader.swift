import Determinism

/// Reads what `ByteWriter` wrote; never reads past the end and never believes a length it has not checked.
public struct ByteReader: Sendable {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    public init(_ bytes: [UInt8]) { self.init(bytes[...]) }
    public init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    public var remaining: Int { bytes.endIndex - position }

    public mutating func integer<T: FixedWidthInteger>(_ type: T.Type, _ field: String) throws(WireError) -> T {
        let width = T.bitWidth / 8
        guard remaining >= width else { throw .truncated(field: field) }
        var value: T = 0
        for offset in (0..<width).reversed() {
            value = (width > 1 ? value << 8 : 0) | T(truncatingIfNeeded: bytes[position + offset])
        }
        position += width
        return value
    }

    public mutating func integer<T: FixedWidthInteger>(_ field: String) throws(WireError) -> T {
        try integer(T.self, field)
    }

    public mutating func double(_ field: String) throws(WireError) -> Double { Double(bitPattern: try integer(field)) }
    public mutating func float(_ field: String) throws(WireError) -> Float { Float(bitPattern: try integer(field)) }

    public mutating func flag(_ field: String) throws(WireError) -> Bool {
        let value: UInt8 = try integer(field)
        guard value <= 1 else { throw .unknown(field: field, value: UInt64(value)) }
        return value == 1
    }

    public mutating func instant(_ field: String) throws(WireError) -> Instant {
        Instant(nanoseconds: try integer(field))
    }
    public mutating func span(_ field: String) throws(WireError) -> Instant.Span {
        .init(nanoseconds: try integer(field))
    }

    public mutating func text(_ field: String) throws(WireError) -> String {
        let length = Int(try integer(UInt16.self, field))
        guard remaining >= length else { throw .truncated(field: field) }
        guard let text = String(validating: bytes[position..<position + length], as: UTF8.self) else {
            throw .notText(field: field)
        }
        position += length
        return text
    }

    /// A byte string of at most `limit` bytes.
    public mutating func block(_ field: String, limit: Int) throws(WireError) -> [UInt8] {
        let length = Int(try integer(UInt32.self, field))
        guard length <= limit else { throw .tooLong(field: field, length: length, limit: limit) }
        guard remaining >= length else { throw .truncated(field: field) }
        defer { position += length }
        return Array(bytes[position..<position + length])
    }

    /// A byte string of a length both sides know.
    public mutating func bytes(_ field: String, count: Int) throws(WireError) -> [UInt8] {
        guard remaining >= count else { throw .truncated(field: field) }
        defer { position += count }
        return Array(bytes[position..<position + count])
    }

    /// Everything that is left.
    public mutating func rest() -> ArraySlice<UInt8> {
        defer { position = bytes.endIndex }
        return bytes[position...]
    }

    /// A list of at most `limit` members. Memory grows with the bytes that are there,
    /// not with the count that is claimed.
    public mutating func list<Member: WireValue>(
        _ field: String, limit: Int = 4096
    ) throws(WireError) -> [Member] {
        let count = Int(try integer(UInt16.self, field))
        guard count <= limit else { throw .tooLong(field: field, length: count, limit: limit) }
        var members: [Member] = []
        for _ in 0..<count { members.append(try Member(from: &self)) }
        return members
    }

    /// - Throws: `WireError.trailing` unless every byte has been read.
    public func finish() throws(WireError) {
        guard remaining == 0 else { throw .trailing(count: remaining) }
    }
}
