import Processes
import Topologies

/// An external program that describes photos: it gets the photo's path as its last argument and prints a caption.
///
/// One call a photo, each in a process group of its own, so that nothing of it outlives its time.
package struct Captioner: Sendable, Equatable {
    package enum Failure: Error, Equatable, CustomStringConvertible {
        case cannotStart(String, reason: String)
        case timeout(String, seconds: Double)
        case ended(String, code: Int32, lastWords: String)
        case senseless(String, reason: String)

        package var description: String {
            switch self {
            case .cannotStart(let command, let reason): "captioner '\(command)': cannot be started: \(reason)"
            case .timeout(let command, let seconds): "captioner '\(command)': no caption within \(seconds) s"
            case .ended(let command, let code, let words):
                "captioner '\(command)': ended with \(code)\(words.isEmpty ? "" : ": \(words)")"
            case .senseless(let command, let reason): "captioner '\(command)': \(reason)"
            }
        }
    }

    package let settings: CaptionerSettings
    private var command: String { settings.command }
    private var patience: Double { settings.patience }
    /// The most bytes it may print, and the most characters a caption keeps: a prompt is paid for in bits.
    static let mostBytes = 1 << 16, mostCharacters = 300

    package init(_ settings: CaptionerSettings) { self.settings = settings }

    /// The first line it prints that is not empty, white space runs made single.
    ///
    /// - Throws: ``Failure``, one line.
    package func caption(of photo: String) throws -> String {
        let run: ProgramRun
        do {
            run = try ProgramRun(
                ["/bin/sh", "-c", command + " \"$1\"", "captioner", photo], within: patience, mostOutput: Self.mostBytes
            )
        } catch {
            switch error {
            case .cannotStart(let failure): throw Failure.cannotStart(command, reason: failure.reason)
            case .timeout: throw Failure.timeout(command, seconds: patience)
            case .tooMuchOutput: throw Failure.senseless(command, reason: "printed more than \(Self.mostBytes) bytes")
            }
        }
        guard run.end == .exit(0) else {
            throw Failure.ended(
                command, code: run.end.shellCode, lastWords: String((run.errors.lines.last ?? "").prefix(200)))
        }
        return try Self.sentence(run.output, command)
    }

    /// The caption in what was printed.
    package static func sentence(_ bytes: [UInt8], _ command: String) throws -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure.senseless(command, reason: "printed no UTF-8")
        }
        let lines = text.split(whereSeparator: \.isNewline).map {
            $0.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }
        guard let line = lines.first(where: { !$0.isEmpty }) else {
            throw Failure.senseless(command, reason: "printed no caption")
        }
        guard !line.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) else {
            throw Failure.senseless(command, reason: "printed control characters")
        }
        return String(line.prefix(mostCharacters))
    }
}
