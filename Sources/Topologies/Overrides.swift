import Declarations
import Yams

/// Puts one `KEY=VALUE` of `--set` into the tree; missing mappings on the way are made, so that the checks then
/// name a misspelt key like any other. `*` stands for every entry there is: `links.*.snr=6dB`.
func applyOverride(_ text: String, to root: Node?, diagnostics: Diagnostics) -> Node? {
    guard let separator = text.firstIndex(of: "="), separator != text.startIndex else {
        diagnostics.report("--set \(text)", at: nil, "expected KEY=VALUE with a dotted key, as in links.uplink.snr=6dB")
        return root
    }
    let keys = text[..<separator].split(separator: ".").map(String.init)
    let written = String(text[text.index(after: separator)...])
    guard !keys.isEmpty, let value = try? Yams.compose(yaml: written) ?? Node("") else {
        diagnostics.report("--set \(text)", at: nil, "the value is not YAML")
        return root
    }
    let place = NodeShorthands.path(keys, isSingle: value.scalar != nil)
    if place != keys {
        let names = keys[1] == "*" ? root?.mapping?["nodes"]?.mapping?.compactMap(\.key.string) ?? [] : [keys[1]]
        for name in names {
            func dotted(_ keys: [String]) -> String { ([keys[0], name] + keys[2...]).joined(separator: ".") }
            diagnostics.aliases[dotted(place)] = dotted(keys)
        }
    }
    if let stranger = unknownEntry(place, in: root) {
        diagnostics.report("\(place[0]).\(place[1])", at: nil, stranger)
        return root
    }
    return replacing(place[...], in: root, with: withoutMarks(value))
}

/// What is wrong where a key of a node, link or band is set of which there is none. A new one begins with what it
/// cannot do without: a node's role, a link's ends, a band's width.
private func unknownEntry(_ keys: [String], in root: Node?) -> String? {
    let kinds = ["nodes": ("node", ["role"]), "links": ("link", ["from", "to"]), "bands": ("band", ["bandwidth"])]
    guard keys.count > 2, keys[1] != "*", let (kind, first) = kinds[keys[0]], !first.contains(keys[2]),
        let entries = root?.mapping?[keys[0]]?.mapping,
        !entries.isEmpty, entries[keys[1]] == nil
    else { return nil }
    return "no \(kind) is called '\(keys[1])'\(nearestHint(to: keys[1], among: entries.compactMap(\.key.string)))"
}

private func replacing(_ keys: ArraySlice<String>, in node: Node?, with value: Node) -> Node {
    guard let key = keys.first else { return value }
    var mapping = node?.mapping ?? Node.Mapping([])
    if key == "*" {
        for key in mapping.keys { mapping[key] = replacing(keys.dropFirst(), in: mapping[key], with: value) }
        return .mapping(mapping)
    }
    mapping[Node(key)] = replacing(keys.dropFirst(), in: mapping[key], with: value)
    return .mapping(mapping)
}

/// A value from the command line has no line in the file.
private func withoutMarks(_ node: Node) -> Node {
    switch node {
    case .scalar(let scalar): Node(scalar.string)
    case .sequence(let sequence): Node(sequence.map(withoutMarks))
    case .mapping(let mapping): Node(mapping.map { (withoutMarks($0.key), withoutMarks($0.value)) })
    case .alias: node
    }
}
