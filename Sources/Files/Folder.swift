import Glibc

/// What a folder of the user's holds: one policy for every list of photos, weights and pictures.
///
/// Plain files only (links are followed), no name with a leading dot (`._cat.jpg` is what a Mac leaves behind), endings in
/// any case, in an order that is the same everywhere. What cannot be used is left out and told, and ends nothing.
package struct Folder: Sendable, Equatable {
    package let path: String
    /// Names of the files, sorted.
    package let names: [String]
    /// One line for each file that has the ending and was left out.
    package let leftOut: [String]

    package var paths: [String] { names.map { "\(path)/\($0)" } }

    /// - Parameter endings: without the dot, in lower case.
    /// - Throws: ``FileFailure/unreadable(path:reason:)`` where there is no folder or it cannot be read.
    package init(_ path: String, endings: Set<String>) throws(FileFailure) {
        guard let directory = opendir(path) else {
            throw .unreadable(path: path, reason: errno == ENOTDIR ? "not a folder" : systemReason(errno))
        }
        defer { closedir(directory) }
        var names: [String] = []
        var leftOut: [String] = []
        while let entry = readdir(directory) {
            let bytes = Self.name(of: entry)
            guard bytes.first != UInt8(ascii: "."), let dot = bytes.lastIndex(of: UInt8(ascii: ".")),
                endings.contains(String(decoding: bytes[(dot + 1)...], as: UTF8.self).lowercased())
            else { continue }
            guard let name = String(validating: bytes, as: UTF8.self) else {
                leftOut.append("\(path)/\(Self.escaped(bytes)): left out: its name is not UTF-8; rename it")
                continue
            }
            var status = stat()
            guard stat("\(path)/\(name)", &status) == 0 else {
                leftOut.append("\(path)/\(name): left out: \(systemReason(errno))")
                continue
            }
            switch status.st_mode & S_IFMT {
            case S_IFREG: names.append(name)
            case S_IFDIR: break
            default: leftOut.append("\(path)/\(name): left out: it is no plain file")
            }
        }
        self.path = path
        self.names = names.sorted(by: Self.precedes)
        self.leftOut = leftOut.sorted(by: Self.precedes)
    }

    /// By characters; of names that differ only in Unicode form, by bytes.
    private static func precedes(_ a: String, _ b: String) -> Bool {
        a == b ? a.utf8.lexicographicallyPrecedes(b.utf8) : a < b
    }

    private static func name(of entry: UnsafeMutablePointer<dirent>) -> [UInt8] {
        withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
    }

    private static func escaped(_ bytes: [UInt8]) -> String {
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
