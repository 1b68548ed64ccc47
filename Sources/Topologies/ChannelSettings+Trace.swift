import Files

extension ChannelSettings {
    /// The text of the trace file, for the channel's role, which opens no files; nil where there is none.
    ///
    /// - Throws: `FileFailure` naming the file that is missing, or is no text.
    package func readTrace() throws -> String? { try trace.map { try TextFile.read($0) } }
}
