/// Modulation and coding schemes to choose from: those of 3GPP TS 38.214 (Release 17), or a file's.
///
/// The standard's numbers were compared with four public implementations that do not derive from each other, and agree
/// with all that have them: Sionna, srsRAN and OpenAirInterface for the two tables of schemes, OpenAirInterface and
/// ns-3's 5G-LENA for the two of channel quality.
public struct ModulationTable: Sendable, Equatable {
    public struct Scheme: Sendable, Equatable {
        /// Bits a symbol.
        public let order: Int
        /// Target code rate × 1024.
        public let codeRate: Double
        /// SNR (linear) at which its block errors are the target, where the table says so.
        public let threshold: Double?
        /// Bits a complex channel use.
        public var efficiency: Double { Double(order) * codeRate / 1024 }

        public init(order: Int, codeRate: Double, threshold: Double? = nil) {
            self.order = order
            self.codeRate = codeRate
            self.threshold = threshold
        }
    }

    /// The word, or the path of the file, that a topology names it by.
    public let name: String
    /// In the table's order.
    public let schemes: [Scheme]

    init(name: String, schemes: [Scheme]) {
        self.name = name
        self.schemes = schemes
    }

    private init(_ name: String, _ parts: (order: Int, rates: [Double])...) {
        self.init(
            name: name,
            schemes: parts.flatMap { part in part.rates.map { Scheme(order: part.order, codeRate: $0) } })
    }

    /// Whether it came from a file.
    public var isOfAFile: Bool { !Self.standard.contains { $0.name == name } }
    /// The standard's.
    public static let standard = [nr1, nr2, cqi1, cqi2]

    /// Table 5.1.3.1-1: up to 64-QAM.
    public static let nr1 = ModulationTable(
        "nr-table-1", (2, [120, 157, 193, 251, 308, 379, 449, 526, 602, 679]),
        (4, [340, 378, 434, 490, 553, 616, 658]),
        (6, [438, 466, 517, 567, 616, 666, 719, 772, 822, 873, 910, 948]))
    /// Table 5.1.3.1-2: up to 256-QAM.
    public static let nr2 = ModulationTable(
        "nr-table-2", (2, [120, 193, 308, 449, 602]), (4, [378, 434, 490, 553, 616, 658]),
        (6, [466, 517, 567, 616, 666, 719, 772, 822, 873]), (8, [682.5, 711, 754, 797, 841, 885, 916.5, 948]))
    /// Table 5.2.2.1-2: what a terminal may report, up to 64-QAM.
    public static let cqi1 = ModulationTable(
        "nr-cqi-1", (2, [78, 120, 193, 308, 449, 602]), (4, [378, 490, 616]), (6, [466, 567, 666, 772, 873, 948]))
    /// Table 5.2.2.1-3: the same up to 256-QAM.
    public static let cqi2 = ModulationTable(
        "nr-cqi-2", (2, [78, 193, 449]), (4, [378, 490, 616]), (6, [466, 567, 666, 772, 873]),
        (8, [711, 797, 885, 948]))
}
