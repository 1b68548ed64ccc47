/// One mistake in a topology file: where it is, which key, and what was expected there.
public struct Problem: Sendable, Equatable, CustomStringConvertible {
    public var file: String
    /// Counted from 1; `nil` where the value came from `--set` or a key is missing from the whole file.
    public var line: Int?
    /// Dotted path, for instance `links.uplink.bandwidth`; empty for the file as a whole.
    public var key: String
    public var message: String

    public init(file: String, line: Int?, key: String, message: String) {
        self.file = file
        self.line = line
        self.key = key
        self.message = message
    }

    public var description: String {
        let place = line.map { "\(file):\($0)" } ?? file
        let whole = key.isEmpty ? "\(place): \(message)" : "\(place): \(key): \(message)"
        // One line a mistake, whatever the values that it quotes hold.
        return whole.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}

/// All the mistakes of one topology file.
public struct TopologyError: Error, CustomStringConvertible, Sendable {
    public var problems: [Problem]
    public init(_ problems: [Problem]) { self.problems = problems }
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
