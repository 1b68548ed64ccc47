import Files
import Foundation
import Yams

/// The models that the testbed knows by name (`Models/catalogue.yaml`), and where those that are installed lie.
///
/// A name stands wherever a path to weights can. `Scripts/models install NAME` stores a model as `NAME.safetensors`, or
/// as a folder `NAME`, in `Models/installed` beside the catalogue or in `$GENSEMCOM_MODELS`.
package struct ModelLibrary: Sendable {
    package enum Kind: String, Sendable, Codable { case classifier, codec, inpainting, captioner }

    struct Entry: Sendable {
        let kind: Kind
        /// Relative to the repository, for a model that comes with it.
        let shipped: String?
    }

    /// The classifier of runs that name none.
    package static let usualClassifier = "efficientnet-lite0"
    /// The classifier that comes along, for where the usual one is not installed.
    package static let shippedClassifier = "small-resnet"

    let entries: [String: Entry]
    /// The repository's top folder; nil where the program has been taken out of it.
    package let root: String?
    package let installed: String?

    /// What lies around the program, or else around the working folder.
    package static let standard: ModelLibrary = {
        let program = Bundle.main.executablePath.map {
            URL(fileURLWithPath: $0).resolvingSymlinksInPath().deletingLastPathComponent()
        }
        let places = [program, URL(fileURLWithPath: FileManager.default.currentDirectoryPath)].compactMap(\.self)
        let root = places.lazy.compactMap(Self.root(from:)).first
        return ModelLibrary(root: root, installed: ProcessInfo.processInfo.environment["GENSEMCOM_MODELS"])
    }()

    /// - Parameters:
    ///   - root: the folder that holds `Models/catalogue.yaml`.
    ///   - installed: where models are kept, if not in `Models/installed`.
    init(root: String?, installed: String?) {
        self.root = root
        self.installed = installed.flatMap { $0.isEmpty ? nil : $0 } ?? root.map { $0 + "/Models/installed" }
        let text = root.flatMap { try? String(contentsOfFile: $0 + "/" + Self.catalogueFile, encoding: .utf8) } ?? ""
        let table = (try? Yams.load(yaml: text)) as? [String: [String: Any]] ?? [:]
        entries = table.compactMapValues { entry in
            (entry["kind"] as? String).flatMap(Kind.init).map { Entry(kind: $0, shipped: entry["path"] as? String) }
        }
    }

    private static let catalogueFile = "Models/catalogue.yaml"

    /// The first folder that holds a catalogue: this one, or one around it.
    static func root(from folder: URL) -> String? {
        var folder = folder.resolvingSymlinksInPath()
        while folder.path != "/" {
            if FileManager.default.fileExists(atPath: folder.appendingPathComponent(catalogueFile).path) {
                return folder.path
            }
            folder.deleteLastPathComponent()
        }
        return nil
    }

    /// Where a model of that name lies; nil where it is not installed.
    package func location(of name: String) -> String? {
        if let shipped = entries[name]?.shipped { return root.map { "\($0)/\(shipped)" } }
        guard let installed, !name.contains("/") else { return nil }
        return ["\(installed)/\(name).safetensors", "\(installed)/\(name)"].first {
            FileManager.default.fileExists(atPath: $0)
        }
    }

    /// The path that a text names: a file or folder, or else a model's name.
    ///
    /// - Parameter folder: what a relative path is relative to.
    /// - Throws: ``UnknownModel``, one line that says what is near or how to install it.
    package func path(_ text: String, kind: Kind, from folder: String) throws(UnknownModel) -> String {
        let path = absolutePath(text, from: folder)
        if text.contains("/") || FileManager.default.fileExists(atPath: path) { return path }
        if let entry = entries[text] {
            guard entry.kind == kind else {
                throw UnknownModel(text: text, reason: "is a model's name, but of kind \(entry.kind), not \(kind)")
            }
            guard let place = location(of: text) else {
                throw UnknownModel(text: text, reason: "is not installed: Scripts/models install \(text)")
            }
            return place
        }
        if let place = location(of: text) { return place }
        let names = entries.filter { $0.value.kind == kind }.keys.sorted()
        let nearest = nearestHint(to: text, among: names)
        throw UnknownModel(text: text, reason: "does not exist, and is no model's name" + nearest)
    }

    /// The name under which a path is installed or shipped; the file's own name otherwise.
    package func name(of path: String) -> String {
        let file = URL(fileURLWithPath: path)
        let stem =
            file.pathExtension == "safetensors"
            ? file.deletingPathExtension().lastPathComponent : file.lastPathComponent
        if let shipped = entries.first(where: { $0.value.shipped.map { path.hasSuffix("/" + $0) } ?? false }) {
            return shipped.key
        }
        return location(of: stem) == path ? stem : file.lastPathComponent
    }

    /// The name of the classifier at a path; nil is the one that comes along.
    package func classifierName(_ path: String?) -> String { path.map(name(of:)) ?? Self.shippedClassifier }

    /// The path of the classifier for those who name none; nil for the one in the program's own resources.
    package var defaultClassifier: String? { location(of: Self.usualClassifier) }

    /// One line where runs that name no classifier have to do with the one that comes along.
    package var notice: String? {
        guard defaultClassifier == nil else { return nil }
        return
            "classifier: \(Self.shippedClassifier) (101 everyday words), for \(Self.usualClassifier) is not installed "
            + "(Scripts/models install \(Self.usualClassifier))"
    }
}

extension YAMLSection {
    /// A file or folder of weights, or a model's name.
    package func model(
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
}

/// A text that should name a model or a file.
package struct UnknownModel: Error, CustomStringConvertible, Sendable {
    package let text: String
    package let reason: String
    package var description: String { "'\(text)' \(reason)" }
}
