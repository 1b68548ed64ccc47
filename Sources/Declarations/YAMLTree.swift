import Yams

/// A file's YAML as a tree that is safe to go through: of bounded size, and with its merge keys resolved.
package enum YAMLTree {
    /// Values that a file may have once its aliases are written out, and how deep they may lie.
    ///
    /// Aliases of aliases double at each step: thirty lines of them are more than any memory holds. The tree that the
    /// parser gives shares what they repeat; whatever goes through it does not.
    package static let most = 100_000
    static let deepest = 64

    /// - Returns: nil for a text that holds nothing.
    package static func read(_ yaml: String, file: String) throws(Problem) -> Node? {
        let root: Node?
        do { root = try Yams.compose(yaml: yaml) } catch { throw Problem.ofYAML(error, file: file) }
        if let root {
            var left = most
            guard isWithin(root, depth: 0, left: &left) else {
                let size =
                    left <= 0
                    ? "holds more than \(most) values, its aliases written out" : "is nested more than \(deepest) deep"
                throw Problem(file: file, line: nil, key: "", message: size)
            }
        }
        return root.map(mergingKeys)
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
private func mergingKeys(_ node: Node) -> Node {
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

extension Problem {
    /// A file that is not YAML at all.
    fileprivate static func ofYAML(_ error: any Error, file: String) -> Problem {
        guard let error = error as? YamlError else {
            return Problem(file: file, line: nil, key: "", message: "\(error)")
        }
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return Problem(file: file, line: mark.line, key: "", message: "not YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            return Problem(
                file: file, line: context.mark.line, key: "",
                message: "key given twice: \(duplicates.joined(separator: ", "))")
        case .reader(let problem, _, _, _):
            return Problem(file: file, line: nil, key: "", message: "not YAML: \(problem)")
        default:
            return Problem(
                file: file, line: nil, key: "",
                message: "not YAML: \(String(describing: error).split(separator: "\n").first ?? "")")
        }
    }
}
