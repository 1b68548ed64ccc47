import Files
import Foundation
import ImagePipeline
import Nodes
import Semantics
import Topologies
import Wire

/// What the host of a node needs of this one: the topology as it reads there, and the files that the node's role opens.
/// A receiver gets no photo, a channel its traces alone; tables of schemes go to all, who read them with the topology.
///
/// Every file keeps its path, below a folder of the host's choice.
struct NodeParcel {
    /// - Parameters:
    ///   - photos: that the node will send.
    ///   - known: sizes and digests of files that were read before, which several nodes may need.
    /// - Returns: the files, ready to be handed out.
    /// - Throws: `TransferFailure` naming a file; `InputError` where a photo has no importance map.
    static func service(
        _ node: NodeSettings, in topology: Topology, photos: [String],
        known: inout [String: (size: UInt64, digest: [UInt8])]
    ) throws -> FileService {
        let (text, mentioned) = topology.text(forHostOf: node, placing: NodeOptions.place)
        let bytes = Array(text.utf8)
        var entries: [(entry: FileManifest.Entry, source: FileService.Source?)] = [
            (.init(.file, "topology.yaml", size: UInt64(bytes.count), digest: Digest.of(bytes)), .bytes(bytes))
        ]
        var named: Set<String> = []
        // Whoever reads the topology reads its tables.
        let tables = topology.links.compactMap(\.channel.rate.file)
        for path in try tables + needs(node, in: topology, photos: photos) where named.insert(path).inserted {
            let place = NodeOptions.place(of: path)
            guard FileManifest.isPlain(place) else { throw TransferFailure.badName(path) }
            let measured = try known[path] ?? FileService.measure(path)
            known[path] = measured
            entries.append((.init(.file, place, size: measured.size, digest: measured.digest), .path(path)))
        }
        for path in mentioned where named.insert(path).inserted {
            let place = NodeOptions.place(of: path)
            guard FileManifest.isPlain(place) else { throw TransferFailure.badName(path) }
            entries.append((.init(isPlainFile(path) ? .stub : .folder, place), nil))
        }
        return FileService(entries)
    }

    /// Paths of the files that the node's role opens.
    private static func needs(_ node: NodeSettings, in topology: Topology, photos: [String]) throws -> [String] {
        switch node.role {
        case .relay: return []
        case .channel: return topology.links(through: node.name).compactMap(\.channel.trace)
        case .receiver:
            let fillings = Set((topology.fillings[node.name] ?? [:]).values.map(\.inpaint))
            return ([topology.models.codec].compactMap(\.self) + fillings.sorted().filter { $0.hasPrefix("/") })
                .flatMap(files(at:))
        case .transmitter:
            let models = topology.models(of: node)
            var paths = [models.codec, models.classifier, models.classNames].compactMap(\.self).flatMap(files(at:))
            // The names of its classes may lie beside a classifier.
            let names = models.classifier.map { ($0 as NSString).deletingLastPathComponent + "/classes.txt" }
            paths += [names].compactMap(\.self).filter(isPlainFile)
            let scheme = topology.scheme(of: node.name)
            for photo in Set(photos).sorted() {
                paths.append(photo)
                paths += [Caption.sidecarPath(of: photo), try scheme.importanceMap(of: photo)].compactMap(\.self)
                    .filter(isPlainFile)
            }
            return paths
        }
    }

    /// A file, or all files of a folder.
    private static func files(at path: String) -> [String] {
        if isPlainFile(path) { return [path] }
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []
        return names.sorted().map { "\(path)/\($0)" }.filter(isPlainFile)
    }
}
