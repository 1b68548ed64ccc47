import Adaptation

/// What became of a question to an external policy.
package enum PolicyReply: Sendable, Equatable {
    case decision(Decision)
    /// One line that names the program, with its last words.
    case failure(String)
}
