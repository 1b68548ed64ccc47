import Glibc

/// A small file that only its owner may read: a secret.
package enum PrivateFile {
    /// Makes the file, readable and writable by its owner alone, where nothing stands yet.
    ///
    /// - Returns: false where the name is taken.
    /// - Throws: ``FileFailure/unwritable(path:reason:)``; nothing half written stays behind.
    package static func create(_ bytes: [UInt8], at path: String) throws(FileFailure) -> Bool {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            if errno == EEXIST { return false }
            throw .unwritable(path: path, reason: systemReason(errno))
        }
        // The mask may have taken rights away; others' stay taken.
        fchmod(descriptor, 0o600)
        let code = writeAll(bytes, to: descriptor)
        guard close(descriptor) == 0, code == 0 else {
            unlink(path)
            throw .unwritable(path: path, reason: systemReason(code == 0 ? errno : code))
        }
        return true
    }

    /// - Throws: ``FileFailure/unreadable(path:reason:)``, also where others than the owner could read a plain file.
    package static func read(_ path: String, limit: Int = 4_096) throws(FileFailure) -> [UInt8] {
        var status = stat()
        guard stat(path, &status) == 0 else { throw .unreadable(path: path, reason: systemReason(errno)) }
        if status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o077 != 0 {
            throw .unreadable(path: path, reason: "others may read it: chmod 600 \(path)")
        }
        return try fileBytes(path, limit: limit)
    }

    /// Makes a folder that only its owner may enter, with ordinary ones above it, where it is missing.
    ///
    /// - Throws: ``FileFailure/unwritable(path:reason:)``.
    package static func makeFolder(_ path: String) throws(FileFailure) {
        try makeFolders(above: path)
        if mkdir(path, 0o700) == 0 { return }
        var status = stat()
        guard errno == EEXIST, stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw .unwritable(path: path, reason: systemReason(errno == EEXIST ? ENOTDIR : errno))
        }
    }
}
