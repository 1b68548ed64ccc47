import Files
import Foundation
import Wire

/// What a node brings back: its record, and its pictures. A node decides on no other name in the run's folder.
enum ReturnedFiles {
    /// Bytes of all files of one node.
    static let most: UInt64 = 256 << 30

    /// What lies in a node's folder to be brought back; reads all of it.
    ///
    /// - Throws: `TransferFailure.unreadable`.
    static func found(of node: String, folder: String) throws -> [FileService.Offered] {
        var names = ["records/\(node).jsonl"].filter { isPlainFile("\(folder)/\($0)") }
        let pictures = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/images")) ?? []
        names += pictures.sorted().map { "images/\($0)" }.filter {
            allows($0, of: node) && isPlainFile("\(folder)/\($0)")
        }
        return try names.map { name in
            let (size, digest) = try FileService.measure("\(folder)/\(name)")
            return (.init(.file, name, size: size, digest: digest), .path("\(folder)/\(name)"))
        }
    }

    /// - Throws: `TransferFailure.protocolBroken` where a name is none that the node may use, or all of it is too much.
    static func wanted(_ manifest: FileManifest, of node: String, folder: String) throws -> [FileFetch.Wanted] {
        guard manifest.size <= most else { throw TransferFailure.protocolBroken("\(manifest.size) bytes of results") }
        return try manifest.entries.enumerated().map { index, entry in
            let target = "\(folder)/\(entry.path)"
            guard entry.kind == .file, allows(entry.path, of: node), !FileManager.default.fileExists(atPath: target)
            else { throw TransferFailure.protocolBroken("results under the name '\(entry.path.prefix(100))'") }
            return .init(
                file: UInt32(index + 1), size: entry.size, digest: entry.digest, name: entry.path, target: target)
        }
    }

    /// `records/NODE.jsonl`, or a picture `images/NODE-…` of a transmitter or `images/…-NODE-…` of a receiver.
    static func allows(_ path: String, of node: String) -> Bool {
        if path == "records/\(node).jsonl" { return true }
        let steps = path.split(separator: "/", omittingEmptySubsequences: false)
        guard FileManifest.isPlain(path), steps.count == 2, steps[0] == "images", !steps[1].hasPrefix(".") else {
            return false
        }
        return steps[1].hasPrefix("\(node)-") || steps[1].contains("-\(node)-")
    }
}
