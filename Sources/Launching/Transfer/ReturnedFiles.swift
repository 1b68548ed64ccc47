import Files
import Foundation
import Wire

/// What a node brings back: its record, and its pictures. A node decides on no other name in the run's folder.
enum ReturnedFiles {
    /// Bytes of all files of one node.
    static let most: UInt64 = 256 << 30

    static func record(of node: String) -> String { "records/\(node).jsonl" }

    /// What lies in a node's folder to be brought back; reads all of it.
    ///
    /// - Throws: `TransferFailure.unreadable`.
    static func found(of node: String, folder: String) throws -> [FileService.Offered] {
        var names = [record(of: node)].filter { isPlainFile("\(folder)/\($0)") }
        let pictures = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/images")) ?? []
        names += pictures.sorted().map { "images/\($0)" }.filter {
            allows($0, of: node) && isPlainFile("\(folder)/\($0)")
        }
        return try names.map { name in
            let (size, digest) = try FileService.measure("\(folder)/\(name)")
            return (.init(.file, name, size: size, digest: digest), .path("\(folder)/\(name)"))
        }
    }

    /// - Parameter kept: bytes of the record in the folder that are of hosts before this one, and stay; what has come
    ///   of this one's while the run went on, the whole of it replaces.
    /// - Throws: `TransferFailure.protocolBroken` where a name is none that the node may use, or all of it is too much.
    static func wanted(
        _ manifest: FileManifest, of node: String, folder: String, kept: UInt64 = 0
    ) throws -> [FileFetch.Wanted] {
        guard manifest.size <= most else { throw TransferFailure.protocolBroken("\(manifest.size) bytes of results") }
        return try manifest.entries.enumerated().map { index, entry in
            let target = "\(folder)/\(entry.path)"
            let isRecord = entry.path == record(of: node)
            guard entry.kind == .file, allows(entry.path, of: node),
                isRecord || !FileManager.default.fileExists(atPath: target)
            else { throw TransferFailure.protocolBroken("results under the name '\(entry.path.prefix(100))'") }
            return .init(
                file: UInt32(index + 1), size: entry.size, digest: entry.digest, name: entry.path, target: target,
                keeping: isRecord ? kept : 0)
        }
    }

    /// `records/NODE.jsonl`, or a picture `images/NODE-…` of a transmitter or `images/…-NODE-…` of a receiver.
    static func allows(_ path: String, of node: String) -> Bool {
        if path == record(of: node) { return true }
        let steps = path.split(separator: "/", omittingEmptySubsequences: false)
        guard FileManifest.isPlain(path), steps.count == 2, steps[0] == "images", !steps[1].hasPrefix(".") else {
            return false
        }
        return steps[1].hasPrefix("\(node)-") || steps[1].contains("-\(node)-")
    }
}
