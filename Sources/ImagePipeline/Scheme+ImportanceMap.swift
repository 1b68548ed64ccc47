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
        let file = URL(fileURLWithPath: photo).deletingPathExtension()
        let name = file.lastPathComponent
        // Photos of one name in two folders have their maps in two folders of the same names.
        for place in ["\(file.deletingLastPathComponent().lastPathComponent)/\(name)", name] {
            for ending in ["png", "npy"] {
                let path = "\(importance)/\(place).\(ending)"
                if FileManager.default.fileExists(atPath: path) { return path }
            }
        }
        throw InputError("\(importance): holds no importance map \(name).png or \(name).npy for \(photo)")
    }
}
