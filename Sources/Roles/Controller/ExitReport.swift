/// How a process ended.
package struct ExitReport: Sendable, Equatable {
    package var exitCode: Int32?
    package var signal: Int32?
    /// End of what it wrote to standard error.
    package var lastWords: String

    package init(exitCode: Int32? = nil, signal: Int32? = nil, lastWords: String = "") {
        self.exitCode = exitCode
        self.signal = signal
        self.lastWords = lastWords
    }

    /// For a person: `exit code 3`, `killed by signal 9`.
    package var summary: String { signal.map { "killed by signal \($0)" } ?? "exit code \(exitCode ?? -1)" }
    package var isClean: Bool { signal == nil && exitCode == 0 }
}
