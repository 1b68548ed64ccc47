/// Modulation and coding schemes for the shared channel, 3GPP TS 38.214 (Release 17).
public enum ModulationTable: String, Sendable, CaseIterable {
    /// Table 5.1.3.1-1: up to 64-QAM.
    case nr1 = "nr-table-1"
    /// Table 5.1.3.1-2: up to 256-QAM.
    case nr2 = "nr-table-2"

    public struct Scheme: Sendable, Equatable {
        /// Bits a symbol.
        public let order: Int
        /// Target code rate × 1024.
        public let codeRate: Double
        /// Bits a complex channel use.
        public var efficiency: Double { Double(order) * codeRate / 1024 }
    }

    /// In the table's order.
    public var schemes: [Scheme] { self == .nr1 ? Self.first : Self.second }

    private static let first = table(
        (2, [120, 157, 193, 251, 308, 379, 449, 526, 602, 679]), (4, [340, 378, 434, 490, 553, 616, 658]),
        (6, [438, 466, 517, 567, 616, 666, 719, 772, 822, 873, 910, 948]))
    private static let second = table(
        (2, [120, 193, 308, 449, 602]), (4, [378, 434, 490, 553, 616, 658]),
        (6, [466, 517, 567, 616, 666, 719, 772, 822, 873]), (8, [682.5, 711, 754, 797, 841, 885, 916.5, 948]))

    private static func table(_ parts: (order: Int, rates: [Double])...) -> [Scheme] {
        parts.flatMap { part in part.rates.map { Scheme(order: part.order, codeRate: $0) } }
    }
}
