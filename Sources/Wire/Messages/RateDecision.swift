import Determinism

/// controller → transmitter: the decision (α, Φ) for an image, and the budget it must keep.
public struct RateDecision: WireValue {
    public var image: UInt32
    /// Filtering threshold of Eq. (17).
    public var alpha: Float
    /// Catalogue entry, from 1.
    public var rate: UInt16
    /// C·T_max in bits; the bits sent must not pass it.
    public var budgetBits: UInt64
    public var latencyBudget: Instant.Span
    /// False: nothing fits; the transmitter sends what the budget holds, most important first.
    public var feasible: Bool
    /// Not before this instant; an instant in the past means at once.
    public var sendAt: Instant

    public init(
        image: UInt32, alpha: Float, rate: UInt16, budgetBits: UInt64, latencyBudget: Instant.Span, feasible: Bool,
        sendAt: Instant
    ) {
        self.image = image
        self.alpha = alpha
        self.rate = rate
        self.budgetBits = budgetBits
        self.latencyBudget = latencyBudget
        self.feasible = feasible
        self.sendAt = sendAt
    }

    public func write(to writer: inout ByteWriter) {
        writer.integer(image)
        writer.real(alpha)
        writer.integer(rate)
        writer.integer(budgetBits)
        writer.span(latencyBudget)
        writer.flag(feasible)
        writer.instant(sendAt)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        image = try reader.integer("image")
        alpha = try reader.float("alpha")
        rate = try reader.integer("rate")
        budgetBits = try reader.integer("budget bits")
        latencyBudget = try reader.span("latency budget")
        feasible = try reader.flag("feasible")
        sendAt = try reader.instant("send at")
    }
}
