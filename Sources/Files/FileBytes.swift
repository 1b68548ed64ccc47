import Glibc

/// The bytes of a file or pipe, read until it ends; a pipe has no size beforehand.
///
/// - Parameters:
///   - plainOnly: refuses what is no plain file (a pipe nobody writes to would never end).
/// - Throws: ``FileFailure/unreadable(path:reason:)``.
package func fileBytes(_ path: String, limit: Int = 256 << 20, plainOnly: Bool = false) throws(FileFailure) -> [UInt8] {
    func fail(_ reason: String) -> FileFailure { .unreadable(path: path, reason: reason) }
    // Without waiting: a pipe that nobody has opened for writing would hold up even the look at what it is.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | (plainOnly ? O_NONBLOCK : 0))
    guard descriptor >= 0 else { throw fail(systemReason(errno)) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw fail(systemReason(errno)) }
    let kind = status.st_mode & S_IFMT
    guard kind != S_IFDIR else { throw fail("it is a folder") }
    guard !plainOnly || kind == S_IFREG else { throw fail("it is no plain file") }
    var bytes: [UInt8] = []
    if kind == S_IFREG { bytes.reserveCapacity(min(limit, Int(status.st_size)) + 1) }
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = read(descriptor, &piece, piece.count)
        if count < 0 {
            if errno == EINTR { continue }
            throw fail(systemReason(errno))
        }
        guard count > 0 else { return bytes }
        guard bytes.count + count <= limit else { throw fail("more than \(limit >> 20) MiB") }
        bytes.append(contentsOf: piece[..<count])
    }
}

/// The system's word for an error, in lower case.
package func systemReason(_ number: Int32) -> String {
    number == ENOENT ? "no such file or folder" : String(cString: strerror(number)).lowercased()
}

/// The system's words, in lower case, for having run out of something: disk, memory, descriptors or threads.
package let exhaustedReasons = [ENOSPC, EDQUOT, EIO, ENOMEM, EMFILE, ENFILE, EAGAIN, ENOBUFS].map(systemReason)

/// Whether a path leads to a plain file, links followed.
package func isPlainFile(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
}
