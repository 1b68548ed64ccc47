import Determinism

/// A datagram as the channel sees it: no bytes, only what its fate depends on.
public struct Packet: Sendable, Equatable {
    /// The caller's name for the bytes (a slot).
    public var handle: Int32
    /// The caller's note, given back untouched.
    public var tag: UInt64
    /// Length of the datagram in bytes.
    public var bytes: Int32
    /// Bits that must drain, by the link's accounting.
    public var bits: Int64
    public var arrival: Instant
    /// From when on it may be served: when its sender had it ready, not after `arrival`.
    public var ready: Instant
    /// When its last bit must have drained; `ChannelBlock.never`: no deadline.
    public var deadline: Instant

    public init(
        handle: Int32, tag: UInt64 = 0, bytes: Int, bits: Int, arrival: Instant, ready: Instant? = nil,
        deadline: Instant = ChannelBlock.never
    ) {
        self.handle = handle
        self.tag = tag
        self.bytes = Int32(clamping: bytes)
        self.bits = Int64(bits)
        self.arrival = arrival
        self.ready = min(ready ?? arrival, arrival)
        self.deadline = deadline
    }

    static let none = Packet(handle: -1, bytes: 0, bits: 0, arrival: Instant(nanoseconds: 0))
}

/// How a packet's way through the channel ended.
public enum PacketVerdict: String, Codable, Sendable, CaseIterable {
    /// Its last bit drained in time; to be forwarded.
    case delivered
    /// Service had begun, but its last bit had not drained at the deadline.
    case late
    /// The deadline passed (or could no longer be met) before service began.
    case expired
    /// The channel lost it.
    case lost
    /// To be forwarded with flipped bits; the receiver cannot open it.
    case corrupted
    /// There was no room in the queue.
    case queueFull

    /// Whether bytes are to be sent on.
    public func isForwarded(_ late: LatePackets) -> Bool {
        switch self {
        case .delivered, .corrupted: true
        case .late: late == .forward
        case .expired, .lost, .queueFull: false
        }
    }
}

/// A packet that leaves the link.
public struct Departure: Sendable, Equatable {
    public var packet: Packet
    public var verdict: PacketVerdict
    /// When it is to be handed on (or was dropped).
    public var due: Instant
    /// When its last bit had drained; `due` less propagation and jitter.
    public var drained: Instant
    /// Whether the bytes are to be sent on.
    public var isForwarded: Bool
    /// The second of two copies: its handle is the original's, whose bytes must be copied before they are released.
    public var isDuplicate: Bool
    /// A copy follows (another departure with the same handle and `isDuplicate`): keep the bytes.
    public var hasDuplicate: Bool
    /// Random word that says which bits to flip when corrupted.
    public var noise: UInt64
    /// Coherence block in which it drained or was dropped.
    public var block: UInt64
    /// Which packet of the link to drain it was, from 0; packets dropped before have the number of the next.
    public var sequence: UInt64
    /// How often it was begun to be sent, under HARQ; nil without.
    public var attempts: Int? = nil
}
