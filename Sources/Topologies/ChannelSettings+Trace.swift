import Foundation

extension ChannelSettings {
    /// The text of the trace file, for the channel's role, which opens no files; nil where there is none, or it is no text.
    package func readTrace() -> String? { trace.flatMap { try? String(contentsOfFile: $0, encoding: .utf8) } }
}
