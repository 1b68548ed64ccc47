import Glibc

/// Why a program could not be started.
package struct StartFailure: Error, Equatable, CustomStringConvertible {
    package let program: String
    /// The system's number.
    package let code: Int32

    package var reason: String { String(cString: strerror(code)) }
    /// The system has no room for another process; the program itself may be in order.
    package var isOfTheMachine: Bool { [EAGAIN, ENOMEM, EMFILE, ENFILE].contains(code) }
    package var description: String { "\(program): cannot be started: \(reason)" }
}
