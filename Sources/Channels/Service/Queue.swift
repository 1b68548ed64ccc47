import Determinism

/// How many datagrams may wait, and which go when there are too many.
public struct QueueConfiguration: Sendable, Equatable {
    public enum Discipline: String, Sendable, CaseIterable {
        /// The newcomer is dropped.
        case dropTail
        /// The oldest that waits is dropped.
        case dropHead
        /// Those that can no longer make their deadline are dropped first, when the queue is full and again before they
        /// would be served; then the newcomer.
        case deadlineDrop
    }

    public var discipline: Discipline
    /// Bytes that may wait, not counting the datagram in service; nil: any.
    public var bytes: Int?
    /// Datagrams that may wait; nil: any.
    public var packets: Int?

    public init(discipline: Discipline = .dropTail, bytes: Int? = nil, packets: Int? = nil) {
        self.discipline = discipline
        self.bytes = bytes
        self.packets = packets
    }

    func problem(link: String) -> ChannelError? {
        if let bytes, bytes < 0 {
            return .outOfRange(link: link, quantity: "queue bytes", value: Double(bytes), expected: "at least 0")
        }
        if let packets, packets < 0 {
            return .outOfRange(link: link, quantity: "queue packets", value: Double(packets), expected: "at least 0")
        }
        return nil
    }
}

/// A queue of packets in a ring that grows by doubling and then never allocates again.
struct PacketQueue: Sendable {
    private var ring: [Packet]
    private var head = 0
    private(set) var count = 0
    private(set) var bytes = 0

    init() { ring = Array(repeating: Packet.none, count: 16) }

    var isEmpty: Bool { count == 0 }

    mutating func append(_ packet: Packet) {
        if count == ring.count { grow() }
        ring[(head + count) & (ring.count - 1)] = packet
        count += 1
        bytes += Int(packet.bytes)
    }

    mutating func popFirst() -> Packet? {
        guard count > 0 else { return nil }
        let packet = ring[head]
        head = (head + 1) & (ring.count - 1)
        count -= 1
        bytes -= Int(packet.bytes)
        return packet
    }

    /// Takes out those for which `hopeless(packet, bits ahead of it and its own)` holds, oldest first.
    mutating func removeAll(where hopeless: (Packet, Int64) -> Bool, _ body: (Packet) -> Void) {
        var ahead: Int64 = 0
        for _ in 0..<count {
            let packet = popFirst()!
            if hopeless(packet, ahead + packet.bits) {
                body(packet)
            } else {
                ahead += packet.bits
                append(packet)
            }
        }
    }

    private mutating func grow() {
        var larger = Array(repeating: Packet.none, count: ring.count * 2)
        for index in 0..<count { larger[index] = ring[(head + index) & (ring.count - 1)] }
        ring = larger
        head = 0
    }
}
