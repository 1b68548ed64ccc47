import Glibc

/// A program that is asked by lines on its standard input and answers by lines on its output, one at a time.
///
/// Neither one that does not read, nor one that complains at length on standard error, holds anyone up beyond its time.
/// The program ends with the object, and with it what it has started.
package final class LineConversation {
    /// With the last line that the program wrote to standard error.
    package enum Failure: Error, Equatable {
        case noAnswer(lastWords: String)
        case ended(lastWords: String)
    }

    private let child: ChildProcess
    private var received: [UInt8] = []
    /// Of what was received, the bytes that made lines already.
    private var taken = 0
    /// A longer line is no answer; what there is of it stands for it.
    private static let longestLine = 1 << 16
    private var complaints = OutputTail()
    /// What was told and did not fit into the pipe yet; it goes before the next question.
    private var untold: [UInt8] = []
    /// Lines that answered nothing: they came before a question was put, or were not taken for its answer.
    package private(set) var strayLines = 0

    /// - Parameters:
    ///   - command: program and arguments; the program is looked for on the PATH.
    ///   - folder: its working folder; nil: this process's own.
    package init(_ command: [String], in folder: String? = nil) throws(StartFailure) {
        child = try ChildProcess(command, folder: folder, input: .pipe, output: .pipe, errors: .pipe)
        child.input?.neverWait()
    }

    deinit {
        child.closeInput()
        child.endGroup()
    }

    package var processIdentifier: Int32 { child.identifier }

    /// Writes a line and reads one.
    ///
    /// - Parameters:
    ///   - question: without the end of the line.
    ///   - limit: seconds the answer may take.
    ///   - isAnswer: whether a line answers this question; others are counted and left out.
    /// - Throws: ``Failure``; the program is then not to be asked again,
    ///   since a late answer would be taken for the next.
    package func ask(
        _ question: [UInt8], within limit: Double, isAnswer: ([UInt8]) -> Bool
    ) throws(Failure) -> [UInt8] {
        let question = untold + question + [UInt8(ascii: "\n")]
        discardUnasked()
        let deadline = ContinuousClock.now + .seconds(limit)
        var written = 0
        while true {
            while let line = nextLine() {
                if written == question.count, isAnswer(line) {
                    untold = []
                    return line
                }
                strayLines += 1
            }
            let left = deadline - ContinuousClock.now
            guard left > .zero else { throw .noAnswer(lastWords: lastWords()) }
            let ready = wait(
                forRoom: written < question.count, milliseconds: Int32(min(left / .milliseconds(1), 1000)) + 1)
            if ready.room {
                guard let count = child.input?.write(question[written...]) else { throw .ended(lastWords: lastWords()) }
                written += count
            }
            if ready.errors { hearComplaints() }
            if ready.output, !takeOutput(), !received[taken...].contains(UInt8(ascii: "\n")) {
                throw .ended(lastWords: lastWords())
            }
        }
    }

    /// Writes a line that asks nothing; waits for nothing.
    package func tell(_ line: [UInt8]) {
        untold += line + [UInt8(ascii: "\n")]
        writeUntold()
    }

    private func writeUntold() {
        while !untold.isEmpty, let count = child.input?.write(untold[...]), count > 0 { untold.removeFirst(count) }
    }

    /// Closes its input once everything is told, and gives it the time to end by itself;
    /// what it says meanwhile is left out.
    ///
    /// - Parameter limit: seconds.
    package func finish(within limit: Double) {
        let deadline = ContinuousClock.now + .seconds(limit)
        while child.end() == nil, ContinuousClock.now < deadline {
            writeUntold()
            if untold.isEmpty { child.closeInput() }
            discardUnasked()
            hearComplaints()
            usleep(2_000)
        }
    }

    /// What lies in the pipe before a question is put is the answer to none; without this it would answer the next one.
    private func discardUnasked() {
        _ = takeOutput()
        while nextLine() != nil { strayLines += 1 }
        if !received.isEmpty { strayLines += 1 }
        (received, taken) = ([], 0)
    }

    private func nextLine() -> [UInt8]? {
        if let end = received[taken...].firstIndex(of: UInt8(ascii: "\n")) {
            defer { taken = end + 1 }
            return Array(received[taken..<end])
        }
        received.removeFirst(taken)
        taken = 0
        guard received.count > Self.longestLine else { return nil }
        defer { received = [] }
        return received
    }

    /// - Returns: false at the end of the stream.
    private func takeOutput() -> Bool {
        child.output?.drain { received += $0 } ?? false
    }

    private func hearComplaints() {
        _ = child.errors?.drain { complaints.append($0) }
    }

    private func wait(forRoom: Bool, milliseconds: Int32) -> (output: Bool, errors: Bool, room: Bool) {
        func look(at descriptor: Descriptor?, _ events: Int32) -> pollfd {
            // A negative number is left out.
            pollfd(fd: descriptor?.number ?? -1, events: Int16(events), revents: 0)
        }
        var polls = [
            look(at: child.output, POLLIN), look(at: child.errors, POLLIN),
            look(at: forRoom ? child.input : nil, POLLOUT),
        ]
        guard poll(&polls, nfds_t(polls.count), milliseconds) > 0 else { return (false, false, false) }
        return (polls[0].revents != 0, polls[1].revents != 0, polls[2].revents != 0)
    }

    /// The last line on standard error that says something.
    private func lastWords() -> String {
        // One that has just ended may have its words still in the pipe.
        var ended = pollfd(fd: child.errors?.number ?? -1, events: Int16(POLLIN), revents: 0)
        _ = poll(&ended, 1, 50)
        hearComplaints()
        return complaints.lines.last ?? ""
    }
}
