import Determinism

/// One coherence block of one link: constant channel, constant capacity.
public struct BlockRecord: Codable, Sendable, Equatable {
    public var link: String
    public var number: Int
    public var startAt: Int64
    /// Seconds.
    public var duration: Double
    /// Receive SNR |h|²/σ² in dB.
    public var snr: Double
    /// C = B·log₂(1 + SNR) in bits per second (8).
    public var capacity: Double

    /// What stands for the duration of a block without end.
    public static let endless = Instant.Span.seconds(1e9)

    public init(link: String, number: Int, startAt: Int64, duration: Double, snr: Double, capacity: Double) {
        self.link = link
        self.number = number
        self.startAt = startAt
        self.duration = duration
        self.snr = snr
        self.capacity = capacity
    }
}

/// What became of one data datagram.
public struct PacketRecord: Codable, Sendable, Equatable {
    public enum Verdict: String, Codable, Sendable, CaseIterable {
        case delivered, late, expired, lost, corrupted, queueFull
    }

    public var link: String
    public var transmitter: String
    public var image: Int
    /// `preamble` or `slice`.
    public var section: String
    /// Which fragment or slice, counted from 0.
    public var index: Int
    /// Bits accounted against the budget.
    public var bits: Int
    /// Bits on the wire, seals and headers included.
    public var wireBits: Int
    public var arrivedAt: Int64
    /// When its last bit has drained at C and propagation is over; absent where it never leaves.
    public var dueAt: Int64?
    /// When it was handed to the socket. `releasedAt − dueAt` is the lateness that decides the run's validity.
    public var releasedAt: Int64?
    public var verdict: Verdict
    /// Number of the coherence block in which it left (or was dropped).
    public var block: Int

    public init(
        link: String, transmitter: String, image: Int, section: String, index: Int, bits: Int, wireBits: Int,
        arrivedAt: Int64, dueAt: Int64? = nil, releasedAt: Int64? = nil, verdict: Verdict, block: Int
    ) {
        self.link = link
        self.transmitter = transmitter
        self.image = image
        self.section = section
        self.index = index
        self.bits = bits
        self.wireBits = wireBits
        self.arrivedAt = arrivedAt
        self.dueAt = dueAt
        self.releasedAt = releasedAt
        self.verdict = verdict
        self.block = block
    }
}
