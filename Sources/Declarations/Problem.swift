/// One mistake in a file: where it is, which key, and what was expected there.
package struct Problem: Error, Sendable, Equatable, CustomStringConvertible {
    package var file: String
    /// Counted from 1; `nil` where the value came from `--set` or a key is missing from the whole file.
    package var line: Int?
    /// Dotted path, for instance `links.uplink.bandwidth`; empty for the file as a whole.
    package var key: String
    package var message: String

    package init(file: String, line: Int?, key: String, message: String) {
        self.file = file
        self.line = line
        self.key = key
        self.message = message
    }

    package var description: String {
        let place = line.map { "\(file):\($0)" } ?? file
        let whole = key.isEmpty ? "\(place): \(message)" : "\(place): \(key): \(message)"
        // One line a mistake, whatever the values that it quotes hold.
        return whole.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
