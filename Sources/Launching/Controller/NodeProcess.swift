import Datagrams
import Foundation
import Processes
import Roles

/// A node's process as its launcher holds it: a pipe to its standard input, which carries the secret and whose end is
/// the child's end, and a pipe from its output and its errors, whose tail are its last words.
final class NodeProcess {
    private let child: ChildProcess
    private var tail = OutputTail()
    private var report: ExitReport?

    /// - Parameters:
    ///   - command: the executable and its arguments; a name without a slash is looked up on the PATH.
    ///   - environment: on top of the launcher's own.
    ///   - firstLine: what it finds on its standard input.
    init(command: [String], environment: [String: String], firstLine: String) throws(StartFailure) {
        let launcher = [ProcessLife.launcherVariable: String(ProcessLife.identifier)]
        child = try ChildProcess(
            command, environment: environment.merging(launcher) { $1 }, input: .pipe, output: .pipe, errors: nil)
        _ = child.input?.write(Array((firstLine + "\n").utf8)[...])
    }

    var identifier: Int32 { child.identifier }

    /// Readable when the child has written something, and when it has ended.
    var output: Int32 { child.output?.number ?? -1 }

    /// Reads what is there. Returns false once the child has closed its end: then ``reap(wait:)``.
    func drain() -> Bool { child.output?.drain { tail.append($0) } ?? false }

    /// The end of the process, if it has come; `wait` for it where its output is already closed.
    func reap(wait: Bool) -> ExitReport? {
        if let report { return report }
        guard let end = child.end(wait: wait) else { return nil }
        _ = drain()
        report =
            switch end {
            case .exit(let code): ExitReport(exitCode: code, signal: nil, lastWords: lastWords)
            case .signal(let signal): ExitReport(exitCode: nil, signal: signal, lastWords: lastWords)
            }
        return report
    }

    func send(_ signal: ProcessSignal) { child.send(signal) }

    /// The last line that says something; Swift's crash traces are reduced to their cause.
    private var lastWords: String {
        let lines = tail.lines
        let cause = lines.first { $0.contains("Fatal error") } ?? lines.last { $0.hasPrefix("Error:") } ?? lines.last
        return (cause ?? "").replacingOccurrences(of: "Error: ", with: "")
    }
}

extension StartFailure {
    /// Of the program that runs: 1 where the machine failed, 2 where the program named is at fault.
    var exitCode: Int32 { isOfTheMachine ? 1 : 2 }
}
