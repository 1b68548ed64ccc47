import Files
import Yams

/// Single values: each is read, checked, described for the reference, and settled in the resolved copy.
extension YAMLSection {
    /// A number with a unit. `least` and `most` are in base units; `exclusive` refuses `least` itself.
    package func quantity(
        _ key: String, _ dimension: Dimension, default fallback: Double? = nil, required: Bool = false,
        least: Double = -.infinity, most: Double = .infinity, exclusive: Bool = false, _ text: String
    ) -> Double? {
        note(
            key, .quantity(dimension), required: required, text, fallback: fallback.map(dimension.text),
            bounds: dimension.range(least: least, most: most, exclusive: exclusive))
        var value = fallback
        if required { missing(key, dimension.expectation) }
        if let written = scalar(key, expected: dimension.expectation) {
            switch dimension.read(written, least: least, most: most, exclusive: exclusive) {
            case .success(let read): value = read
            case .failure(let failure): diagnostics.report(dotted(key), at: mapping?[key], failure.reason)
            }
        }
        settle(key, value.map(dimension.text))
        return value
    }

    /// The same where there is always a value.
    package func quantity(
        _ key: String, _ dimension: Dimension, default fallback: Double, required: Bool = false,
        least: Double = -.infinity, most: Double = .infinity, exclusive: Bool = false, _ text: String
    ) -> Double {
        let value: Double? = quantity(
            key, dimension, default: Optional(fallback), required: required, least: least, most: most,
            exclusive: exclusive, text)
        return value ?? fallback
    }

    package func number(
        _ key: String, default fallback: Double, in range: ClosedRange<Double>, _ text: String
    ) -> Double {
        let value: Double? = number(key, default: Optional(fallback), in: range, text)
        return value ?? fallback
    }

    package func integer(_ key: String, default fallback: Int, in range: ClosedRange<Int>, _ text: String) -> Int {
        let value: Int? = integer(key, default: Optional(fallback), in: range, text)
        return value ?? fallback
    }

    package func text(_ key: String, default fallback: String, required: Bool = false, _ text: String) -> String {
        let value: String? = self.text(key, default: Optional(fallback), required: required, text)
        return value ?? fallback
    }

    package func number(
        _ key: String, default fallback: Double?, in range: ClosedRange<Double>, _ text: String
    ) -> Double? {
        note(key, .number(range), text, fallback: fallback.map(Dimension.shortest))
        var value = fallback
        if let written = scalar(key, expected: PlainNumber.expectation(range)) {
            switch PlainNumber.read(written, in: range) {
            case .success(let read): value = read
            case .failure(let failure): report(key, failure.reason)
            }
        }
        settle(key, value.map(Dimension.shortest))
        return value
    }

    package func integer(_ key: String, default fallback: Int?, in range: ClosedRange<Int>, _ text: String) -> Int? {
        note(key, .integer(range), text, fallback: fallback.map(String.init))
        var value = fallback
        if let written = scalar(key, expected: PlainNumber.expectation(range)) {
            switch PlainNumber.read(written, in: range) {
            case .success(let read): value = read
            case .failure(let failure): report(key, failure.reason)
            }
        }
        settle(key, value.map(String.init))
        return value
    }

    package func flag(_ key: String, default fallback: Bool, _ text: String) -> Bool {
        note(key, .flag, text, fallback: fallback ? "yes" : "no")
        var value = fallback
        if let written = scalar(key, expected: "yes or no") {
            switch written.lowercased() {
            case "yes", "true", "on": value = true
            case "no", "false", "off": value = false
            default: report(key, "is '\(written)': expected yes or no")
            }
        }
        settle(key, value ? "yes" : "no")
        return value
    }

    package func text(_ key: String, default fallback: String? = nil, required: Bool = false, _ text: String) -> String?
    {
        note(key, .text, required: required, text, fallback: fallback.flatMap { $0.isEmpty ? nil : $0 })
        if required { missing(key, "a text") }
        let value = scalar(key, expected: "a text") ?? fallback
        settle(key, value)
        return value
    }

    /// Ports of a host, `41000-41010`.
    package func portRange(_ key: String, _ note: String) -> ClosedRange<Int>? {
        guard let written = text(key, note) else { return nil }
        let ends = written.split(separator: "-", omittingEmptySubsequences: false)
            .map { Int(Dimension.written(String($0))) }
        guard ends.count == 2, let low = ends[0], let high = ends[1], low >= 1, low <= high, high <= 65535 else {
            report(key, "is '\(written)': expected a first and a last port, as in 41000-41010")
            return nil
        }
        return low...high
    }

    /// A path, taken from the topology file's own folder unless absolute.
    package func path(
        _ key: String, default fallback: String? = nil, required: Bool = false, from folder: String, _ text: String
    ) -> String? {
        note(key, .text, required: required, text)
        let value = (scalar(key, expected: "a path") ?? fallback).map { absolutePath($0, from: folder) }
        settle(key, value)
        return value
    }

    /// One word or a list of words.
    package func words(_ key: String, required: Bool = false, _ text: String) -> [String] {
        note(key, .words, required: required, text)
        if required { missing(key, "a name or a list of names") }
        guard let value = mapping?[key] else { return [] }
        var words: [String] = []
        if let scalar = value.scalar {
            words = [scalar.string]
        } else if let sequence = value.sequence {
            for item in sequence {
                if let scalar = item.scalar {
                    words.append(scalar.string)
                } else {
                    diagnostics.report(dotted(key), at: item, "expected a name")
                }
            }
        } else {
            diagnostics.report(dotted(key), at: value, "expected a name or a list of names")
        }
        settled.append((key, { _ in Node(words.map { Node($0) }) }))
        return words
    }

    package func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, default fallback: Choice, required: Bool = false, _ text: String
    ) -> Choice
    where Choice.RawValue == String {
        let names = Choice.allCases.map(\.rawValue)
        note(key, .choice(names), required: required, text, fallback: required ? nil : fallback.rawValue)
        if required { missing(key, "one of \(names.joined(separator: ", "))") }
        var value = fallback
        if let written = scalar(key, expected: "one of \(names.joined(separator: ", "))") {
            if let read = Choice(rawValue: written) {
                value = read
            } else {
                let nearest = nearestHint(to: written, among: names)
                diagnostics.report(
                    dotted(key), at: mapping?[key],
                    "'\(written)' is unknown: expected one of \(names.joined(separator: ", "))\(nearest)")
            }
        }
        settle(key, value.rawValue)
        return value
    }

    /// Replaces a list of words in the resolved copy by what they came to mean.
    package func resettle(_ key: String, _ words: [String]) {
        omit(key)
        settled.append((key, { _ in Node(words.map { Node($0) }) }))
    }

    /// The raw value, for entries with a grammar of their own; copied as it stands.
    package func free(_ key: String, _ text: String) -> Node? { free(key, text, shape: .free) }

    package func free(_ key: String, _ text: String, shape: Field.Shape) -> Node? {
        note(key, shape, text)
        let value = mapping?[key]
        settled.append((key, { _ in value }))
        return value
    }
}
