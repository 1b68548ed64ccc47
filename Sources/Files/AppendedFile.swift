import Glibc

/// A file that only grows, by whole pieces at its end.
package final class AppendedFile: Sendable {
    package let path: String
    private let descriptor: Int32

    /// Opens the file, or makes it, with the folders above it. A line that an earlier process left unfinished must not
    /// swallow the next one: it is ended.
    ///
    /// - Throws: ``FileFailure/unwritable(path:reason:)``.
    package init(_ path: String) throws(FileFailure) {
        func fail() -> FileFailure { .unwritable(path: path, reason: systemReason(errno)) }
        try makeFolders(above: path)
        descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw fail() }
        self.path = path
        var last: UInt8 = 0
        let length = lseek(descriptor, 0, SEEK_END)
        if length > 0, pread(descriptor, &last, 1, length - 1) == 1, last != UInt8(ascii: "\n") {
            try append([UInt8(ascii: "\n")])
        }
    }

    deinit { close(descriptor) }

    /// - Throws: ``FileFailure/unwritable(path:reason:)``; some of it may then be in the file.
    package func append(_ bytes: [UInt8]) throws(FileFailure) {
        let code = writeAll(bytes, to: descriptor)
        if code != 0 { throw .unwritable(path: path, reason: systemReason(code)) }
    }
}

/// - Returns: 0, or the system's number of what went wrong.
func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    var written = 0
    while written < bytes.count {
        let count = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if count < 0 {
            if errno == EINTR { continue }
            return errno
        }
        written += count
    }
    return 0
}
