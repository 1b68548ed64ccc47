/// What a number is written as: one row for all who read it, so that none accepts what another refuses.
package enum NumberForm: Sendable {
    /// With a unit; bounds in base units, `exclusive` refuses the lower one itself.
    case quantity(Dimension, least: Double, most: Double = .infinity, exclusive: Bool = false)
    case number(ClosedRange<Double>)
    case integer(ClosedRange<Int>)

    /// The value in base units, or what is wrong with the text, in words that follow the key's name.
    package func read(_ text: String) -> Result<Double, Misreading> {
        switch self {
        case .quantity(let dimension, let least, let most, let exclusive):
            dimension.read(text, least: least, most: most, exclusive: exclusive)
        case .number(let range): PlainNumber.read(text, in: range)
        case .integer(let range): PlainNumber.read(text, in: range).map(Double.init)
        }
    }

    /// What is expected, in words: "a level such as '-1 dB', at least -100 dB, at most 100 dB".
    package var expectation: String {
        switch self {
        case .quantity(let dimension, let least, let most, let exclusive):
            [dimension.expectation, dimension.range(least: least, most: most, exclusive: exclusive)]
                .compactMap { $0 }.joined(separator: ", ")
        case .number(let range): PlainNumber.expectation(range)
        case .integer(let range): PlainNumber.expectation(range)
        }
    }
}

extension YAMLSection {
    /// A number by its form; nil where the key is absent and has no default.
    package func number(
        _ key: String, _ form: NumberForm, default fallback: Double?, required: Bool, _ note: String
    ) -> Double? {
        switch form {
        case .quantity(let dimension, let least, let most, let exclusive):
            return quantity(
                key, dimension, default: fallback, required: required, least: least, most: most, exclusive: exclusive,
                note)
        case .number(let range): return number(key, default: fallback, in: range, note)
        case .integer(let range):
            return integer(key, default: fallback.map { Int($0) }, in: range, note).map(Double.init)
        }
    }
}
