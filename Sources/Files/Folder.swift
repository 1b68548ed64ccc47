import Glibc

/// What a folder of the user's holds: one policy for every list of photos, weights and pictures.
///
/// Plain files only (links are followed), no name with a leading dot (`._cat.jpg` is what a Mac leaves behind), endings
/// in any case, in an order that is the same everywhere. What cannot be used is left out and told, and ends nothing.
/// Folders inside are passed over or, where asked, gone into; links to folders never are,
/// for they may lead round in a circle.
package struct Folder: Sendable, Equatable {
    package let path: String
    /// Names of the files, sorted; of those in a folder inside with its name before: `day/cat.jpg`.
    package let names: [String]
    /// One line for each file that has the ending and was left out.
    package let leftOut: [String]
    /// One line for each link to a folder that was not followed.
    package let links: [String]

    package var paths: [String] { names.map { "\(path)/\($0)" } }

    /// - Parameters:
    ///   - endings: without the dot, in lower case.
    ///   - recursive: whether folders inside are gone into.
    /// - Throws: ``FileFailure/unreadable(path:reason:)`` where there is no folder or it cannot be read.
    package init(_ path: String, endings: Set<String>, recursive: Bool = false) throws(FileFailure) {
        var search = Search(endings: endings, recursive: recursive)
        try search.add(path, prefix: "")
        self.path = path
        names = search.names.sorted(by: Self.precedes)
        leftOut = search.leftOut.sorted(by: Self.precedes)
        links = search.links.sorted(by: Self.precedes)
    }

    private struct Search {
        let endings: Set<String>
        let recursive: Bool
        var names: [String] = []
        var leftOut: [String] = []
        var links: [String] = []

        /// - Parameter prefix: of the names found there, `day/` or nothing.
        mutating func add(_ path: String, prefix: String) throws(FileFailure) {
            guard let directory = opendir(path) else {
                throw .unreadable(path: path, reason: errno == ENOTDIR ? "not a folder" : systemReason(errno))
            }
            var entries: [[UInt8]] = []
            while let entry = readdir(directory) { entries.append(Folder.name(of: entry)) }
            closedir(directory)
            for bytes in entries where bytes.first != UInt8(ascii: ".") {
                let fits =
                    bytes.lastIndex(of: UInt8(ascii: ".")).map {
                        endings.contains(String(decoding: bytes[($0 + 1)...], as: UTF8.self).lowercased())
                    } ?? false
                if fits || recursive { look(bytes, in: path, prefix: prefix, fits: fits) }
            }
        }

        private mutating func look(_ bytes: [UInt8], in path: String, prefix: String, fits: Bool) {
            guard let name = String(validating: bytes, as: UTF8.self) else {
                if fits {
                    leftOut.append("\(path)/\(Folder.escaped(bytes)): left out: its name is not UTF-8; rename it")
                }
                return
            }
            let place = "\(path)/\(name)"
            var status = stat()
            guard stat(place, &status) == 0 else {
                if fits { leftOut.append("\(place): left out: \(systemReason(errno))") }
                return
            }
            switch status.st_mode & S_IFMT {
            case S_IFREG: if fits { names.append(prefix + name) }
            case S_IFDIR: if recursive { enter(name, at: place, prefix: prefix) }
            default: if fits { leftOut.append("\(place): left out: it is no plain file") }
            }
        }

        private mutating func enter(_ name: String, at place: String, prefix: String) {
            var status = stat()
            guard lstat(place, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
                links.append("\(place): not followed: it is a link to a folder")
                return
            }
            do { try add(place, prefix: "\(prefix)\(name)/") } catch { leftOut.append("\(error): left out") }
        }
    }

    /// By characters; of names that differ only in Unicode form, by bytes.
    fileprivate static func precedes(_ a: String, _ b: String) -> Bool {
        a == b ? a.utf8.lexicographicallyPrecedes(b.utf8) : a < b
    }

    fileprivate static func name(of entry: UnsafeMutablePointer<dirent>) -> [UInt8] {
        withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
    }

    fileprivate static func escaped(_ bytes: [UInt8]) -> String {
        bytes.map { (0x20..<0x7f).contains($0) ? String(UnicodeScalar($0)) : "\\x" + String($0, radix: 16) }.joined()
    }
}

/// A file's name without folders and ending.
package func stem(_ path: String) -> String {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return name }
    return String(name[..<dot])
}

/// A name for each file that no other has: the stem, or the whole name where two files share the stem in whatever
/// Unicode form, numbered where even that is not enough.
package func distinctNames(_ paths: [String]) -> [String] {
    func count(_ names: [String]) -> [String: Int] { names.reduce(into: [:]) { $0[$1, default: 0] += 1 } }
    let stems = paths.map(stem)
    let shared = count(stems)
    let wholes = paths.map { path in
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return String(name.map { $0 == "." ? "-" : $0 })
    }
    let names = zip(stems, wholes).map { shared[$0]! > 1 ? $1 : $0 }
    var seen: [String: Int] = [:]
    return names.map { name in
        seen[name, default: 0] += 1
        return seen[name]! > 1 ? "\(name)-\(seen[name]!)" : name
    }
}
