import ArgumentParser
import Files
import Foundation
import Testbed

/// How every executable of the testbed begins and ends: errors of one line on standard error, and exit codes
/// 0 (done), 1 (failed), 2 (misused: an argument or an input is at fault).
public enum Entry {
    public static func run<Command: ParsableCommand>(_ command: Command.Type) -> Never {
        do {
            var parsed = try Command.parseAsRoot()
            try parsed.run()
            exit(0)
        } catch let code as ExitCode {
            exit(code.rawValue)
        } catch let error as ResultsError where error.isFailure {
            fail("\(error)", code: 1)
        } catch let error as RunFailure {
            fail("\(error)", code: 1)
        } catch {
            // Help and version are no errors.
            if Command.exitCode(for: error) == .success { Command.exit(withError: error) }
            let isUsage = "\(type(of: error))".contains("CommandError") || error is ValidationError
            fail(isUsage ? Command.message(for: error).split(separator: "\n").joined(separator: " ") + " (see --help)" : "\(error)")
        }
    }

    /// Ends with one line.
    static func fail(_ message: String, code: Int32 = 2) -> Never {
        let program = (CommandLine.arguments.first.map { ($0 as NSString).lastPathComponent }) ?? "testbed"
        FileHandle.standardError.write(Data("\(program): \(message.shown())\n".utf8))
        exit(code)
    }
}
