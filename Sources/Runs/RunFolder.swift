import Files
import Foundation
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
        // Of two runs that were given one empty folder, the one that makes this has it.
        guard try Self.make("\(self.path)/records") else {
            throw InputError("\(self.path): is not empty; a run needs a folder of its own")
        }
        _ = try Self.make("\(self.path)/images")
        try Self.naming { try WholeFile.write(Array(topology.resolvedYAML.utf8), to: topologyFile) }
    }

    /// A folder of the user's choice: new, or empty.
    private static func claim(_ path: String, as named: String) throws {
        try naming { try makeFolders(above: path) }
        if try make(path) { return }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
            throw InputError("\(named): is a file, expected a folder for the run")
        }
        let contents = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        guard contents.isEmpty else { throw InputError("\(named): is not empty; a run needs a folder of its own") }
    }

    /// The first of NAME, NAME-2, NAME-3 … that nobody has: making it decides, for between a look and a step another
    /// run of the same second may come.
    private static func claimNew(_ base: String) throws -> String {
        let base = try absolutePath(base)
        try naming { try makeFolders(above: base) }
        for number in 1...10_000 {
            let candidate = number == 1 ? base : "\(base)-\(number)"
            if try make(candidate) { return candidate }
        }
        throw InputError("\(base): ten thousand runs of that second are there already")
    }

    /// False where the name is taken.
    private static func make(_ path: String) throws -> Bool { try naming { try makeFolder(path) } }

    /// What keeps a folder from being written is the input's fault.
    private static func naming<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch { throw InputError("\(error)") }
    }

    private static func plain(_ name: String) -> String { String(name.map { " /".contains($0) ? "-" : $0 }) }

    private static var stamp: String {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.dateFormat = "yyyyMMdd-HHmmss"
        return format.string(from: Date())
    }

    package var topologyFile: String { "\(path)/topology.yaml" }
    package var reportFile: String { "\(path)/report.html" }
}
