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
