import Foundation

/// The bytes of a file, at most `limit` of them.
///
/// - Throws: ``ImageFailure/unreadable(path:reason:)``.
func readFile(_ path: String, limit: Int = 256 << 20) throws(ImageFailure) -> [UInt8] {
    guard let file = fopen(path, "rb") else { throw .unreadable(path: path, reason: reason(errno)) }
    defer { fclose(file) }
    var status = stat()
    guard fstat(fileno(file), &status) == 0 else { throw .unreadable(path: path, reason: reason(errno)) }
    guard status.st_mode & S_IFMT != S_IFDIR else { throw .unreadable(path: path, reason: "it is a folder") }
    // Pipes have no size beforehand, so the file is read until it ends rather than by its size.
    var bytes: [UInt8] = []
    bytes.reserveCapacity(min(limit, Int(status.st_size) + 1))
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = fread(&piece, 1, piece.count, file)
        guard count > 0 else { break }
        guard bytes.count + count <= limit else { throw .unreadable(path: path, reason: "more than \(limit >> 20) MiB") }
        bytes.append(contentsOf: piece[..<count])
    }
    guard ferror(file) == 0 else { throw .unreadable(path: path, reason: reason(errno)) }
    return bytes
}

/// - Throws: ``ImageFailure/unwritable(path:reason:)``.
func writeFile(_ bytes: [UInt8], to path: String) throws(ImageFailure) {
    guard let file = fopen(path, "wb") else { throw .unwritable(path: path, reason: reason(errno)) }
    let written = fwrite(bytes, 1, bytes.count, file)
    let problem = errno
    guard fclose(file) == 0, written == bytes.count else { throw .unwritable(path: path, reason: reason(problem)) }
}

private func reason(_ number: Int32) -> String {
    number == ENOENT ? "no such file or folder" : String(cString: strerror(number)).lowercased()
}
