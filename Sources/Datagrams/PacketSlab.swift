import CPlatform
import Determinism
import Glibc

/// A fixed set of equally large slots in which datagrams stay from reception to sending, without copy or allocation.
///
/// The kernel writes into free slots (`receive`), a channel passes slot numbers around, and `send` hands the same bytes
/// back to the kernel. Pages are reserved at the start and cost memory only once a datagram has touched them; the slot
/// freed last is used first, so that the touched set stays small.
public final class PacketSlab {
    public let slots: Int
    public let stride: Int
    private let base: UnsafeMutableRawPointer
    private let lengths: UnsafeMutablePointer<UInt32>
    private var free: [Int32]
    private var batch: [platform_datagram]
    private var landed: [Int32]
    /// Datagrams received and thrown away since no slot was free.
    public private(set) var overflow: UInt64 = 0
    /// One slot more than there are: where such datagrams land.
    private let spill: UnsafeMutableRawPointer

    /// What one received datagram is; its bytes are in slot `slot`.
    public struct Arrival: Sendable {
        public var slot: Int32
        /// What fits a slot: the rest of a longer one is lost.
        public var length: Int
        public var sender: Endpoint
        /// Kernel receive timestamp.
        public var instant: Instant
        /// The address of this host that was spoken to, of a socket that listens on all; port 0.
        public var local: Endpoint?
    }

    /// - Parameter stride: bytes per slot; 65,536 takes any UDP datagram, 2,048 any of this testbed's.
    /// - Throws: `DatagramError.system` when the address space is exhausted.
    public init(slots: Int, stride: Int) throws(DatagramError) {
        guard let pages = platform_pages((slots + 1) * stride) else {
            throw .system(call: "mmap \(slots * stride) bytes", code: ENOMEM)
        }
        self.slots = slots
        self.stride = stride
        base = pages
        spill = pages + slots * stride
        lengths = .allocate(capacity: slots)
        lengths.initialize(repeating: 0, count: slots)
        free = (0..<Int32(slots)).reversed()
        batch = Array(repeating: platform_datagram(), count: Int(PLATFORM_BATCH))
        landed = []
        landed.reserveCapacity(Int(PLATFORM_BATCH))
    }

    deinit {
        platform_free_pages(base, (slots + 1) * stride)
        lengths.deallocate()
    }

    /// Slots that hold nothing.
    var freeSlots: Int { free.count }

