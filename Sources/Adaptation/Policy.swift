/// What a policy decides on: one image and what is believed of the channel.
public struct Situation: Sendable {
    public var profile: ImageProfile
    /// Receive SNR in dB and capacity in bit/s, as the controller believes them to be.
    public var snr: Double
    public var capacity: Double
    /// Latency budget T_max in seconds.
    public var latencyBudget: Double
    /// Bits that may go on the air: C·T_max less whatever margin the controller keeps.
    public var budgetBits: Int
    /// Where image and belief come from; what only a program of the researcher's own asks for.
    public var context: PolicyContext?

    public init(
        profile: ImageProfile, snr: Double, capacity: Double, latencyBudget: Double, budgetBits: Int,
        context: PolicyContext? = nil
    ) {
        self.profile = profile
        self.snr = snr
        self.capacity = capacity
        self.latencyBudget = latencyBudget
        self.budgetBits = budgetBits
        self.context = context
    }
}

/// How (α, Φ) follows from a situation: a value, without memory and without I/O.
///
/// The transmitter realises a decision within the budget whatever the policy says (`ImageProfile.realised`): the
/// latency constraint holds for every image; a policy that overdraws pays by a raised α.
public enum Policy: Sendable, Equatable {
    /// The exact optimum for this image, now.
    case optimal(Constraints)
    /// Always the same α and rate.
    case fixed(alpha: Float, rate: Int)
    /// (α, Φ) by steps of SNR or budget.
    case thresholdTable(ThresholdTable)
    /// (α*, Φ*) that Algorithm 1 found on average, by SNR and budget.
    case algorithm1(PolicyTable)
    /// A program of the researcher's own; asked by the controller, not here.
    case external(command: [String])

    /// The name a topology uses.
    public var name: String {
        switch self {
        case .optimal: "optimal"
        case .fixed: "fixed"
        case .thresholdTable: "threshold-table"
        case .algorithm1: "algorithm1"
        case .external: "external"
        }
    }

    public static let names = ["optimal", "fixed", "threshold-table", "algorithm1", "external"]

    /// - Returns: the decision; nil for `external`, which only its program can make.
    public func decide(_ situation: Situation) -> Decision? {
        let profile = situation.profile
        switch self {
        case .optimal(let constraints):
            return exactOptimum(profile: profile, budgetBits: situation.budgetBits, constraints: constraints)
        case .fixed(let alpha, let rate):
            return Self.promise(profile, alpha, rate, situation.budgetBits)
        case .thresholdTable(let table):
            let entry = table.entry(snr: situation.snr, budgetBits: situation.budgetBits)
            return Self.promise(profile, entry.alpha, entry.rate, situation.budgetBits)
        case .algorithm1(let table):
            let entry = table.setting(budgetBits: Double(situation.budgetBits))
            return Self.promise(profile, entry.alpha, entry.rate, situation.budgetBits)
        case .external:
            return nil
        }
    }

    /// What a given (α, Φ) costs and is worth on this image.
    public static func promise(_ profile: ImageProfile, _ alpha: Float, _ rate: Int, _ budgetBits: Int) -> Decision {
        let rate = min(max(rate, 1), profile.rateCount)
        let bits = profile.bits(alpha: alpha, rate: rate)
        return Decision(
            alpha: alpha, rate: rate, predictedBits: bits, predictedGVIF: profile.gvif(alpha: alpha, rate: rate),
            feasible: bits <= budgetBits)
    }
}

/// (α, Φ) by SNR or by budget in steps, written by hand in the topology or taken from what Algorithm 1 found.
public struct ThresholdTable: Sendable, Equatable, Codable {
    /// What the steps go by.
    public enum Measure: String, Sendable, Codable { case snr, budgetBits }

    public struct Entry: Sendable, Equatable, Codable {
        /// From this SNR in dB, or this budget in bits, up.
        public var from: Double
        public var alpha: Float
        public var rate: Int

        public init(from: Double, alpha: Float, rate: Int) {
            self.from = from
            self.alpha = alpha
            self.rate = rate
        }
    }

    public let measure: Measure
    /// In rising order.
    public let entries: [Entry]

    /// - Precondition: at least one entry.
    public init(by measure: Measure = .snr, entries: [Entry]) {
        precondition(!entries.isEmpty, "a table needs an entry")
        self.measure = measure
        self.entries = entries.sorted { $0.from < $1.from }
    }

    /// The steps of Algorithm 1's table, without interpolation between them.
    public init(_ table: PolicyTable) {
        self.init(
            by: .budgetBits,
            entries: table.entries.map { entry in
                guard let rate = entry.bestRate else {
                    return Entry(from: entry.budgetBits, alpha: table.alphaMax, rate: table.minimalRate)
                }
                return Entry(from: entry.budgetBits, alpha: entry.alpha[rate - 1], rate: rate)
            })
    }

    /// The last entry that begins at or below the state at hand; below the first, the first.
    public func entry(snr: Double, budgetBits: Int) -> Entry {
        let state = measure == .snr ? snr : Double(budgetBits)
        return entries.last { $0.from <= state } ?? entries[0]
    }
}
