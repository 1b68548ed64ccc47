import Foundation
import Records
import Topologies

/// The folder a run leaves: `topology.yaml`, `records/`, `images/`, `run.sqlite`, `csv/`, `report.html`.
package struct RunFolder: Sendable {
    package let path: String

    /// Makes a new folder; one that already holds something is refused, so that no run is ever mixed with another.
    ///
    /// - Parameter path: where; `nil` for `runs/NAME-DATE-TIME` in the working folder.
    /// - Throws: ``InputError`` naming the folder.
    package init(creating path: String?, topology: Topology) throws {
        let here = FileManager.default.currentDirectoryPath
        let manager = FileManager.default
        if let path {
            self.path = absolutePath(path, from: here)
            var isFolder: ObjCBool = false
            if manager.fileExists(atPath: self.path, isDirectory: &isFolder) {
                guard isFolder.boolValue else { throw InputError("\(path): is a file, expected a folder for the run") }
                let contents = (try? manager.contentsOfDirectory(atPath: self.path)) ?? []
                guard contents.isEmpty else { throw InputError("\(path): is not empty; a run needs a folder of its own") }
            }
        } else {
            let format = DateFormatter()
            format.locale = Locale(identifier: "en_US_POSIX")
            format.dateFormat = "yyyyMMdd-HHmmss"
            let base = "runs/\(topology.name.replacingOccurrences(of: " ", with: "-").replacingOccurrences(of: "/", with: "-"))-\(format.string(from: Date()))"
            var candidate = base
            var number = 2
            while manager.fileExists(atPath: absolutePath(candidate, from: here)) {
                candidate = "\(base)-\(number)"
                number += 1
            }
            self.path = absolutePath(candidate, from: here)
        }
        do {
            for folder in ["records", "images"] { try manager.createDirectory(atPath: "\(self.path)/\(folder)", withIntermediateDirectories: true) }
            try topology.resolvedYAML.write(toFile: topologyFile, atomically: true, encoding: .utf8)
        } catch { throw InputError("\(self.path): cannot be written: \(systemReason(error))") }
    }

    package var topologyFile: String { "\(path)/topology.yaml" }
    package var databaseFile: String { "\(path)/run.sqlite" }
    package var reportFile: String { "\(path)/report.html" }
}
