import Files
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
        if let path {
            self.path = try absolutePath(path)
            try Self.claim(self.path, as: path)
        } else {
            self.path = try Self.claimNew("runs/\(Self.plain(topology.name))-\(Self.stamp)")
        }
        do {
            // Of two runs that were given one empty folder, the one that makes this has it.
            guard mkdir("\(self.path)/records", 0o777) == 0 else {
                throw errno == EEXIST
                    ? InputError("\(self.path): is not empty; a run needs a folder of its own")
                    : Self.failure(self.path)
            }
            try FileManager.default.createDirectory(atPath: "\(self.path)/images", withIntermediateDirectories: true)
            try topology.resolvedYAML.write(toFile: topologyFile, atomically: true, encoding: .utf8)
        } catch let error as InputError { throw error } catch {
            throw InputError("\(self.path): cannot be written: \(systemReason(error))")
        }
    }

    /// A folder of the user's choice: new, or empty.
    private static func claim(_ path: String, as named: String) throws {
        try makeParent(of: path)
        if mkdir(path, 0o777) == 0 { return }
        guard errno == EEXIST else { throw failure(path) }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
            throw InputError("\(named): is a file, expected a folder for the run")
        }
        let contents = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        guard contents.isEmpty else { throw InputError("\(named): is not empty; a run needs a folder of its own") }
    }

    /// The first of NAME, NAME-2, NAME-3 … that nobody has: `mkdir` decides, for between a look and a step another run of
    /// the same second may come.
    private static func claimNew(_ base: String) throws -> String {
        let base = try absolutePath(base)
        try makeParent(of: base)
        for number in 1...10_000 {
            let candidate = number == 1 ? base : "\(base)-\(number)"
            if mkdir(candidate, 0o777) == 0 { return candidate }
            guard errno == EEXIST else { throw failure(candidate) }
        }
        throw InputError("\(base): ten thousand runs of that second are there already")
    }

    private static func makeParent(of path: String) throws {
        let parent = (path as NSString).deletingLastPathComponent
        do { try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true) } catch {
            throw InputError("\(parent): cannot be written: \(systemReason(error))")
        }
    }

    private static func failure(_ path: String) -> InputError {
        InputError("\(path): cannot be written: \(systemReason(errno))")
    }

    private static func plain(_ name: String) -> String { String(name.map { " /".contains($0) ? "-" : $0 }) }

    private static var stamp: String {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.dateFormat = "yyyyMMdd-HHmmss"
        return format.string(from: Date())
    }

    package var topologyFile: String { "\(path)/topology.yaml" }
    package var databaseFile: String { "\(path)/run.sqlite" }
    package var reportFile: String { "\(path)/report.html" }
}
