/// Files that stand whole under their name, or not at all.
package enum WholeFile {
    /// Writes beside the place and renames: a full disk or an interruption leaves what was there before. What is no
    /// plain file (a pipe, `/dev/stdout`) is written to directly.
    ///
    /// - Throws: ``FileFailure/unwritable(path:reason:)``; nothing half written stays behind.
    package static func write(_ bytes: [UInt8], to path: String) throws(FileFailure) {
        let file = try NewFile(path)
        try file.append(bytes)
        try file.finish()
    }
}
