/// How a process ended: by itself with a code, or by a signal.
package enum ProcessEnd: Sendable, Equatable {
    case exit(Int32)
    case signal(Int32)

    /// - Parameter status: as `waitpid` gives it.
    init(waitStatus status: Int32) {
        let signal = status & 0x7f
        self = signal == 0 ? .exit((status >> 8) & 0xff) : .signal(signal)
    }

    /// What a shell would report: 128 and its number for a signal.
    package var shellCode: Int32 {
        switch self {
        case .exit(let code): code
        case .signal(let signal): 128 + signal
        }
    }
}
