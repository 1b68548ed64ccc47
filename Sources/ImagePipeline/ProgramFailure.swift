import Processes

/// Why a program that works on one image gave nothing; one line that does not name it yet.
enum ProgramFailure: Error, Equatable, CustomStringConvertible {
    case cannotStart(reason: String)
    case timeout(seconds: Double, lastWords: String = "")
    case ended(code: Int32, lastWords: String)
    /// It ended, or closed its output, instead of answering.
    case silent(lastWords: String)
    /// It said so itself.
    case refused(reason: String)
    case senseless(reason: String)

    var description: String {
        func quoted(_ words: String) -> String { words.isEmpty ? "" : ": \(words)" }
        return switch self {
        case .cannotStart(let reason): "cannot be started: \(reason)"
        case .timeout(let seconds, let words): "not done within \(seconds) s\(quoted(words))"
        case .ended(let code, let words): "ended with \(code)\(quoted(words))"
        case .silent(let words): "ended instead of answering\(quoted(words))"
        case .refused(let reason), .senseless(let reason): reason
        }
    }

    /// Runs a program to its end.
    ///
    /// - Returns: what it printed.
    /// - Throws: itself.
    static func run(
        _ command: [String], in folder: String?, within limit: Double, mostOutput: Int
    ) throws(ProgramFailure) -> [UInt8] {
        let run: ProgramRun
        do { run = try ProgramRun(command, in: folder, within: limit, mostOutput: mostOutput) } catch {
            switch error {
            case .cannotStart(let failure): throw .cannotStart(reason: failure.reason)
            case .timeout: throw .timeout(seconds: limit)
            case .tooMuchOutput: throw .senseless(reason: "printed more than \(mostOutput) bytes")
            }
        }
        guard run.end == .exit(0) else {
            throw .ended(code: run.end.shellCode, lastWords: OneLine.of(run.errors.lines.last ?? ""))
        }
        return run.output
    }
}

/// What a program said, fit for one line of a record.
enum OneLine {
    static func of(_ words: String) -> String {
        let line = words.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return String(
            String.UnicodeScalarView(line.unicodeScalars.filter { $0.value >= 32 && $0.value != 127 }).prefix(200))
    }
}
