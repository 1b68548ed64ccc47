import Foundation
import Processes
import Synchronization

/// What a program that stays running is asked, as one line of JSON; what does not concern it is absent.
struct ProgramRequest: Encodable, Sendable {
    /// Counted from 1; the answer repeats it.
    var id = 0
    /// A photo to be described or coded.
    var photo: String?
    /// The most bits its file may have.
    var bits: Int?
    /// The file to be written, or read.
    var file: String?
    /// The picture to be written.
    var picture: String?
}

/// What it answers, as one line of JSON.
struct ProgramAnswer: Decodable, Sendable {
    var id: Int?
    /// One line why it cannot.
    var error: String?
    var caption: String?
}

/// Programs that stay running between questions: each is started at the first, and again at the next after it failed.
///
/// Lines that are no JSON object, or bear another question's number, are left out: what a library prints on the way is
/// no answer. The programs end with the object.
package final class StandingPrograms: Sendable {
    private struct Running {
        var conversation: LineConversation
        var asked = 0
    }
    private let running = Mutex<[[String]: Running]>([:])

    /// In which they work, and those that run once; nil: this process's own.
    let folder: String?

    package init(in folder: String? = nil) { self.folder = folder }

    /// - Parameters:
    ///   - command: program and arguments.
    ///   - limit: seconds until the answer, the program's start included where it is not running.
    /// - Throws: ``ProgramFailure``.
    func ask(_ command: [String], _ request: ProgramRequest, within limit: Double) throws -> ProgramAnswer {
        try running.withLock { running in
            if running[command] == nil {
                do { running[command] = Running(conversation: try LineConversation(command, in: folder)) } catch let
                    error
                    as StartFailure
                { throw ProgramFailure.cannotStart(reason: error.reason) }
            }
            running[command]!.asked += 1
            var request = request
            request.id = running[command]!.asked
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let line: [UInt8]
            do {
                line = try running[command]!.conversation.ask(Array(encoder.encode(request)), within: limit) {
                    Self.answer($0, to: request.id) != nil
                }
            } catch {
                // A late answer would be taken for the next.
                running[command] = nil
                switch error as? LineConversation.Failure {
                case .noAnswer(let words)?: throw ProgramFailure.timeout(seconds: limit, lastWords: words)
                case .ended(let words)?: throw ProgramFailure.silent(lastWords: words)
                case nil: throw error
                }
            }
            guard let answer = Self.answer(line, to: request.id) else { throw ProgramFailure.silent(lastWords: "") }
            if let reason = answer.error { throw ProgramFailure.refused(reason: OneLine.of(reason)) }
            return answer
        }
    }

    /// Whether a program is running, for tests.
    var count: Int { running.withLock { $0.count } }

    private static func answer(_ line: [UInt8], to id: Int) -> ProgramAnswer? {
        guard let answer = try? JSONDecoder().decode(ProgramAnswer.self, from: Data(line)) else { return nil }
        return answer.id == id || answer.id == nil ? answer : nil
    }
}
