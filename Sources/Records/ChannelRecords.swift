import Channels
import Determinism

/// One coherence block of one link: constant channel, constant capacity.
package struct BlockRecord: Codable, Sendable, Equatable {
    package var link: String
    package var number: Int
    package var startAt: Int64
    /// Seconds.
    package var duration: Double
    /// Receive SNR |h|²/σ² in dB.
    package var snr: Double
    /// C = B·log₂(1 + SNR) in bits per second (8).
    package var capacity: Double

    /// What stands for the duration of a block without end.
    package static let endless = Instant.Span.seconds(1e9)

    enum CodingKeys: String, CodingKey {
        case link, number
        case startAt = "start_at_ns"
        case duration = "duration_s"
        case snr = "snr_db"
        case capacity = "capacity_bit_per_s"
    }

    package init(link: String, number: Int, startAt: Int64, duration: Double, snr: Double, capacity: Double) {
        self.link = link
        self.number = number
        self.startAt = startAt
        self.duration = duration
        self.snr = snr
        self.capacity = capacity
    }
}

/// What became of one data datagram.
package struct PacketRecord: Codable, Sendable, Equatable {
    package var link: String
    package var transmitter: String
    package var image: Int
    /// `preamble` or `slice`.
    package var section: String
    /// Which fragment or slice, counted from 0.
    package var index: Int
    /// Bits accounted against the budget.
    package var bits: Int
    /// Bits on the wire, seals and headers included.
    package var wireBits: Int
    package var arrivedAt: Int64
    /// When its last bit has drained at C and propagation is over; absent where it never leaves.
    package var dueAt: Int64?
    /// When it was handed to the socket. `releasedAt − dueAt` is the lateness that decides the run's validity.
    package var releasedAt: Int64?
    package var verdict: PacketVerdict
    /// Number of the coherence block in which it left (or was dropped).
    package var block: Int
    /// How often it was begun to be sent, under HARQ; nil without.
    package var attempts: Int?

    enum CodingKeys: String, CodingKey {
        case link, transmitter, image, section, index, bits, verdict, block, attempts
        case wireBits = "wire_bits"
        case arrivedAt = "arrived_at_ns"
        case dueAt = "due_at_ns"
        case releasedAt = "released_at_ns"
    }

    package init(
        link: String, transmitter: String, image: Int, section: String, index: Int, bits: Int, wireBits: Int,
        arrivedAt: Int64, dueAt: Int64? = nil, releasedAt: Int64? = nil, verdict: PacketVerdict, block: Int,
        attempts: Int? = nil
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
        self.attempts = attempts
    }
}
