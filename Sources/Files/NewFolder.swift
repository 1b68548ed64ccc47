import Glibc

/// Makes a folder, where nothing stands yet.
///
/// - Returns: false where the name is taken: of two who want it, one has made it.
/// - Throws: ``FileFailure/unwritable(path:reason:)``.
package func makeFolder(_ path: String) throws(FileFailure) -> Bool {
    if mkdir(path, 0o777) == 0 { return true }
    guard errno == EEXIST else { throw .unwritable(path: path, reason: systemReason(errno)) }
    return false
}

/// Makes the folders above a file or folder, as far as they are missing.
///
/// - Throws: ``FileFailure/unwritable(path:reason:)`` naming the first that cannot be made.
package func makeFolders(above path: String) throws(FileFailure) {
    guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return }
    let parent = String(path[..<slash])
    var status = stat()
    if stat(parent, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return }
    try makeFolders(above: parent)
    if try !makeFolder(parent), stat(parent, &status) != 0 || status.st_mode & S_IFMT != S_IFDIR {
        throw .unwritable(path: parent, reason: systemReason(ENOTDIR))
    }
}
