import Determinism

/// controller → transmitter: the decision (α, Φ) for an image, and the budget it must keep.
public struct Setting: WireValue {
    public var image: UInt32
    /// Filtering threshold of Eq. (17).
    public var alpha: Float
    /// Catalogue entry, from 1.
    public var rate: UInt16
    /// C·T_max in bits; the bits sent must not pass it.
    public var budgetBits: UInt64
    public var latencyBudget: Instant.Span
    public var predictedBits: Double
    public var predictedGVIF: Double
    /// False: nothing fits; the transmitter sends what the budget holds, most important first.
    public var feasible: Bool
    /// Coherence block whose capacity was used.
    public var block: UInt64
    /// Linear receive SNR the decision assumed.
    public var snr: Double
    /// bit/s.
    public var capacity: Double
    /// Not before this instant; an instant in the past means at once.
    public var sendAt: Instant

    public init(
        image: UInt32, alpha: Float, rate: UInt16, budgetBits: UInt64, latencyBudget: Instant.Span,
        predictedBits: Double, predictedGVIF: Double, feasible: Bool, block: UInt64, snr: Double, capacity: Double,
        sendAt: Instant
    ) {
        self.image = image
        self.alpha = alpha
        self.rate = rate
        self.budgetBits = budgetBits
        self.latencyBudget = latencyBudget
        self.predictedBits = predictedBits
        self.predictedGVIF = predictedGVIF
        self.feasible = feasible
        self.block = block
        self.snr = snr
        self.capacity = capacity
        self.sendAt = sendAt
    }

    public func write(to writer: inout ByteWriter) {
        writer.integer(image)
        writer.real(alpha)
        writer.integer(rate)
        writer.integer(budgetBits)
        writer.span(latencyBudget)
        writer.real(predictedBits)
        writer.real(predictedGVIF)
        writer.flag(feasible)
        writer.integer(block)
        writer.real(snr)
        writer.real(capacity)
        writer.instant(sendAt)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        image = try reader.integer("image")
        alpha = try reader.float("alpha")
        rate = try reader.integer("rate")
        budgetBits = try reader.integer("budget bits")
        latencyBudget = try reader.span("latency budget")
        predictedBits = try reader.double("predicted bits")
        predictedGVIF = try reader.double("predicted GVIF")
        feasible = try reader.flag("feasible")
        block = try reader.integer("block")
        snr = try reader.double("snr")
        capacity = try reader.double("capacity")
        sendAt = try reader.instant("send at")
    }
}
