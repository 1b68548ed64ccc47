import Yams

extension Topology {
    /// Keys whose values are paths of files or folders.
    private static let pathKeys: Set<String> = [
        "codec", "classifier", "classNames", "trace", "mcs", "policyFile", "importance", "folder", "inpaint",
    ]

    /// The topology as a node's host is to read it: every path replaced, and the node bound to all of the host's
    /// addresses where it states none.
    ///
    /// - Parameter placing: a path of this host as the node's host knows it, relative to the topology's own folder.
    /// - Returns: the text, and the paths of this host that it mentioned.
    package func text(forHostOf node: NodeSettings, placing: (String) -> String) -> (yaml: String, paths: [String]) {
        guard let root = try? Yams.compose(yaml: resolvedYAML) else { return (resolvedYAML, []) }
        var paths: [String] = []
        func moved(_ node: Node, key: String) -> Node {
            switch node {
            case .mapping(let mapping):
                return Node(mapping.map { ($0.key, moved($0.value, key: $0.key.string ?? "")) })
            case .sequence(let sequence): return Node(sequence.map { moved($0, key: key) })
            case .scalar(let scalar) where Self.pathKeys.contains(key) && scalar.string.hasPrefix("/"):
                paths.append(scalar.string)
                return Node(placing(scalar.string))
            default: return node
            }
        }
        var tree = moved(root, key: "")
        // What it costs in a virtual run is of no interest there, and may be a folder of this host.
        for key in ["recording", "charge"] { tree = removing(["timing", key], from: tree) }
        // Programs work in the node's own working folder.
        tree = removing(["workingFolder"], from: tree)
        let isSix = controller.address.contains(":")
        let bound = node.bind ?? (node.statesAddress ? node.address : isSix ? "::" : "0.0.0.0")
        tree = setting(["nodes", node.original, "bind"], to: bound, in: tree)
        return ((try? Yams.serialize(node: tree)) ?? resolvedYAML, paths)
    }

    private func setting(_ keys: [String], to text: String, in node: Node) -> Node {
        guard let key = keys.first else { return Node(text) }
        guard case .mapping(var mapping) = node else { return node }
        mapping[Node(key)] = setting(Array(keys.dropFirst()), to: text, in: mapping[key] ?? Node([(Node, Node)]()))
        return .mapping(mapping)
    }

    private func removing(_ keys: [String], from node: Node) -> Node {
        guard let key = keys.first, case .mapping(var mapping) = node, let child = mapping[key] else { return node }
        mapping[Node(key)] = keys.count == 1 ? nil : removing(Array(keys.dropFirst()), from: child)
        return .mapping(mapping)
    }
}
