import ArgumentParser
import Datagrams
import Declarations
import Files
import Foundation
import Neural
import Records
import Runs

/// How every executable of the testbed begins and ends: errors of one line on standard error, and exit codes
/// 0 (done), 1 (failed), 2 (misused: an argument or an input is at fault).
public enum Entry {
    public static func run<Command: ParsableCommand>(_ command: Command.Type) -> Never {
        StandardStream.prepare()
        if let complaint = ComputeKernels.complaint { fail(complaint) }
        if let stranger = unknownCommand(of: Command.self) { fail(stranger) }
        do {
            var parsed = try Command.parseAsRoot()
            try parsed.run()
            end(0)
        } catch let code as ExitCode {
            end(code.rawValue)
        } catch {
            // Help and version are no errors.
            if Command.exitCode(for: error) == .success {
                print(Command.fullMessage(for: error))
                end(0)
            }
            let isUsage = "\(type(of: error))".contains("CommandError") || error is ValidationError
            let message =
                isUsage
                ? Command.message(for: error).split(separator: "\n").joined(separator: " ") + " (see --help)"
                : "\(error)"
            fail(message, code: !isUsage && MachineFailure.caused(error) ? 1 : 2)
        }
    }

    /// What is wrong with the first word where a program has commands and it is none: the library counts words alone.
    private static func unknownCommand<Command: ParsableCommand>(of root: Command.Type) -> String? {
        let names = root.configuration.subcommands.map { $0._commandName } + ["help"]
        guard names.count > 1, let word = CommandLine.arguments.dropFirst().first, !word.hasPrefix("-"),
            !names.contains(word)
        else { return nil }
        return "no command is called '\(word.shown())'\(nearestHint(to: word, among: names)) (see --help)"
    }

    /// Ends with the code, or with 1 where all went well but the result could not be printed.
    static func end(_ code: Int32) -> Never {
        guard code == 0, let failure = StandardStream.outputFailure else { ProcessLife.end(code) }
        if !failure.isClosedPipe { complain("\(program): standard output: cannot be written: \(failure.reason)") }
        ProcessLife.end(1)
    }

    /// Ends with one line.
    static func fail(_ message: String, code: Int32 = 2) -> Never {
        complain("\(program): \(message)")
        ProcessLife.end(code)
    }

    private static var program: String {
        (CommandLine.arguments.first.map { ($0 as NSString).lastPathComponent }) ?? "testbed"
    }
}
