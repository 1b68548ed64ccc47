/// How the run ended.
package struct RunEnd: Sendable, Equatable {
    package var exitCode: Int32
    /// Empty where all went well.
    package var reason: String

    package init(exitCode: Int32, reason: String) {
        self.exitCode = exitCode
        self.reason = reason
    }
}
