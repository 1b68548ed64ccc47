extension YAMLSection {
    /// What was read as Markdown: a table for every section.
    package func referencePage(title: String, anchor: String) -> String {
        var page = ReferencePage()
        page.add(self, title: title, anchor: anchor, opening: "", path: "")
        return page.text
    }
}

extension Dimension {
    /// What quantities may be written in, as a table of Markdown.
    package static var tableOfUnits: String {
        let rows = allCases.map { dimension in
            let names = dimension.units.map { "`\($0.name)`" }.joined(separator: ", ")
            return "| \(dimension.title) | \(names) | \(dimension.base) |"
        }
        return (["| quantity | units | in results |", "|---|---|---|"] + rows).joined(separator: "\n")
    }
}

/// A page that grows by a table a section.
private struct ReferencePage {
    private(set) var text = ""

    mutating func add(_ section: YAMLSection, title: String, anchor: String, opening: String, path: String) {
        text += "## \(title)\n\n"
        if !opening.isEmpty { text += "\(opening)\n\n" }
        text += "| key | value | where absent | meaning |\n|---|---|---|---|\n"
        for field in section.fields { text += row(field, path: path) }
        text += "\n"
        for field in section.fields {
            guard let child = field.shape.child else { continue }
            let path = path + field.key + field.shape.suffix
            add(child, title: "`\(path)`", anchor: Self.anchor(path), opening: field.note, path: path + ".")
        }
    }

    private func row(_ field: Field, path: String) -> String {
        let absent = field.required ? "**required**" : field.fallback.map { "`\($0)`" } ?? "–"
        let value =
            field.shape.child == nil
            ? [field.shape.words, field.bounds].compactMap { $0 }.joined(separator: ", ")
            : "[\(field.shape.words)](#\(Self.anchor(path + field.key + field.shape.suffix)))"
        let meaning = field.note + (field.condition.map { " (\($0))" } ?? "")
        return "| `\(field.key)` | \(value) | \(absent) | \(meaning.replacing("|", with: "\\|")) |\n"
    }

    /// As GitHub makes it from a heading: small letters, letters and digits, `-` and `_` kept, the rest gone.
    private static func anchor(_ heading: String) -> String {
        heading.lowercased().filter { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" }
    }
}

extension Field.Shape {
    /// The section it holds, if it holds one.
    fileprivate var child: YAMLSection? {
        switch self {
        case .section(let section), .entries(let section), .list(let section), .wordOrSection(_, let section): section
        default: nil
        }
    }

    /// What follows the key in the path of what it holds.
    fileprivate var suffix: String {
        switch self {
        case .entries: ".NAME"
        case .list: "[]"
        default: ""
        }
    }

    fileprivate var words: String {
        switch self {
        case .quantity(let dimension): dimension.title
        case .number(let range):
            "number, \(Dimension.shortest(range.lowerBound)) to \(Dimension.shortest(range.upperBound))"
        case .integer(let range):
            range.upperBound == .max
                ? "whole number from \(range.lowerBound)" : "whole number, \(range.lowerBound) to \(range.upperBound)"
        case .flag: "`yes` or `no`"
        case .text: "text"
        case .words: "text, or a list of texts"
        case .choice(let names): names.map { "`\($0)`" }.joined(separator: ", ")
        case .section: "section"
        case .wordOrSection(let words, _): words.joined(separator: ", ") + ", or a section"
        case .part(_, let name, let words):
            words.map { "`\($0)`" }.joined(separator: ", ") + (words.isEmpty ? "" : ", or ")
                + "keys of [`\(name)`](#\(name))"
        case .entries: "entries by name"
        case .list: "list"
        case .described(let words, _): words
        case .free: "see the meaning"
        }
    }
}

extension Dimension {
    fileprivate var title: String { self == .bitRate ? "bit rate" : rawValue }

    /// The unit of the same quantity in records and tables.
    fileprivate var base: String {
        switch self {
        case .duration: "s"
        case .frequency: "Hz"
        case .level: "dB"
        case .bitRate: "bit/s"
        case .size: "bytes"
        case .speed: "m/s"
        case .share: "share of 1"
        }
    }
}
