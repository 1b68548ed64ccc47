import Files
import Foundation
import Topologies

/// `metadata.json`, beside the tables of a run: what they came from.
///
/// That of a virtual run says nothing of the day or the machine: it is the same wherever and whenever the commit runs.
package struct Metadata: Sendable, Codable, Equatable {
    /// What may differ between the points of a sweep that was continued, or that sweeps over models or photos.
    package struct Origin: Sendable, Codable, Hashable {
        package var version: String
        /// HEAD of the repository; nil outside one.
        package var commit: String?
        package var models: [Provenance.Model]
        package var photos: [Photos]
        /// What else was read: traces of links and tables of their schemes; nil where there are none.
        package var files: [File]?
        /// Processor, cores, memory, system and the level of the inner loops; nil under the virtual clock.
        package var machine: [String: String]?

        package func hash(into hasher: inout Hasher) {
            hasher.combine(commit)
            hasher.combine(photos.map(\.digest))
        }
    }

    /// The photos that were sent out of one folder.
    package struct Photos: Sendable, Codable, Equatable {
        package var folder: String
        /// How many different ones.
        package var count: Int
        /// SHA-256 of their sorted names and digests; nil where one cannot be read.
        package var digest: String?
    }

    /// A file that a link follows.
    package struct File: Sendable, Codable, Equatable {
        /// `trace` or `mcs`: the key that names it.
        package var key: String
        package var path: String
        /// SHA-256; nil where it cannot be read.
        package var digest: String?
    }

    /// The topology's name.
    package var topology: String
    package var seed: UInt64
    package var virtual: Bool
    /// ISO 8601, UTC; nil under the virtual clock.
    package var startedOn: String?
    package var origin: Origin

    package static let fileName = "metadata.json"

    /// - Parameters:
    ///   - photos: the paths that each transmitter sends.
    ///   - startedOn: nil for a virtual run.
    ///   - machine: nil for a virtual run.
    package init(
        _ topology: Topology, provenance: Provenance, photos: [String: [String]], startedOn: String?,
        machine: [String: String]?
    ) {
        let own = Dictionary(uniqueKeysWithValues: topology.transmitters.map { ($0.name, $0.images?.folder) })
        let folders = Dictionary(grouping: photos.keys) { (own[$0] ?? nil) ?? topology.images.folder }
        let sent = folders.sorted { $0.key < $1.key }.map { folder, transmitters in
            let paths = Set(transmitters.flatMap { photos[$0] ?? [] }).sorted()
            return Photos(folder: folder, count: paths.count, digest: Provenance.digest(ofFiles: paths))
        }
        self.topology = topology.name
        seed = topology.seed
        virtual = machine == nil
        self.startedOn = startedOn
        origin = Origin(
            version: Provenance.version, commit: Provenance.commit, models: provenance.models, photos: sent,
            files: Self.files(of: topology), machine: machine)
    }

    private static func files(of topology: Topology) -> [File]? {
        let named =
            topology.links.compactMap(\.channel.trace).map { ("trace", $0) }
            + topology.links.compactMap(\.channel.rate.file).map { ("mcs", $0) }
        var files: [File] = []
        for (key, path) in named where !files.contains(where: { $0.key == key && $0.path == path }) {
            files.append(File(key: key, path: path, digest: Provenance.digest(path)))
        }
        return files.isEmpty ? nil : files
    }

    /// What a run's folder tells of itself; nil where it does not.
    package init?(run folder: String) {
        guard let data = FileManager.default.contents(atPath: "\(folder)/csv/\(Self.fileName)"),
            let read = try? JSONDecoder().decode(Self.self, from: data)
        else { return nil }
        self = read
    }

    /// Writes `value` as JSON, keys in order, so that equal values are equal files.
    ///
    /// - Throws: ``FileFailure``, which names the file.
    package static func write(_ value: some Encodable, to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try WholeFile.write(Array(try encoder.encode(value)) + [0x0a], to: path)
    }
}
