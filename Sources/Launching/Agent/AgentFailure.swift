import Wire

/// Why a node that was started by hand plays no part, in one line.
package enum AgentFailure: Error, CustomStringConvertible, Equatable {
    case noAnswer(String, seconds: Double)
    case refused(String, HandshakeRefusal)
    case otherProgram(String, expected: String, found: String)
    case dismissed(String)
    case controllerGone(String, folder: String)

    /// Whether it lies in what the node was given rather than in what happened to it.
    package var isMisuse: Bool {
        switch self {
        case .refused, .otherProgram: true
        case .noAnswer, .dismissed, .controllerGone: false
        }
    }

    package var description: String {
        switch self {
        case .noAnswer(let address, let seconds):
            "\(address): no answer for \(Int(seconds)) s: is 'testbed run' waiting there, and does every "
                + "firewall between pass UDP to that port?"
        case .refused(let address, let refusal): "\(address): \(refusal)"
        case .otherProgram(let name, let expected, let found):
            "'\(name)' is no part for \(found): start it with \(expected)"
        case .dismissed(let reason): reason
        case .controllerGone(let reason, let folder):
            "the controller is gone: \(reason); what was recorded is in \(folder)"
        }
    }
}
