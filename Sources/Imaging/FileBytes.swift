import Files

/// The bytes of a picture's file, at most `limit` of them.
///
/// - Throws: ``ImageFailure/unreadable(path:reason:)``.
func readFile(_ path: String, limit: Int = 256 << 20) throws(ImageFailure) -> [UInt8] {
    do { return try fileBytes(path, limit: limit) } catch { throw .unreadable(path: path, reason: error.cause) }
}

/// Writes a file whole or not at all.
///
/// - Throws: ``ImageFailure/unwritable(path:reason:)``.
func writeFile(_ bytes: [UInt8], to path: String) throws(ImageFailure) {
    do { try WholeFile.write(bytes, to: path) } catch { throw .unwritable(path: path, reason: error.cause) }
}
