import CSodium
import Declarations
import Files
import Foundation
import Topologies

/// What a figure came from: the program, the commit it was built in, and every file of weights by its digest.
package struct Provenance: Sendable {
    package static let version = "0.1.0"

    /// A model at work.
    package struct Model: Sendable, Codable, Equatable {
        package var kind: ModelLibrary.Kind
        /// As the catalogue or the file calls it.
        package var name: String
        /// SHA-256 of the file, or of the names and digests of a folder's files; nil where it cannot be read.
        package var digest: String?
        /// The nodes that work with it, as the topology names them; nil: all that need one of its kind.
        package var nodes: [String]?

        /// One line: the name and as much of the digest as tells files apart.
        package var words: String { digest.map { "\(name) (sha256 \($0.prefix(12)))" } ?? name }

        static func codec(_ path: String?) -> Model {
            Model(
                kind: .codec, name: path.map(ModelLibrary.standard.name(of:)) ?? "shipped",
                digest: Provenance.digest(path ?? Place.resource("codec.safetensors", of: "HyperpriorCodec/")))
        }

        static func classifier(_ path: String?) -> Model {
            Model(
                kind: .classifier, name: ModelLibrary.standard.classifierName(path),
                digest: Provenance.digest(path ?? Place.resource("classifier.safetensors", of: "Semantics/")))
        }

        /// Nil for a filling without weights.
        static func filling(_ inpaint: String) -> Model? {
            guard inpaint == "default" || !Scheme.fills.contains(inpaint) else { return nil }
            let folder = inpaint == "default" ? Place.resource("inpainting", of: "Inpainting/") : inpaint
            return Model(
                kind: .inpainting, name: ModelLibrary.standard.name(of: inpaint), digest: Provenance.digest(folder))
        }
    }

    package let models: [Model]

    /// - Parameters:
    ///   - codec: path of its weights; nil for those that come along.
    ///   - classifier: the same.
    ///   - inpaint: as a scheme names the filling; those without weights are left out.
    package init(codec: String?, classifier: String?, inpaint: String? = nil) {
        models = [.codec(codec), .classifier(classifier)] + [inpaint.flatMap(Model.filling)].compactMap(\.self)
    }

    /// Every model that a node of the topology loads, each once.
    package init(_ topology: Topology) {
        let classifiers = topology.transmitters.map { node in
            (node: node.original, weights: topology.models(of: node).classifier)
        }
        let originals = Dictionary(uniqueKeysWithValues: topology.nodes.map { ($0.name, $0.original) })
        let fillings = topology.fillings.flatMap { receiver, schemes in
            Set(schemes.values.map(\.inpaint)).map { inpaint in
                (node: originals[receiver] ?? receiver, weights: inpaint)
            }
        }
        models =
            [.codec(topology.models.codec)] + Self.models(of: classifiers, Model.classifier)
            + Self.models(of: fillings, Model.filling)
    }

    /// One model for each kind of weights, in the order of the nodes' names;
    /// with those names where there are several kinds.
    private static func models<Weights: Hashable>(
        of users: [(node: String, weights: Weights)], _ model: (Weights) -> Model?
    ) -> [Model] {
        let groups = Dictionary(grouping: users, by: \.weights).map { weights, users in
            (weights: weights, nodes: Set(users.map(\.node)).sorted())
        }.sorted { $0.nodes.lexicographicallyPrecedes($1.nodes) }
        return groups.compactMap { weights, nodes in
            var model = model(weights)
            if groups.count > 1 { model?.nodes = nodes }
            return model
        }
    }

    /// The program, the commit and the models in words, as the record of a run names them.
    package var versions: [String: String] {
        var versions = ["testbed": Self.version]
        versions["commit"] = Self.commit
        for model in models {
            versions[model.nodes.map { "\(model.kind) of \($0.joined(separator: ", "))" } ?? "\(model.kind)"] =
                model.words
        }
        return versions
    }

    /// HEAD of the repository that the program lies in; nil outside one.
    ///
    /// `… or before` where HEAD has moved since the program was built: it may be of an earlier commit.
    package static let commit: String? = ModelLibrary.standard.root.flatMap { root in
        // A program that was copied out of its repository says nothing of the one it happens to run in.
        let program = Bundle.main.executablePath.map { URL(fileURLWithPath: $0).resolvingSymlinksInPath().path }
        guard let program, program.hasPrefix(root + "/") else { return nil }
        return head(of: root).map { isOlder(program, than: "\(root)/.git/logs/HEAD") ? "\($0) or before" : $0 }
    }

    private static func isOlder(_ program: String, than log: String) -> Bool {
        func date(_ path: String) -> Date? {
            (try? FileManager.default.attributesOfItem(atPath: path))?[.modificationDate] as? Date
        }
        guard let built = date(program), let moved = date(log) else { return false }
        return built < moved
    }

    static func head(of root: String) -> String? {
        func text(_ path: String) -> String? {
            (try? String(contentsOfFile: path, encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        var folder = root + "/.git"
        // A work tree beside its repository: a file that says where.
        if let link = text(folder), link.hasPrefix("gitdir: ") {
            folder = absolutePath(String(link.dropFirst(8)), from: root)
        }
        guard let head = text(folder + "/HEAD") else { return nil }
        guard head.hasPrefix("ref: ") else { return head }
        let name = String(head.dropFirst(5))
        let common = text(folder + "/commondir").map { absolutePath($0, from: folder) } ?? folder
        if let commit = text("\(common)/\(name)") { return commit }
        return text(common + "/packed-refs")?.split(separator: "\n").first { $0.hasSuffix(" " + name) }
            .map { String($0.prefix { $0 != " " }) }
    }

    /// SHA-256 in hexadecimal of a file, or of the sorted names and digests of all files of a folder.
    ///
    /// - Returns: nil where something cannot be read.
    package static func digest(_ path: String) -> String? {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return nil }
        guard isFolder.boolValue else {
            guard let file = FileHandle(forReadingAtPath: path) else { return nil }
            defer { try? file.close() }
            // A file that fails in its middle has no digest, rather than that of its beginning.
            return try? digest(next: { try file.read(upToCount: 1 << 20) })
        }
        guard let names = try? FileManager.default.subpathsOfDirectory(atPath: path).sorted() else { return nil }
        return digest(
            ofFiles: names.map { "\(path)/\($0)" }.filter {
                FileManager.default.fileExists(atPath: $0, isDirectory: &isFolder) && !isFolder.boolValue
            })
    }

    /// Of several files: their names, without folders, and digests.
    package static func digest(ofFiles paths: [String]) -> String? {
        var lines = ""
        for path in paths {
            guard let own = digest(path) else { return nil }
            lines += "\((path as NSString).lastPathComponent) \(own)\n"
        }
        var rest: Data? = Data(lines.utf8)
        return digest(next: {
            defer { rest = nil }
            return rest
        })
    }

    private static func digest(next: () throws -> Data?) rethrows -> String {
        var state = crypto_hash_sha256_state()
        crypto_hash_sha256_init(&state)
        while let bytes = try next(), !bytes.isEmpty {
            crypto_hash_sha256_update(&state, [UInt8](bytes), UInt64(bytes.count))
        }
        var out = [UInt8](repeating: 0, count: Int(crypto_hash_sha256_BYTES))
        crypto_hash_sha256_final(&state, &out)
        return out.map { String(format: "%02x", $0) }.joined()
    }
}
