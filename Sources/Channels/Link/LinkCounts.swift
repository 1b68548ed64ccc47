/// What a link has done so far.
public struct LinkCounts: Sendable, Equatable {
    public var accepted: UInt64 = 0
    public var delivered: UInt64 = 0
    public var late: UInt64 = 0
    public var expired: UInt64 = 0
    public var lost: UInt64 = 0
    public var corrupted: UInt64 = 0
    public var queueFull: UInt64 = 0
    public var duplicates: UInt64 = 0
    /// Bits of delivered packets, by the link's accounting.
    public var deliveredBits: UInt64 = 0

    public init() {}

    mutating func count(_ verdict: PacketVerdict, bits: Int64) {
        switch verdict {
        case .delivered:
            delivered += 1
            deliveredBits += UInt64(bits)
        case .late: late += 1
        case .expired: expired += 1
        case .lost: lost += 1
        case .corrupted: corrupted += 1
        case .queueFull: queueFull += 1
        }
    }
}
