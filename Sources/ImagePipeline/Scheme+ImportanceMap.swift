import Foundation
import Topologies

extension Scheme {
    /// The user's own importance map for a photo, or nil where the classifier decides.
    ///
    /// - Throws: ``InputError`` where the folder holds none for it.
    package func importanceMap(of photo: String) throws -> String? {
        guard let importance else { return nil }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: importance, isDirectory: &isFolder) else {
            throw InputError("\(importance): no such importance map")
        }
        guard isFolder.boolValue else { return importance }
        let name = URL(fileURLWithPath: photo).deletingPathExtension().lastPathComponent
        for ending in ["png", "npy"] where FileManager.default.fileExists(atPath: "\(importance)/\(name).\(ending)") {
            return "\(importance)/\(name).\(ending)"
        }
        throw InputError("\(importance): holds no importance map \(name).png or \(name).npy for \(photo)")
    }
}
