import Datagrams
import Files
import Foundation
import Launching
import Nodes
import Records
import Results
import Runs

/// Whether the machine failed (exit code 1) or an argument or an input is at fault (2).
enum MachineFailure {
    /// What systems say when disk, memory, descriptors or threads have run out, whatever the error's type.
    private static let words = exhaustedReasons

    static func caused(_ error: any Error) -> Bool {
        switch error {
        case is RunFailure, is POSIXError: return true
        case let error as ResultsError where error.isFailure: return true
        case let error as DatagramError where error.isMachineFailure: return true
        case let error as NodeFailure:
            if case .controllerGone = error { return true }
        case let error as AgentFailure: return !error.isMisuse
        default: break
        }
        let text = "\(error)".lowercased()
        return words.contains { text.contains($0) }
    }
}
