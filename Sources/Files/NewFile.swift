import Glibc

/// A file that is written piece by piece and stands under its name when it is finished; see ``WholeFile``.
package final class NewFile {
    private let path: String
    private let standing: Standing
    private var descriptor: Int32

    private struct Standing {
        /// Where the bytes go, and where the file is to stand: the same for what is no plain file.
        var beside: String
        var target: String
        /// Access rights of the file that is replaced.
        var mode: mode_t?
        var isDirect: Bool { beside == target }
    }

    /// - Throws: ``FileFailure/unwritable(path:reason:)``, as all it does.
    package init(_ path: String) throws(FileFailure) {
        let standing = try Self.standing(path)
        let descriptor = open(standing.beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        let problem = errno
        (self.path, self.standing, self.descriptor) = (path, standing, descriptor)
        guard descriptor >= 0 else { throw Self.failure(path, problem) }
    }

    private static func standing(_ path: String) throws(FileFailure) -> Standing {
        var status = stat()
        let exists = stat(path, &status) == 0
        if exists, status.st_mode & S_IFMT == S_IFDIR { throw failure(path, EISDIR) }
        if exists, status.st_mode & S_IFMT != S_IFREG { return Standing(beside: path, target: path) }
        // A link goes on pointing where it pointed; what it leads to is replaced.
        let target = exists ? resolved(path) : path
        if exists, access(target, W_OK) != 0 { throw failure(path, errno) }
        return Standing(
            beside: "\(target).\(getpid()).part", target: target, mode: exists ? status.st_mode & 0o7777 : nil)
    }

    package func append(_ bytes: [UInt8]) throws(FileFailure) {
        let code = writeAll(bytes, to: descriptor)
        if code != 0 { throw Self.failure(path, code) }
    }

    /// Closes the file and gives it its name.
    package func finish() throws(FileFailure) {
        if let mode = standing.mode { fchmod(descriptor, mode) }
        var isWhole = close(descriptor) == 0
        descriptor = -1
        if isWhole, !standing.isDirect { isWhole = rename(standing.beside, standing.target) == 0 }
        guard !isWhole else { return }
        let problem = errno
        if !standing.isDirect { unlink(standing.beside) }
        throw Self.failure(path, problem)
    }

    deinit {
        guard descriptor >= 0 else { return }
        close(descriptor)
        if !standing.isDirect { unlink(standing.beside) }
    }

    private static func failure(_ path: String, _ number: Int32) -> FileFailure {
        .unwritable(path: path, reason: systemReason(number))
    }

    private static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }
}
