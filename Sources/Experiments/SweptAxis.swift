import Declarations
import Topologies

/// The values of a swept key as numbers.
struct SweptAxis {
    let key: String
    /// As written; empty for plain numbers.
    let unit: String
    /// By the text in the topology; empty where the values are words.
    let numbers: [String: Double]

    /// - Parameter texts: all values of the axis. Those with one unit keep it; those with several of one dimension
    ///   become numbers in its base unit.
    init(_ key: String, _ texts: [String]) {
        self.key = key
        let parts = texts.map { text -> (number: Double?, unit: String) in
            (SweepSummary.number(text), String(text.drop { $0.isNumber || "+-.eE ".contains($0) }))
        }
        let units = Set(parts.map(\.unit))
        let found: (unit: String, numbers: [Double])? =
            if units.count == 1, let unit = units.first, Self.isUnit(unit) {
                Self.all(parts.map(\.number)).map { (unit, $0) }
            } else {
                Dimension.allCases.lazy.compactMap { dimension in
                    Self.all(texts.map(dimension.value)).map { (dimension.baseUnit, $0) }
                }.first
            }
        unit = found?.unit ?? ""
        numbers = Dictionary(zip(texts, found?.numbers ?? []), uniquingKeysWith: { $1 })
    }

    /// `links.uplink.snr_db`, `scheme.budget_ms`, `scheme.alpha_number`: the key and its unit in ASCII.
    var column: String {
        let plain = unit.lowercased().replacing("µ", with: "u").replacing("%", with: "percent").replacing(
            "/", with: "_per_")
        return "\(key)_\(plain.isEmpty ? "number" : plain)"
    }

    private static func isUnit(_ text: String) -> Bool {
        text.isEmpty || Dimension.allCases.contains { $0.unitNames.contains(text) }
    }

    private static func all(_ numbers: [Double?]) -> [Double]? {
        let known = numbers.compactMap(\.self)
        return known.count == numbers.count && !known.isEmpty ? known : nil
    }
}
