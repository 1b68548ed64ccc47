import Files
import Yams

/// A mapping of the file under its dotted path, read key by key.
///
/// Reading a key checks it, notes its form for the schema, and puts its settled value into the resolved copy; the
/// three can never disagree. Errors never stop the reading: a default stands in, so that all mistakes show at once.
package final class YAMLSection {
    package let path: String
    package let mapping: Node.Mapping?
    package let node: Node?
    package let diagnostics: Diagnostics
    package internal(set) var fields: [Field] = []
    /// The resolved copy: of an entry that changes a part of another section as it stands, or the whole outcome.
    var settled: [(key: String, value: (_ outcome: Bool) -> Node?)] = []

    package init(path: String, node: Node?, diagnostics: Diagnostics) {
        self.path = path
        self.node = node
        self.diagnostics = diagnostics
        mapping = node?.mapping
        if let node, mapping == nil,
            !(node.scalar.map { $0.string.isEmpty || $0.string == "null" || $0.string == "~" } ?? false)
        {
            diagnostics.report(path, at: node, "expected a mapping of keys to values")
        }
    }

    /// What a reading asks for, of no file: the form of entries, and of the whole format.
    package convenience init(describedBy read: (YAMLSection) -> Void) {
        self.init(path: "", node: nil, diagnostics: Diagnostics(file: ""))
        read(self)
    }

    package func dotted(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
    package func has(_ key: String) -> Bool { mapping?[key] != nil }
    package func report(_ key: String, _ message: String) {
        diagnostics.report(dotted(key), at: keyNode(key) ?? node, message)
    }

    func keyNode(_ key: String) -> Node? { mapping?.first { $0.key.string == key }?.key }

    package func scalar(_ key: String, expected: String) -> String? {
        guard let value = mapping?[key] else { return nil }
        guard let scalar = value.scalar else {
            diagnostics.report(dotted(key), at: value, "expected \(expected)")
            return nil
        }
        return scalar.string
    }

    package func note(
        _ key: String, _ shape: Field.Shape, required: Bool = false, _ note: String, fallback: String? = nil,
        bounds: String? = nil
    ) {
        fields.append(Field(key: key, shape: shape, required: required, note: note, fallback: fallback, bounds: bounds))
    }

    /// Says in the reference what a key that was just read has a meaning for.
    package func limit(_ key: String, to condition: String) {
        guard let index = fields.lastIndex(where: { $0.key == key }) else { return }
        fields[index].condition = condition
    }

    package func settle(_ key: String, _ text: String?) {
        settled.append((key, { _ in text.map { Node($0) } }))
    }

    func missing(_ key: String, _ expected: String) {
        guard !has(key) else { return }
        // A misspelt key is reported as such; that the right one is missing follows from it.
        if let mapping,
            mapping.contains(where: { pair in
                pair.key.string.map { nearestName(to: $0, among: [key]) != nil && $0 != key } ?? false
            })
        {
            return
        }
        diagnostics.report(dotted(key), at: node, "is missing: expected \(expected)")
    }

    // MARK: sections

    package func section(_ key: String, _ text: String) -> YAMLSection {
        let child = YAMLSection(path: dotted(key), node: mapping?[key], diagnostics: diagnostics)
        note(key, .section(child), text)
        settled.append((key, { child.resolved(outcome: $0) }))
        return child
    }

    /// A section in whose place one of a few words may stand; then nothing of it is read.
    package func choiceOrSection(_ key: String, words: [String], _ text: String) -> YAMLSection {
        let value = mapping?[key]
        let word = value?.scalar?.string
        let child = YAMLSection(path: dotted(key), node: word == nil ? value : nil, diagnostics: diagnostics)
        note(key, .wordOrSection(words, child), text, fallback: words[0])
        if let word, !words.contains(word) {
            let nearest = nearestHint(to: word, among: words)
            report(key, "'\(word)' is unknown: expected \(words.joined(separator: ", ")) or a section\(nearest)")
        }
        settle(key) { child.mapping == nil ? Node(words[0]) : child.resolved(outcome: $0) }
        return child
    }

    /// Named entries in the order of the file.
    package func entries(
        _ key: String, required: Bool = false, _ text: String, describe: (YAMLSection) -> Void
    ) -> [(name: String, section: YAMLSection)] {
        let pattern = YAMLSection(describedBy: describe)
        note(key, .entries(of: pattern), required: required, text)
        if required { missing(key, "named entries") }
        guard let value = mapping?[key] else { return [] }
        guard let map = value.mapping else {
            diagnostics.report(dotted(key), at: value, "expected named entries")
            return []
        }
        let children = map.map { pair -> (name: String, section: YAMLSection) in
            let name = pair.key.string ?? "?"
            return (name, YAMLSection(path: "\(dotted(key)).\(name)", node: pair.value, diagnostics: diagnostics))
        }
        for child in children where !isName(child.name) {
            diagnostics.report(
                child.section.path, at: child.section.node, "a name is made of letters, digits, '-' and '_'")
        }
        settled.append(
            (key, { outcome in Node(children.map { (Node($0.name), $0.section.resolved(outcome: outcome)) }) }))
        return children
    }

    package func list(_ key: String, _ text: String, describe: (YAMLSection) -> Void) -> [YAMLSection] {
        let pattern = YAMLSection(describedBy: describe)
        note(key, .list(of: pattern), text)
        guard let value = mapping?[key] else { return [] }
        guard let sequence = value.sequence else {
            diagnostics.report(dotted(key), at: value, "expected a list")
            return []
        }
        let children = sequence.enumerated().map {
            YAMLSection(path: "\(dotted(key))[\($0.offset)]", node: $0.element, diagnostics: diagnostics)
        }
        settled.append((key, { outcome in Node(children.map { $0.resolved(outcome: outcome) }) }))
        return children
    }

    /// Leaves a key out of the resolved copy: its value plays no part.
    package func omit(_ key: String) { settled.removeAll { $0.key == key } }

    /// Reports every key that was never asked for, with the nearest one that was.
    package func finish() {
        let known = fields.map(\.key)
        guard let mapping else { return }
        for (keyNode, _) in mapping {
            guard let key = keyNode.string, !known.contains(key) else { continue }
            diagnostics.report(dotted(key), at: keyNode, "unknown key\(keyHint(to: key))")
        }
    }

    /// The nearest of its keys, or all of them.
    func keyHint(to key: String) -> String {
        let known = fields.map(\.key)
        return nearestHint(to: key, among: known, otherwise: "known keys: \(known.joined(separator: ", "))")
    }

    /// The section with every default filled in.
    ///
    /// - Parameter outcome: with what entries that change a part of another section make of the whole of it.
    package func resolved(outcome: Bool = false) -> Node {
        Node(settled.compactMap { key, value in value(outcome).map { (Node(key), $0) } })
    }

    /// Says how a key stands in the resolved copy.
    package func settle(_ key: String, by value: @escaping (_ outcome: Bool) -> Node?) { settled.append((key, value)) }

    /// Leaves fields out of the schema.
    func leaveOut(_ keys: Set<String>) { fields.removeAll { keys.contains($0.key) } }
}

func isName(_ text: String) -> Bool {
    !text.isEmpty && text.count <= 64
        && text.unicodeScalars.allSatisfy {
            $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || $0 == "-" || $0 == "_")
        }
}
