import Files
import Glibc
import Yams

/// Collects what is wrong with one file while it is read to the end.
final class Findings {
    let file: String
    var problems: [Problem] = []
    /// What keys are called in the file that were read at another place.
    var aliases: [String: String] = [:]

    init(file: String) { self.file = file }

    func report(_ key: String, at node: Node?, _ message: String) {
        problems.append(Problem(file: file, line: node?.mark?.line, key: aliases[key] ?? key, message: message))
    }
}

/// One entry of the format, noted down as it is read: the JSON schema for editors is written from these.
struct Field {
    enum Shape {
        case quantity(Dimension)
        case number(ClosedRange<Double>)
        case integer(ClosedRange<Int>)
        case flag
        case text
        case words
        case choice([String])
        case section(Section)
        /// Named entries, all of one form.
        case entries(of: Section)
        /// A list of mappings, all of one form.
        case list(of: Section)
        /// Keys of the topology's section of that name, or a word in their place.
        case part(of: Section, named: String, words: [String])
        /// One of a few words, or a section.
        case wordOrSection([String], Section)
        /// Any scalar, list or mapping; checked elsewhere.
        case free
    }

    let key: String
    let shape: Shape
    let required: Bool
    let note: String
    /// What stands where the key is absent, as one would write it; nil: nothing, or what the note says.
    var fallback: String?
    /// Least and most of a quantity, in words.
    var bounds: String?
    /// What the key has a meaning for, where that is not everything: `model: rice`.
    var condition: String?
}

