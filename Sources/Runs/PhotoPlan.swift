import Foundation
import HyperpriorCodec
import ImagePipeline
import Imaging
import Semantics
import Topologies

/// Which photos each transmitter sends, after every one of them was opened once.
package struct PhotoPlan: Sendable {
    /// In the order of sending.
    package private(set) var photos: [String: [String]] = [:]
    /// One line for each photo that is left out or shows damage.
    package private(set) var warnings: [String] = []

    /// What of a transmitter bears on the photos it can take.
    private struct Taker {
        var name: String
        var scheme: Scheme
        var source: PhotoSource
        /// How many photos of the folder it leaves out at first.
        var begins: Int
    }

    /// - Throws: ``InputError`` or the photo's or map's own error, naming the file.
    package init(_ topology: Topology) throws {
        let takers = Self.takers(topology)
        var groups: [[Taker]] = []
        for taker in takers {
            let place = groups.firstIndex {
                $0[0].source.folder == taker.source.folder && $0[0].source.recursive == taker.source.recursive
            }
            if let place { groups[place].append(taker) } else { groups.append([taker]) }
        }
        for here in groups {
            let listing = try Self.listing(here[0].source, here)
            if here.contains(where: { $0.source.onBadImage == .end }), !listing.leftOut.isEmpty {
                throw InputError(
                    "images.onBadImage is end: \(listing.leftOut.count) of the photos cannot be read: "
                        + "\(listing.leftOut.joined(separator: "; "))"
                )
            }
            for line in listing.leftOut + listing.damaged + listing.links where !warnings.contains(line) {
                warnings.append(line)
            }
            for taker in here {
                let count = taker.source.count ?? listing.paths.count
                photos[taker.name] = (0..<count).map { listing.paths[($0 + taker.begins) % listing.paths.count] }
            }
        }
    }

    /// Transmitters of one folder begin at different photos, unless they are to be compared or say otherwise.
    private static func takers(_ topology: Topology) -> [Taker] {
        var others: [String: Int] = [:]
        return topology.transmitters.map { node in
            let source = node.images ?? topology.images
            var begins = (source.first ?? 1) - 1
            if node.statesFirst {
                begins += node.copyNumber - 1
            } else if !topology.images.together {
                begins += others[source.folder, default: 0]
                others[source.folder, default: 0] += 1
            }
            return Taker(name: node.name, scheme: node.scheme ?? topology.scheme, source: source, begins: begins)
        }
    }

    private static func listing(_ source: PhotoSource, _ takers: [Taker]) throws -> Photo.Listing {
        // With several transmitters more than `count` photos are sent.
        let most = takers.map { taker in taker.source.count.map { $0 + taker.begins } ?? .max }.max() ?? 0
        // What is asked of a photo by several is asked once.
        var demands: [(scheme: Scheme, longestSide: Int?)] = []
        for taker in takers {
            var scheme = taker.scheme
            scheme.budget = 1
            guard !demands.contains(where: { $0 == (scheme, taker.source.longestSide) }) else { continue }
            demands.append((scheme, taker.source.longestSide))
        }
        let listing = try Photo.readable(in: source.folder, recursive: source.recursive, most: most) { file, picture in
            for (scheme, longestSide) in demands {
                try check(file, picture, for: scheme, longestSide: longestSide)
                try scheme.checkCaption(of: file)
            }
        }
        guard !listing.paths.isEmpty else {
            let causes = listing.leftOut.first.map { ": \($0)" } ?? ""
            throw InputError(
                "\(source.folder): holds no photos that can be read "
                    + "(\(Photo.extensions.sorted().joined(separator: ", ")))\(causes)"
            )
        }
        return listing
    }

    /// Whether the map of one's own, or the classifier, can be laid over the photo.
    private static func check(_ file: String, _ picture: Image, for scheme: Scheme, longestSide: Int?) throws {
        if let map = try scheme.importanceMap(of: file) {
            let photo = picture.bounded(longestSide: longestSide)
            let (rows, columns) = Catalogue.latentSize(width: photo.width, height: photo.height)
            do {
                _ = try Importance(
                    map: map, rows: rows, columns: columns, imageWidth: photo.width, imageHeight: photo.height,
                    cell: Catalogue.cellSize)
            } catch { throw InputError("\(file): \(error)") }
        } else {
            let share = min(1, Double(longestSide ?? .max) / Double(max(picture.width, picture.height)))
            let width = max(1, Int((Double(picture.width) * share).rounded()))
            let height = max(1, Int((Double(picture.height) * share).rounded()))
            do { try BackboneSize(scheme.backboneSize).check(width: width, height: height) } catch {
                throw InputError("\(file): \(error)")
            }
        }
    }
}

extension Topology {
    /// The photos every transmitter will send; what cannot be read is left out.
    ///
    /// - Throws: ``InputError`` or the photo's or map's own error, naming the file.
    package func photos() throws -> [String: [String]] {
        try checkModels()
        return try PhotoPlan(self).photos
    }
}

extension Scheme {
    fileprivate func checkCaption(of file: String) throws {
        switch caption {
        case .sidecar:
            let path = Caption.sidecarPath(of: file)
            guard FileManager.default.fileExists(atPath: path) else {
                throw InputError("\(path): no such caption file (scheme.caption is sidecar)")
            }
            _ = try Caption.read(path)
        case .either: _ = try Caption.sidecar(of: file)
        case .label, .captioner: break
        }
    }
}
