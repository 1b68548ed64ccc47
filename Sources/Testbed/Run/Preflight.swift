import Adaptation
import Fidelity
import Foundation
import HyperpriorCodec
import Imaging
import Semantics

/// What is wrong with a run's input, in one line that names it; exit code 2.
public struct InputError: Error, CustomStringConvertible, Sendable {
    public var description: String
    public init(_ description: String) { self.description = description }
}

extension Topology {
    /// The photos every transmitter will send, each of them opened once, and what else can be known to fail on them: a run
    /// that cannot finish is not begun.
    ///
    /// - Throws: ``InputError`` or the photo's or map's own error, naming the file.
    public func photos() throws -> [String: [String]] {
        try checkSlices()
        if case .named(let labels) = LabelChoice(scheme.labels) {
            let names = try Classifier(weights: models.classifier, classNames: models.classNames).names
            for label in labels { _ = try names.index(ofNameOrNumber: label) }
        }
        let files = Photo.list(folder: images.folder)
        guard !files.isEmpty else { throw InputError("\(images.folder): holds no photos (\(Photo.extensions.sorted().joined(separator: ", ")))") }
        let count = images.count ?? files.count
        for file in files.prefix(count) {
            if let map = try scheme.importanceMap(of: file) {
                let photo = try Photo.load(file, longestSide: images.longestSide)
                let (rows, columns) = Catalogue.latentSize(width: photo.width, height: photo.height)
                do {
                    _ = try Importance(map: map, rows: rows, columns: columns, imageWidth: photo.width, imageHeight: photo.height)
                } catch { throw InputError("\(file): \(error)") }
            } else {
                _ = try Image(contentsOf: file)
            }
            let caption = Caption.sidecarPath(of: file)
            if scheme.caption == .sidecar, !FileManager.default.fileExists(atPath: caption) {
                throw InputError("\(caption): no such caption file (scheme.caption is sidecar)")
            }
        }
        var photos: [String: [String]] = [:]
        for (offset, node) in nodes.filter({ $0.role == .transmitter }).enumerated() {
            // Transmitters of one folder begin at different photos, unless they are to be compared.
            photos[node.name] = (0..<count).map { files[($0 + (images.together ? 0 : offset)) % files.count] }
        }
        return photos
    }

    /// Whether a slice can hold what the codec may put into one.
    ///
    /// - Throws: ``InputError``, or the weights' own error, which names the file.
    private func checkSlices() throws {
        let least = try Catalogue.leastSlicePayload(path: models.codec)
        guard scheme.slicePayload >= least else {
            throw InputError("scheme.slicePayload is \(scheme.slicePayload): a cell of \(models.codec ?? "the shipped codec") may take \(least) bytes; expected \(least) to 1100")
        }
    }

    /// The policy the scheme names, with what it reads from files.
    ///
    /// - Throws: ``InputError`` naming the file.
    public func policy() throws -> Policy {
        func table() throws -> PolicyTable {
            let path = scheme.policyFile ?? ""
            do {
                return try JSONDecoder().decode(PolicyTable.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
            } catch { throw InputError("\(path): not a policy table as 'testbed optimize' writes it") }
        }
        switch scheme.policy {
        case .optimal: return .optimal(scheme.constraints)
        case .fixed: return .fixed(alpha: scheme.alpha, rate: scheme.rate ?? 1)
        case .external: return .external(command: scheme.policyCommand)
        case .algorithm1: return .algorithm1(try table())
        case .thresholdTable: return .thresholdTable(try scheme.policyTable ?? ThresholdTable(table()))
        }
    }
}

extension Scheme {
    /// The user's own importance map for a photo, or nil where the classifier decides.
    ///
    /// - Throws: ``InputError`` where the folder holds none for it.
    func importanceMap(of photo: String) throws -> String? {
        guard let importance else { return nil }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: importance, isDirectory: &isFolder) else { throw InputError("\(importance): no such importance map") }
        guard isFolder.boolValue else { return importance }
        let name = URL(fileURLWithPath: photo).deletingPathExtension().lastPathComponent
        for ending in ["png", "npy"] where FileManager.default.fileExists(atPath: "\(importance)/\(name).\(ending)") {
            return "\(importance)/\(name).\(ending)"
        }
        throw InputError("\(importance): holds no importance map \(name).png or \(name).npy for \(photo)")
    }
}