/// A mapping of the file under its dotted path, read key by key.
///
/// Reading a key checks it, notes its form for the schema, and puts its settled value into the resolved copy; the
/// three can never disagree. Errors never stop the reading: a default stands in, so that all mistakes show at once.
package final class Section {
    package let path: String
    let mapping: Node.Mapping?
    package let node: Node?
    let findings: Findings
    private(set) var fields: [Field] = []
    /// The resolved copy: of an entry that changes a part of another section as it stands, or the whole outcome.
    private var settled: [(key: String, value: (_ outcome: Bool) -> Node?)] = []

    init(path: String, node: Node?, findings: Findings) {
        self.path = path
        self.node = node
        self.findings = findings
        mapping = node?.mapping
        if let node, mapping == nil,
            !(node.scalar.map { $0.string.isEmpty || $0.string == "null" || $0.string == "~" } ?? false)
        {
            findings.report(path, at: node, "expected a mapping of keys to values")
        }
    }

    func dotted(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
    func has(_ key: String) -> Bool { mapping?[key] != nil }
    package func report(_ key: String, _ message: String) {
        findings.report(dotted(key), at: keyNode(key) ?? node, message)
    }

    private func keyNode(_ key: String) -> Node? { mapping?.first { $0.key.string == key }?.key }

    private func scalar(_ key: String, expected: String) -> String? {
        guard let value = mapping?[key] else { return nil }
        guard let scalar = value.scalar else {
            findings.report(dotted(key), at: value, "expected \(expected)")
            return nil
        }
        return scalar.string
    }

    private func note(
        _ key: String, _ shape: Field.Shape, required: Bool = false, _ note: String, fallback: String? = nil,
        bounds: String? = nil
    ) {
        fields.append(Field(key: key, shape: shape, required: required, note: note, fallback: fallback, bounds: bounds))
    }

    /// Says in the reference what a key that was just read has a meaning for.
    func limit(_ key: String, to condition: String) {
        guard let index = fields.lastIndex(where: { $0.key == key }) else { return }
        fields[index].condition = condition
    }

    private func settle(_ key: String, _ text: String?) {
        settled.append((key, { _ in text.map { Node($0) } }))
    }

    private func missing(_ key: String, _ expected: String) {
        guard !has(key) else { return }
        // A misspelt key is reported as such; that the right one is missing follows from it.
        if let mapping,
            mapping.contains(where: { pair in
                pair.key.string.map { nearestName(to: $0, among: [key]) != nil && $0 != key } ?? false
            })
        {
            return
        }
        findings.report(dotted(key), at: node, "is missing: expected \(expected)")
    }

    // MARK: values

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
            case .failure(let failure): findings.report(dotted(key), at: mapping?[key], failure.reason)
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

    func number(_ key: String, default fallback: Double, in range: ClosedRange<Double>, _ text: String) -> Double {
        let value: Double? = number(key, default: Optional(fallback), in: range, text)
        return value ?? fallback
    }

    func integer(_ key: String, default fallback: Int, in range: ClosedRange<Int>, _ text: String) -> Int {
        let value: Int? = integer(key, default: Optional(fallback), in: range, text)
        return value ?? fallback
    }

    func text(_ key: String, default fallback: String, required: Bool = false, _ text: String) -> String {
        let value: String? = self.text(key, default: Optional(fallback), required: required, text)
        return value ?? fallback
    }

    func number(_ key: String, default fallback: Double?, in range: ClosedRange<Double>, _ text: String) -> Double? {
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

    func integer(_ key: String, default fallback: Int?, in range: ClosedRange<Int>, _ text: String) -> Int? {
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

    func flag(_ key: String, default fallback: Bool, _ text: String) -> Bool {
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

    func text(_ key: String, default fallback: String? = nil, required: Bool = false, _ text: String) -> String? {
        note(key, .text, required: required, text, fallback: fallback.flatMap { $0.isEmpty ? nil : $0 })
        if required { missing(key, "a text") }
        let value = scalar(key, expected: "a text") ?? fallback
        settle(key, value)
        return value
    }

    /// A path, taken from the topology file's own folder unless absolute.
    func path(
        _ key: String, default fallback: String? = nil, required: Bool = false, from folder: String, _ text: String
    ) -> String? {
        note(key, .text, required: required, text)
        let value = (scalar(key, expected: "a path") ?? fallback).map { absolutePath($0, from: folder) }
        settle(key, value)
        return value
    }

    /// A file or folder of weights, or a model's name.
    func model(
        _ key: String, _ kind: ModelLibrary.Kind, default fallback: String? = nil, from folder: String,
        _ library: ModelLibrary, _ text: String
    ) -> String? {
        note(key, .text, text)
        var value = fallback
        if let written = scalar(key, expected: "a path or a model's name") {
            do throws(UnknownModel) {
                value = try library.path(written, kind: kind, from: folder)
            } catch {
                report(key, error.description)
            }
        }
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
                    findings.report(dotted(key), at: item, "expected a name")
                }
            }
        } else {
            findings.report(dotted(key), at: value, "expected a name or a list of names")
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
                let nearest = nearestName(to: written, among: names).map { "; nearest: '\($0)'" } ?? ""
                findings.report(
                    dotted(key), at: mapping?[key],
                    "'\(written)' is unknown: expected one of \(names.joined(separator: ", "))\(nearest)")
            }
        }
        settle(key, value.rawValue)
        return value
    }

    /// The same where the key may be left out.
    func optionalChoice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, of type: Choice.Type, _ text: String
    ) -> Choice? where Choice.RawValue == String {
        let first = type.allCases.first!
        let value = choice(key, default: first, text)
        fields[fields.count - 1].fallback = nil
        guard has(key) else {
            omit(key)
            return nil
        }
        return value
    }

    /// Replaces a list of words in the resolved copy by what they came to mean.
    func resettle(_ key: String, _ words: [String]) {
        omit(key)
        settled.append((key, { _ in Node(words.map { Node($0) }) }))
    }

    /// The raw value, for entries with a grammar of their own; copied as it stands.
    package func free(_ key: String, _ text: String) -> Node? {
        note(key, .free, text)
        let value = mapping?[key]
        settled.append((key, { _ in value }))
        return value
    }

    // MARK: sections

    package func section(_ key: String, _ text: String) -> Section {
        let child = Section(path: dotted(key), node: mapping?[key], findings: findings)
        note(key, .section(child), text)
        settled.append((key, { child.resolved(outcome: $0) }))
        return child
    }

    /// Named entries in the order of the file.
    package func entries(
        _ key: String, required: Bool = false, _ text: String, describe: (Section) -> Void
    ) -> [(name: String, section: Section)] {
        let pattern = Section(path: "", node: nil, findings: Findings(file: ""))
        describe(pattern)
        note(key, .entries(of: pattern), required: required, text)
        if required { missing(key, "named entries") }
        guard let value = mapping?[key] else { return [] }
        guard let map = value.mapping else {
            findings.report(dotted(key), at: value, "expected named entries")
            return []
        }
        let children = map.map { pair -> (name: String, section: Section) in
            let name = pair.key.string ?? "?"
            return (name, Section(path: "\(dotted(key)).\(name)", node: pair.value, findings: findings))
        }
        for child in children where !isName(child.name) {
            findings.report(
                child.section.path, at: child.section.node, "a name is made of letters, digits, '-' and '_'")
        }
        settled.append(
            (key, { outcome in Node(children.map { (Node($0.name), $0.section.resolved(outcome: outcome)) }) }))
        return children
    }

    package func list(_ key: String, _ text: String, describe: (Section) -> Void) -> [Section] {
        let pattern = Section(path: "", node: nil, findings: Findings(file: ""))
        describe(pattern)
        note(key, .list(of: pattern), text)
        guard let value = mapping?[key] else { return [] }
        guard let sequence = value.sequence else {
            findings.report(dotted(key), at: value, "expected a list")
            return []
        }
        let children = sequence.enumerated().map {
            Section(path: "\(dotted(key))[\($0.offset)]", node: $0.element, findings: findings)
        }
        settled.append((key, { outcome in Node(children.map { $0.resolved(outcome: outcome) }) }))
        return children
    }

    /// Leaves a key out of the resolved copy: its value plays no part.
    func omit(_ key: String) { settled.removeAll { $0.key == key } }

    /// Reports every key that was never asked for, with the nearest one that was.
    package func finish() {
        let known = fields.map(\.key)
        guard let mapping else { return }
        for (keyNode, _) in mapping {
            guard let key = keyNode.string, !known.contains(key) else { continue }
            let nearest =
                nearestName(to: key, among: known).map { "nearest: '\($0)'" }
                ?? "known keys: \(known.joined(separator: ", "))"
            findings.report(dotted(key), at: keyNode, "unknown key; \(nearest)")
        }
    }

    /// The section with every default filled in.
    ///
    /// - Parameter outcome: with what entries that change a part of another section make of the whole of it.
    package func resolved(outcome: Bool = false) -> Node {
        Node(settled.compactMap { key, value in value(outcome).map { (Node(key), $0) } })
    }

    /// Says how a key stands in the resolved copy.
    func settle(_ key: String, by value: @escaping (_ outcome: Bool) -> Node?) { settled.append((key, value)) }

    /// Takes a field up that was read by other means.
    func add(_ field: Field) { fields.append(field) }

    /// Leaves fields out of the schema.
    func leaveOut(_ keys: Set<String>) { fields.removeAll { keys.contains($0.key) } }
}

func isName(_ text: String) -> Bool {
    !text.isEmpty && text.count <= 64
        && text.unicodeScalars.allSatisfy {
            $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || $0 == "-" || $0 == "_")
        }
}

/// A path without `.` and `..`. What lies above a linked folder is above the folder it leads to, as the system has it.
package func absolutePath(_ path: String, from folder: String) -> String {
    let full = path.hasPrefix("/") ? path : "\(folder)/\(path)"
    var parts: [String] = []
    for part in full.split(separator: "/") where part != "." {
        guard part == ".." else {
            parts.append(String(part))
            continue
        }
        let above = "/" + parts.joined(separator: "/")
        var status = stat()
        if lstat(above, &status) == 0, status.st_mode & S_IFMT == S_IFLNK, let real = realpath(above, nil) {
            parts = String(cString: real).split(separator: "/").map(String.init)
            free(real)
        }
        _ = parts.popLast()
    }
    return "/" + parts.joined(separator: "/")
}

/// The same from the working folder.
///
/// - Throws: `FileFailure.noWorkingFolder` where it is needed and gone.
package func absolutePath(_ path: String) throws(FileFailure) -> String {
    absolutePath(path, from: path.hasPrefix("/") ? "/" : try Place.workingFolder())
}
