extension Topology {
    /// The format as a page of Markdown: a table for every section, from the same reading as ``schema()``.
    package static func reference() -> String {
        let root = Section(path: "", node: nil, findings: Findings(file: ""))
        _ = Topology.read(root, folder: "/", fallbackName: "", seed: nil)
        var page = TopologyReference()
        page.add(root, title: "The file", anchor: "the-file", opening: "", path: "")
        return Self.preface + page.text + Self.figuresOfExpect
    }

    private static var preface: String {
        let units = Dimension.allCases.map { dimension in
            let names = dimension.units.map { "`\($0.name)`" }.joined(separator: ", ")
            return "| \(dimension.title) | \(names) | \(dimension.base) |"
        }
        return """
            # Topology files

            <!-- Written by 'testbed schema --markdown'; a test holds it against the sources. Do not edit. -->

            One YAML file says all of an experiment. `testbed check FILE` finds every mistake in one go,
            `testbed check --resolved FILE` prints the file with every default filled in, `testbed schema` prints a JSON schema
            for editors, and any key can be changed from the command line: `--set links.uplink.snr=0dB`. Relative paths start
            from the file's own folder. An unknown key is a mistake.

            Quantities carry a unit; zero needs none.

            | quantity | units | in results |
            |---|---|---|
            \(units.joined(separator: "\n"))


            """
    }

    private static var figuresOfExpect: String {
        let rows = ExpectedBound.meanings.map { "| `\($0.figure)` | \($0.unit.title) | \($0.meaning) |" }
        return """
            ## Figures of `expect`

            A bound is `">= 0.5"`, `"<= 30 ms"`, `"== 0"`, `"> 1"` or `"< 1"`, in the figure's unit. A bare number means equality, and is
            taken for counts only: no measured mean equals a number that was written down. `delivered: all` asks for every image.

            | figure | unit | meaning |
            |---|---|---|
            \(rows.joined(separator: "\n"))

            """
    }
}

/// A page that grows by a table a section.
private struct TopologyReference {
    private(set) var text = ""

    mutating func add(_ section: Section, title: String, anchor: String, opening: String, path: String) {
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
    fileprivate var child: Section? {
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
        case .bounds: "[figures with bounds](#figures-of-expect)"
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
