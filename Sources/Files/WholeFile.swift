import Glibc

/// Files that stand whole under their name, or not at all.
package enum WholeFile {
    /// Writes beside the place and renames: a full disk or an interruption leaves what was there before. What is no plain
    /// file (a pipe, `/dev/stdout`) is written to directly.
    ///
    /// - Throws: ``FileFailure/unwritable(path:reason:)``; nothing half written stays behind.
    package static func write(_ bytes: [UInt8], to path: String) throws(FileFailure) {
        func fail(_ number: Int32) -> FileFailure { .unwritable(path: path, reason: systemReason(number)) }
        var status = stat()
        let exists = stat(path, &status) == 0
        if exists, status.st_mode & S_IFMT == S_IFDIR { throw fail(EISDIR) }
        let isDirect = exists && status.st_mode & S_IFMT != S_IFREG
        // A link goes on pointing where it pointed; what it leads to is replaced.
        let target = exists && !isDirect ? resolved(path) : path
        if exists, !isDirect, access(target, W_OK) != 0 { throw fail(errno) }
        let beside = isDirect ? target : "\(target).\(getpid()).part"
        let descriptor = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw fail(errno) }
        var problem = append(bytes, to: descriptor)
        if exists, !isDirect { fchmod(descriptor, status.st_mode & 0o7777) }
        if close(descriptor) != 0, problem == 0 { problem = errno }
        guard !isDirect else {
            if problem != 0 { throw fail(problem) }
            return
        }
        if problem == 0, rename(beside, target) != 0 { problem = errno }
        if problem != 0 {
            unlink(beside)
            throw fail(problem)
        }
    }

    /// - Returns: 0, or the system's number of what went wrong.
    private static func append(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                return errno
            }
            written += count
        }
        return 0
    }

    private static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }
}
