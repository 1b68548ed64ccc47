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

    public init(profile: ImageProfile, snr: Double, capacity: Double, latencyBudget: Double, budgetBits: Int) {
        self.profile = profile
        self.snr = snr
        self.capacity = capacity
        self.latencyBudget = latencyBudget
        self.budgetBits = budgetBits
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
    /// (α, Φ) by SNR, the entry with the largest SNR not above the present one.
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
            let entry = table.entry(snr: situation.snr)
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

/// (α, Φ) by SNR, written by hand in the topology.
public struct ThresholdTable: Sendable, Equatable, Codable {
    public struct Entry: Sendable, Equatable, Codable {
        /// From this SNR in dB up.
        public var snr: Double
        public var alpha: Float
        public var rate: Int

        public init(snr: Double, alpha: Float, rate: Int) {
            self.snr = snr
            self.alpha = alpha
            self.rate = rate
        }
    }

    /// In rising order of SNR.
    public let entries: [Entry]

    /// - Precondition: at least one entry.
    public init(entries: [Entry]) {
        precondition(!entries.isEmpty, "a table needs an entry")
        self.entries = entries.sorted { $0.snr < $1.snr }
    }

    /// The entry for an SNR; below the first entry, the first.
    public func entry(snr: Double) -> Entry { entries.last { $0.snr <= snr } ?? entries[0] }
}
