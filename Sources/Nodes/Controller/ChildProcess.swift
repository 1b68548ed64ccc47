import Datagrams
import Foundation
import Glibc
import ImagePipeline
import Roles

/// A node's process as its launcher holds it: a pipe to its standard input, which carries the secret and whose end is
/// the child's end, and a pipe from its standard error, whose tail are its last words.
final class ChildProcess {
    let name: String
    let identifier: pid_t
    private let input: Int32
    /// Readable when the child has written something, and when it has ended.
    let output: Int32
    private var tail: [UInt8] = []
    private(set) var exit: ExitReport?
    static let tailLength = 4096

    struct Failure: Error, CustomStringConvertible {
        let what: String
        let cause: SpawnFailure
        var description: String { "\(what): cannot be started: \(cause.reason)" }
        /// Of the program that runs: 1 where the machine failed, 2 where the program named is at fault.
        var exitCode: Int32 { cause.isOfTheMachine ? 1 : 2 }
    }

    /// - Parameters:
    ///   - command: the executable and its arguments; a name without a slash is looked up on the PATH.
    ///   - environment: on top of the launcher's own.
    /// - Throws: `Failure` naming the executable.
    init(name: String, command: [String], environment: [String: String], firstLine: String) throws {
        self.name = name
        // A child that is gone must not take the launcher with it.
        signal(SIGPIPE, SIG_IGN)
        let (inputRead, inputWrite) = try Self.pipe()
        let (outputRead, outputWrite) = try Self.pipe()
        _ = fcntl(outputRead, F_SETFL, O_NONBLOCK)
        let started = spawn(
            command, environment: environment.merging([ProcessLife.launcherVariable: String(getpid())]) { $1 },
            input: inputRead, output: outputWrite, errors: outputWrite)
        close(inputRead)
        close(outputWrite)
        switch started {
        case .success(let identifier): self.identifier = identifier
        case .failure(let failure):
            close(inputWrite)
            close(outputRead)
            throw Failure(what: command[0], cause: failure)
        }
        input = inputWrite
        output = outputRead
        let line = Array((firstLine + "\n").utf8)
        _ = write(input, line, line.count)
    }

    deinit {
        close(input)
        close(output)
    }

    /// Reads what is there. Returns false once the child has closed its end: then ``reap()``.
    func drain() -> Bool {
        var scratch = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(output, &scratch, scratch.count)
            if count > 0 {
                tail += scratch[..<count]
                if tail.count > Self.tailLength { tail.removeFirst(tail.count - Self.tailLength) }
            } else {
                return count < 0 && (errno == EAGAIN || errno == EINTR)
            }
        }
    }

    /// The end of the process, if it has come; `wait` for it where its output is already closed.
    func reap(wait: Bool) -> ExitReport? {
        if let exit { return exit }
        var status: Int32 = 0
        let result = waitpid(identifier, &status, wait ? 0 : WNOHANG)
        guard result == identifier else { return nil }
        _ = drain()
        let signal = status & 0x7f
        exit = ExitReport(
            exitCode: signal == 0 ? (status >> 8) & 0xff : nil, signal: signal == 0 ? nil : signal, lastWords: lastWords
        )
        return exit
    }

    func send(signal: Int32) { if exit == nil { kill(identifier, signal) } }

    /// The last line that says something; Swift's crash traces are reduced to their cause.
    private var lastWords: String {
        let lines = String(decoding: tail, as: UTF8.self).split(separator: "\n").map {
            $0.trimmingCharacters(in: .whitespaces)
        }.filter { !$0.isEmpty }
        let cause = lines.first { $0.contains("Fatal error") } ?? lines.last { $0.hasPrefix("Error:") } ?? lines.last
        return (cause ?? "").replacingOccurrences(of: "Error: ", with: "")
    }

    private static func pipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        guard Glibc.pipe(&ends) == 0 else { throw Failure(what: "a pipe", cause: SpawnFailure(code: errno)) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }
}
