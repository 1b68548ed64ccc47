import Glibc

/// A path without `.` and `..`. What lies above a linked folder is above the folder it leads to, as the system has it.
package func absolutePath(_ path: String, from folder: String) -> String {
    let full = path.hasPrefix("/") ? path : "\(folder)/\(path)"
    var parts: [String] = []
    for part in full.split(separator: "/") where part != "." {
        guard part == ".." else {
            parts.append(String(part))
            continue
        }
        let above = "/" + parts.joined(separator: "/")
        var status = stat()
        if lstat(above, &status) == 0, status.st_mode & S_IFMT == S_IFLNK, let real = realpath(above, nil) {
            parts = String(cString: real).split(separator: "/").map(String.init)
            free(real)
        }
        _ = parts.popLast()
    }
    return "/" + parts.joined(separator: "/")
}

/// The same from the working folder.
///
/// - Throws: ``FileFailure/noWorkingFolder`` where it is needed and gone.
package func absolutePath(_ path: String) throws(FileFailure) -> String {
    absolutePath(path, from: path.hasPrefix("/") ? "/" : try Place.workingFolder())
}
