import CSodium

/// How a sealed datagram looks.
///
/// ```
///  0      1         2       4       8          16                    n−16      n
///  ├ 'G' ─┼ version ┼ epoch ┼ lane ─┼ counter ─┼ ciphertext ─ … ─────┼ tag ────┤     little-endian
/// ```
/// The first 16 bytes are in the clear and authenticated. ChaCha20-Poly1305 (RFC 8439) with the lane's key of that
/// epoch; the nonce is the counter. The counter starts at 0 with every epoch and is refused before it could wrap.
public enum SealFormat {
    public static let mark: UInt8 = 0x47
    public static let version: UInt8 = 1
    public static let headerLength = 16
    public static let tagLength = 16
    public static let overhead = headerLength + tagLength
    /// A sealed datagram never passes this many bytes, so that it fits any path of the Internet in one piece.
    public static let largestDatagram = 1_200
    public static let largestPlaintext = largestDatagram - overhead

    /// The lane identifier in the clear header, with which a receiver of several lanes picks the opener.
    public static func lane(of datagram: some RandomAccessCollection<UInt8>) -> UInt32? {
        guard datagram.count >= overhead else { return nil }
        let start = datagram.index(datagram.startIndex, offsetBy: 4)
        var value: UInt32 = 0
        for (shift, byte) in datagram[start...].prefix(4).enumerated() { value |= UInt32(byte) << (8 * UInt32(shift)) }
        return value
    }
}

/// Why a datagram did not open. It is dropped and counted, nothing else.
public enum Refusal: UInt8, Error, Sendable, CaseIterable, CustomStringConvertible {
    /// Shorter than a header and a tag, or longer than a sealed datagram may be.
    case size
    /// Does not begin like a datagram of this protocol.
    case foreign
    /// Belongs to another lane: misdirected or reflected.
    case lane
    /// Comes from an incarnation of the sender that has been replaced.
    case epoch
    /// Seen before, or older than the window.
    case replayed
    /// Does not authenticate: corrupted or forged.
    case forged
    /// Opens, but is not a message.
    case malformed

    public var description: String {
        switch self {
        case .size: "wrong size"
        case .foreign: "foreign"
        case .lane: "wrong lane"
        case .epoch: "stale epoch"
        case .replayed: "replayed"
        case .forged: "forged or corrupted"
        case .malformed: "malformed"
        }
    }
}

/// How many datagrams were refused, by cause.
public struct RefusalCounts: Sendable, Equatable {
    private var counts = [UInt64](repeating: 0, count: Refusal.allCases.count)

    public init() {}
    public mutating func count(_ refusal: Refusal) { counts[Int(refusal.rawValue)] &+= 1 }
    public subscript(refusal: Refusal) -> UInt64 { counts[Int(refusal.rawValue)] }
    public var total: UInt64 { counts.reduce(0, &+) }
    public static func + (a: RefusalCounts, b: RefusalCounts) -> RefusalCounts {
        var sum = a
        for index in sum.counts.indices { sum.counts[index] &+= b.counts[index] }
        return sum
    }
    /// In words, for a record: `3 foreign, 12 replayed`; nil where nothing was refused.
    public var summary: String? {
        let causes = Refusal.allCases.filter { self[$0] > 0 }.map { "\(self[$0]) \($0)" }
        return causes.isEmpty ? nil : causes.joined(separator: ", ")
    }
}
