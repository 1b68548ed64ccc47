import Declarations
import Yams

/// Keys of a node that stand for keys of its scheme: `budget`, `inpaint` and `captioner`; and `scheme: vae` for
/// `scheme: {kind: vae}`.
///
/// They are written out before anything is read or overridden, so that there is one place for each value.
enum NodeShorthands {
    static let keys = ["budget", "inpaint", "captioner"]

    /// The tree with every shorthand written out; what is found there keeps the name that the file gives it.
    static func written(_ root: Node, _ diagnostics: Diagnostics) -> Node {
        guard var tree = root.mapping, var nodes = tree["nodes"]?.mapping else { return root }
        for (key, value) in nodes {
            guard let name = key.string, let node = value.mapping else { continue }
            nodes[key] = .mapping(written(node, named: name, diagnostics))
        }
        tree["nodes"] = .mapping(nodes)
        return .mapping(tree)
    }

    private static func written(_ node: Node.Mapping, named name: String, _ diagnostics: Diagnostics) -> Node.Mapping {
        var node = node
        if let scheme = node["scheme"], scheme.scalar != nil {
            node["scheme"] = moved([(Node("kind"), scheme)], mark: scheme.mark)
            diagnostics.aliases["nodes.\(name).scheme.kind"] = "nodes.\(name).scheme"
        }
        for short in keys {
            guard let pair = node.first(where: { $0.key.string == short }),
                node["scheme"]?.mapping.map({ $0[short] == nil }) ?? (node["scheme"] == nil)
            else { continue }
            var pairs = node["scheme"]?.mapping.map(Array.init) ?? []
            pairs.append((pair.key, pair.value))
            let mark = node["scheme"]?.mark ?? pair.key.mark
            node[pair.key] = nil
            node["scheme"] = moved(pairs.map { ($0.0, $0.1) }, mark: mark)
            diagnostics.aliases["nodes.\(name).scheme.\(short)"] = "nodes.\(name).\(short)"
        }
        return node
    }

    private static func moved(_ pairs: [(Node, Node)], mark: Mark?) -> Node {
        var mapping = Node.Mapping(pairs)
        mapping.mark = mark
        return .mapping(mapping)
    }

    /// Where the value of a dotted key lies: `nodes.cam.budget` is `nodes.cam.scheme.budget`.
    static func path(_ keys: [String], isSingle: Bool = true) -> [String] {
        guard keys.count == 3, keys[0] == "nodes" else { return keys }
        if Self.keys.contains(keys[2]) { return [keys[0], keys[1], "scheme", keys[2]] }
        return keys[2] == "scheme" && isSingle ? keys + ["kind"] : keys
    }

    /// Whether the topology's own folder of photos is needed by nobody.
    static func everyTransmitterHasPhotos(_ nodes: Node?) -> Bool {
        let transmitters = (nodes?.mapping ?? [:]).filter { $0.value.mapping?["role"]?.string == "transmitter" }
        return !transmitters.isEmpty
            && transmitters.allSatisfy { $0.value.mapping?["images"]?.mapping?["folder"] != nil }
    }
}
