import Yams

/// How much a YAML text holds once its aliases are written out.
///
/// Aliases of aliases double at each step: thirty lines of them are more than any memory holds. The tree that the parser
/// gives shares what they repeat; whatever goes through it does not.
enum YAMLSize {
    /// Values that a topology may have, and how deep they may lie.
    static let most = 100_000
    static let deepest = 64

    /// - Returns: what is too large about the tree, or nil.
    static func problem(_ node: Node) -> String? {
        var left = most
        guard isWithin(node, depth: 0, left: &left) else {
            return left <= 0
                ? "holds more than \(most) values, its aliases written out" : "is nested more than \(deepest) deep"
        }
        return nil
    }

    private static func isWithin(_ node: Node, depth: Int, left: inout Int) -> Bool {
        left -= 1
        guard left > 0, depth <= deepest else { return false }
        switch node {
        case .mapping(let mapping):
            for (key, value) in mapping {
                guard isWithin(key, depth: depth + 1, left: &left), isWithin(value, depth: depth + 1, left: &left)
                else { return false }
            }
        case .sequence(let sequence):
            for item in sequence { guard isWithin(item, depth: depth + 1, left: &left) else { return false } }
        default: break
        }
        return true
    }
}

/// YAML's merge keys (`<<: *base`) resolved: the merged mapping's entries count where the own ones are absent.
func mergingKeys(_ node: Node) -> Node {
    switch node {
    case .mapping(let mapping):
        var pairs: [(Node, Node)] = []
        var inherited: [(Node, Node)] = []
        for (key, value) in mapping {
            guard key.string == "<<" else {
                pairs.append((key, mergingKeys(value)))
                continue
            }
            for base in value.sequence.map(Array.init) ?? [value] {
                if let base = mergingKeys(base).mapping { inherited += base.map { ($0.key, $0.value) } }
            }
        }
        for pair in inherited where !pairs.contains(where: { $0.0.string == pair.0.string }) { pairs.append(pair) }
        var merged = Node.Mapping(pairs, mapping.tag, mapping.style)
        merged.mark = mapping.mark
        return .mapping(merged)
    case .sequence(let sequence):
        var merged = Node.Sequence(sequence.map(mergingKeys), sequence.tag, sequence.style)
        merged.mark = sequence.mark
        return .sequence(merged)
    default: return node
    }
}

extension Topology {
    /// Nodes with `copies: N` become NAME1 … NAMEN, and so do the links that leave them, in every other respect alike.
    mutating func expandCopies() {
        let copied = Dictionary(
            nodes.filter { $0.copies > 1 }.map { ($0.name, $0.copies) }, uniquingKeysWith: { first, _ in first })
        guard !copied.isEmpty else { return }
        nodes = nodes.flatMap { node in
            (1...node.copies).map { number in
                var copy = node
                if node.copies > 1 {
                    copy.name = "\(node.name)\(number)"
                    (copy.original, copy.copyNumber) = (node.name, number)
                }
                copy.copies = 1
                return copy
            }
        }
        links = links.flatMap { link -> [LinkSettings] in
            guard let count = copied[link.from] else { return [link] }
            return (1...count).map { number in
                var copy = link
                copy.name = "\(link.name)\(number)"
                copy.from = "\(link.from)\(number)"
                return copy
            }
        }
    }
}
