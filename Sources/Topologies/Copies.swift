import Yams

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
        let copied = Dictionary(nodes.filter { $0.copies > 1 }.map { ($0.name, $0.copies) }, uniquingKeysWith: { first, _ in first })
        guard !copied.isEmpty else { return }
        nodes = nodes.flatMap { node in
            (1...node.copies).map { number in
                var copy = node
                if node.copies > 1 { copy.name = "\(node.name)\(number)" }
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
