import Glibc

/// A program that has run to its end, and what it wrote.
package struct ProgramRun: Sendable {
    package enum Failure: Error, Equatable {
        case cannotStart(StartFailure)
        case timeout
        case tooMuchOutput
    }

    package let end: ProcessEnd
    package let output: [UInt8]
    package let errors: OutputTail

    /// Runs a program with an empty input until it has ended itself and what it wrote is read: a child of its own that
    /// keeps the pipe open holds nothing up, and ends with it.
    ///
    /// - Parameters:
    ///   - folder: its working folder; nil: this process's own.
    ///   - limit: seconds it may take.
    ///   - mostOutput: bytes it may write to standard output.
    /// - Throws: ``Failure``; nothing of it is then left running.
    package init(
        _ command: [String], in folder: String? = nil, within limit: Double, mostOutput: Int
    ) throws(Failure) {
        let child: ChildProcess
        do { child = try ChildProcess(command, folder: folder, output: .pipe, errors: .pipe) } catch {
            throw .cannotStart(error)
        }
        defer { child.endGroup() }
        let deadline = ContinuousClock.now + .seconds(limit)
        var (output, errors): ([UInt8], OutputTail) = ([], OutputTail())
        while true {
            // Asked before reading: what it wrote before its end is there now.
            let end = child.end()
            _ = child.output?.drain { output += $0 }
            _ = child.errors?.drain { errors.append($0) }
            guard output.count <= mostOutput else { throw .tooMuchOutput }
            if let end {
                (self.end, self.output, self.errors) = (end, output, errors)
                return
            }
            guard ContinuousClock.now < deadline else { throw .timeout }
            var polls = [child.output, child.errors].compactMap { $0 }.map {
                pollfd(fd: $0.number, events: Int16(POLLIN), revents: 0)
            }
            // Short: the end of the program itself makes no descriptor ready while a child of it holds the pipe.
            if poll(&polls, nfds_t(polls.count), 20) > 0, polls.allSatisfy({ $0.revents & Int16(POLLIN) == 0 }) {
                usleep(5_000)
            }
        }
    }
}