    /// The bytes of a slot that is in use.
    public func bytes(_ slot: Int32) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base + Int(slot) * stride, count: Int(lengths[Int(slot)]))
    }

    /// The same, to change them (a channel that corrupts).
    public func mutableBytes(_ slot: Int32) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: base + Int(slot) * stride, count: Int(lengths[Int(slot)]))
    }

    public func release(_ slot: Int32) { free.append(slot) }

    /// A copy of a slot, for duplication; nil when no slot is free.
    public func duplicate(_ slot: Int32) -> Int32? {
        guard let copy = free.popLast() else { return nil }
        (base + Int(copy) * stride).copyMemory(from: base + Int(slot) * stride, byteCount: Int(lengths[Int(slot)]))
        lengths[Int(copy)] = lengths[Int(slot)]
        return copy
    }

    /// A free slot with contents of one's own: `body` writes them and returns their length; nil when no slot is free.
    public func fill<E: Error>(_ body: (UnsafeMutableRawBufferPointer) throws(E) -> Int) throws(E) -> Int32? {
        guard let slot = free.last else { return nil }
        let length = try body(UnsafeMutableRawBufferPointer(start: base + Int(slot) * stride, count: stride))
        free.removeLast()
        lengths[Int(slot)] = UInt32(length)
        return slot
    }

    /// Receives one batch of at most `most`; `body` is called for each datagram and owns its slot from then on
    /// (`release` it at the end).
    ///
    /// Where no slot is free, what waits is taken from the kernel and thrown away, counted in ``overflow``: left there,
    /// it would keep the loop awake for nothing.
    /// - Returns: how many arrived; 0 when nothing was waiting or no slot is free.
    /// - Throws: `DatagramError.system`.
    public func receive(
        from socket: UDPSocket, most: Int = .max, _ body: (Arrival) -> Void
    ) throws(DatagramError) -> Int {
        let room = min(batch.count, free.count, most)
        guard room > 0 else {
            if most > 0 { try discard(from: socket) }
            return 0
        }
        landed.removeAll(keepingCapacity: true)
        for index in 0..<room {
            let slot = free[free.count - 1 - index]
            batch[index].bytes = base + Int(slot) * stride
            batch[index].capacity = UInt32(stride)
            landed.append(slot)
        }
        let count = platform_receive(socket.descriptor, &batch, Int32(room))
        guard count > 0 else {
            if count == 0 || UDPSocket.isHarmless(-count) { return 0 }
            throw .system(call: "recvmmsg", code: -count)
        }
        free.removeLast(Int(count))
        for index in 0..<Int(count) {
            let slot = landed[index]
            lengths[Int(slot)] = batch[index].length
            body(
                Arrival(
                    slot: slot, length: Int(batch[index].length), sender: Endpoint(batch[index].endpoint),
                    instant: Instant(nanoseconds: batch[index].timestamp),
                    local: batch[index].local.family == 0 ? nil : Endpoint(batch[index].local)))
        }
        return Int(count)
    }

    private func discard(from socket: UDPSocket) throws(DatagramError) {
        for index in batch.indices {
            batch[index].bytes = spill
            batch[index].capacity = UInt32(stride)
        }
        let count = platform_receive(socket.descriptor, &batch, Int32(batch.count))
        guard count >= 0 || UDPSocket.isHarmless(-count) else { throw .system(call: "recvmmsg", code: -count) }
        overflow += UInt64(max(0, count))
    }

    /// What became of datagrams handed to the kernel.
    public enum Handover: Equatable, Sendable {
        /// So many, counted from the first, are on their way.
        case sent(Int)
        /// The kernel has no room at present.
        case full
        /// The first one is lost: the system will not send it (no route, a firewall, too long). Counted by the socket.
        case refused

        /// How many need no further try.
        public var settled: Int {
            switch self {
            case .sent(let count): count
            case .full: 0
            case .refused: 1
            }
        }
    }

    /// A datagram to send.
    public struct Outgoing: Sendable {
        public var slot: Int32
        public var destination: Endpoint
        /// Which of this host's addresses speaks; nil leaves it to the system.
        public var source: Endpoint?

        public init(slot: Int32, destination: Endpoint, source: Endpoint? = nil) {
            (self.slot, self.destination, self.source) = (slot, destination, source)
        }
    }

    /// Sends slots to their destinations in one system call (at most 64). The slots stay in use.
    /// - Throws: `DatagramError.system` where the socket itself is broken.
    public func send(
        _ outgoing: ArraySlice<Outgoing>, on socket: UDPSocket
    ) throws(DatagramError) -> Handover {
        let count = min(batch.count, outgoing.count)
        guard count > 0 else { return .sent(0) }
        for index in 0..<count {
            let entry = outgoing[outgoing.startIndex + index]
            batch[index].bytes = base + Int(entry.slot) * stride
            batch[index].length = lengths[Int(entry.slot)]
            batch[index].endpoint = entry.destination.storage
            batch[index].local = entry.source?.storage ?? platform_endpoint()
        }
        let sent = platform_send(socket.descriptor, &batch, Int32(count), 1)
        guard sent >= 0 else {
            if UDPSocket.isTransient(-sent) { return .full }
            if socket.refuses(-sent) { return .refused }
            throw .system(call: "sendmmsg to \(outgoing.first!.destination)", code: -sent)
        }
        return .sent(Int(sent))
    }
}
