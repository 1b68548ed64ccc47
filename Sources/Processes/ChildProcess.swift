import Glibc

/// A program that this one has started, with the other ends of its pipes.
///
/// It has a process group of its own: Ctrl-C reaches this process alone, which then ends its programs in order, and
/// whatever a program starts in turn can be ended with it. Whoever holds a child waits for its end (``end(wait:)``,
/// ``endGroup(grace:)``); an object that goes away closes the pipes and no more.
package final class ChildProcess {
    /// What one of the program's three descriptors leads to.
    package enum Connection: Sendable {
        /// Nothing to read; what is written is gone.
        case nothing
        /// A pipe to this process.
        case pipe
    }

    package let identifier: pid_t
    /// Where its standard input is written; nil where it has none, or none any more.
    package private(set) var input: Descriptor?
    /// Readable, without waiting, when it has written something, and when it has closed its end.
    package let output: Descriptor?
    package let errors: Descriptor?
    private var found: ProcessEnd?

    /// - Parameters:
    ///   - command: the executable and its arguments; a name without a slash is looked up on the PATH.
    ///   - environment: on top of this process's own.
    ///   - folder: its working folder, from which a relative path of the executable is taken, too; nil:
    ///     this process's own.
    ///   - errors: nil: wherever the output goes.
    package init(
        _ command: [String], environment: [String: String] = [:], folder: String? = nil, input: Connection = .nothing,
        output: Connection = .nothing, errors: Connection? = .nothing
    ) throws(StartFailure) {
        // A child that is gone must not take this process with it.
        if input == .pipe { signal(SIGPIPE, SIG_IGN) }
        let inputPipe = input == .pipe ? try Descriptor.pipe() : nil
        let outputPipe = output == .pipe ? try Descriptor.pipe() : nil
        let errorPipe = errors == .pipe ? try Descriptor.pipe() : nil
        outputPipe?.read.neverWait()
        errorPipe?.read.neverWait()
        identifier = try spawn(
            command, environment: environment, folder: folder,
            descriptors: (
                inputPipe?.read.number, outputPipe?.write.number,
                errors == nil ? outputPipe?.write.number : errorPipe?.write.number
            ))
        self.input = inputPipe?.write
        self.output = outputPipe?.read
        self.errors = errorPipe?.read
    }

    /// It reads to the end of what was written, and no further.
    package func closeInput() { input = nil }

    /// Its end, if that has come.
    ///
    /// - Parameter wait: until it comes.
    package func end(wait: Bool = false) -> ProcessEnd? {
        if let found { return found }
        var status: Int32 = 0
        var result: pid_t
        repeat { result = waitpid(identifier, &status, wait ? 0 : WNOHANG) } while result < 0 && errno == EINTR
        guard result == identifier else { return nil }
        found = ProcessEnd(waitStatus: status)
        return found
    }

    /// This process's number.
    package static var ownIdentifier: Int32 { getpid() }

    /// Whether a process of that number, of this user's or another's, is there.
    package static func isRunning(_ identifier: Int32) -> Bool { kill(identifier, 0) == 0 || errno == EPERM }

    /// Nothing happens to one whose end was seen: its number may be another's.
    package func send(_ signal: ProcessSignal) { if found == nil { kill(identifier, signal.rawValue) } }

    /// Ends the program, and with it all that it has left in its group; returns when it has ended.
    ///
    /// - Parameter grace: seconds between asking it (SIGTERM) and ending it (SIGKILL); nil: it is not asked.
    package func endGroup(grace: Double? = nil) {
        if let grace, end() == nil {
            kill(-identifier, SIGTERM)
            let deadline = ContinuousClock.now + .seconds(grace)
            while end() == nil, ContinuousClock.now < deadline { usleep(5_000) }
        }
        kill(-identifier, SIGKILL)
        _ = end(wait: true)
    }
}

/// The signals that a launcher sends.
package enum ProcessSignal: Sendable {
    case kill, stop, proceed

    var rawValue: Int32 {
        switch self {
        case .kill: SIGKILL
        case .stop: SIGSTOP
        case .proceed: SIGCONT
        }
    }
}
