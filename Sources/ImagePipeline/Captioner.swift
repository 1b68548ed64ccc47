import Topologies

/// An external program that describes photos: it gets the photo's path as its last argument and prints a caption.
///
/// One call a photo, each in a process group of its own, so that nothing of it outlives its time; or a line of JSON a
/// photo to one that stays running.
package struct Captioner: Sendable {
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
    private let programs: StandingPrograms
    private var command: String { settings.command }
    private var patience: Double { settings.patience }
    /// The most bytes it may print, and the most characters a caption keeps: a prompt is paid for in bits.
    static let mostBytes = 1 << 16, mostCharacters = 300

    /// - Parameter programs: where one that stays running is kept.
    package init(_ settings: CaptionerSettings, programs: StandingPrograms = StandingPrograms()) {
        self.settings = settings
        self.programs = programs
    }

    /// The first line it prints that is not empty, or the caption it answers, white space runs made single.
    ///
    /// - Throws: ``Failure``, one line.
    package func caption(of photo: String) throws -> String {
        do {
            guard settings.isPersistent else {
                let printed = try ProgramFailure.run(
                    ["/bin/sh", "-c", command + " \"$1\"", "captioner", photo], in: programs.folder, within: patience,
                    mostOutput: Self.mostBytes)
                return try Self.sentence(printed, command)
            }
            let answer = try programs.ask(
                ["/bin/sh", "-c", command], ProgramRequest(photo: photo), within: patience)
            return try Self.sentence(Array((answer.caption ?? "").utf8), command)
        } catch let failure as ProgramFailure {
            switch failure {
            case .cannotStart(let reason): throw Failure.cannotStart(command, reason: reason)
            case .timeout(let seconds, _): throw Failure.timeout(command, seconds: seconds)
            case .ended(let code, let words): throw Failure.ended(command, code: code, lastWords: words)
            case .silent, .refused, .senseless: throw Failure.senseless(command, reason: failure.description)
            }
        }
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
