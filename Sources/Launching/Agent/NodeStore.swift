import Declarations
import Files
import Foundation
import Topologies
import Wire

/// What a host keeps for its nodes: files by digest, which serve again in the next run, and a folder for each run.
///
/// ```
/// ROOT/objects/DIGEST             weights, photos, topologies, whatever their names were
/// ROOT/runs/RUN-NODE/files/…      the same under the names the topology gives them, as links
///                   /records …    what the node writes
/// ```
/// What nobody has used for thirty days goes; all of it may be deleted whenever no node runs.
struct NodeStore {
    let root: String
    private static let age = 30.0 * 86_400

    /// - Parameter path: nil for `$XDG_CACHE_HOME/gensemcom`, or `~/.cache/gensemcom`.
    /// - Throws: `FileFailure` where it cannot be made.
    init(_ path: String?) throws {
        let environment = ProcessInfo.processInfo.environment
        func set(_ name: String) -> String? { environment[name].flatMap { $0.hasPrefix("/") ? $0 : nil } }
        let usual = set("XDG_CACHE_HOME") ?? "\(set("HOME") ?? NSHomeDirectory())/.cache"
        root = try absolutePath(path ?? "\(usual)/gensemcom")
        for folder in [root, "\(root)/objects", "\(root)/runs"] { try PrivateFile.makeFolder(folder) }
        for folder in ["\(root)/objects", "\(root)/runs"] { Self.prune(folder) }
    }

    /// Removes what lies in a folder and was not used for long; what cannot be removed stays.
    private static func prune(_ folder: String) {
        let files = FileManager.default
        for name in (try? files.contentsOfDirectory(atPath: folder)) ?? [] {
            let path = "\(folder)/\(name)"
            let used = (try? files.attributesOfItem(atPath: path))?[.modificationDate] as? Date
            if let used, -used.timeIntervalSinceNow > age { try? files.removeItem(atPath: path) }
        }
    }

    func object(_ digest: [UInt8]) -> String { "\(root)/objects/\(hexadecimal(digest))" }

    /// The folder of a node in a run, with all that it may have written before.
    ///
    /// - Throws: `FileFailure`.
    func folder(run: [UInt8], node: String) throws -> String {
        let folder = "\(root)/runs/\(hexadecimal(run))-\(node)"
        for path in [folder, "\(folder)/records", "\(folder)/images"] { try PrivateFile.makeFolder(path) }
        return folder
    }

    /// The files of a manifest that are not here: neither kept from before nor among the models that are installed.
    ///
    /// - Throws: `FileFailure` where one of those cannot be taken over.
    func missing(_ manifest: FileManifest) throws -> [FileFetch.Wanted] {
        var seen: Set<[UInt8]> = []
        var models: [UInt64: [String]]?
        return try manifest.entries.enumerated().compactMap { index, entry in
            guard entry.kind == .file, seen.insert(entry.digest).inserted else { return nil }
            let object = object(entry.digest)
            if isWhole(object, entry) {
                try? FileManager.default.setAttributes([.modificationDate: Date()], ofItemAtPath: object)
                return nil
            }
            let known = models ?? Self.installedModels()
            models = known
            if let model = known[entry.size]?.first(where: { isWhole($0, entry) }) {
                try? FileManager.default.removeItem(atPath: object)
                do { try FileManager.default.copyItem(atPath: model, toPath: object) } catch {
                    throw FileFailure.unwritable(path: object, reason: "\(error.localizedDescription)")
                }
                return nil
            }
            return .init(
                file: UInt32(index + 1), size: entry.size, digest: entry.digest, name: entry.path, target: object)
        }
    }

    /// Whether a file is the one that is meant: a disk may have lost what was written to it.
    private func isWhole(_ path: String, _ entry: FileManifest.Entry) -> Bool {
        let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? UInt64
        return size == entry.size && (try? FileService.measure(path))?.digest == entry.digest
    }

    private static func installedModels() -> [UInt64: [String]] {
        let library = ModelLibrary.standard
        var models: [UInt64: [String]] = [:]
        for folder in [
            library.installed, Place.resource("", of: "HyperpriorCodec/"), Place.resource("", of: "Semantics/"),
            Place.resource("", of: "Inpainting/"),
        ] {
            guard let folder, let names = try? FileManager.default.subpathsOfDirectory(atPath: folder) else { continue }
            for name in names {
                let path = "\(folder)/\(name)"
                guard isPlainFile(path),
                    let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? UInt64
                else { continue }
                models[size, default: []].append(path)
            }
        }
        return models
    }

    /// Puts every file of the manifest under its name in the node's folder; what stood there of an earlier start goes.
    ///
    /// - Throws: `FileFailure`.
    func place(_ manifest: FileManifest, in folder: String) throws {
        let files = FileManager.default
        for top in Set(manifest.entries.compactMap { $0.path.split(separator: "/").first }) {
            guard top != "records", top != "images" else {
                throw TransferFailure.protocolBroken("a file where the node writes")
            }
            try? files.removeItem(atPath: "\(folder)/\(top)")
        }
        for entry in manifest.entries {
            let path = "\(folder)/\(entry.path)"
            try makeFolders(above: path)
            switch entry.kind {
            case .folder: _ = try makeFolder(path)
            case .stub: try WholeFile.write([], to: path)
            case .file:
                // A link where the file system has them.
                do { try files.linkItem(atPath: object(entry.digest), toPath: path) } catch {
                    do { try files.copyItem(atPath: object(entry.digest), toPath: path) } catch {
                        throw FileFailure.unwritable(path: path, reason: error.localizedDescription)
                    }
                }
            }
        }
    }
}
