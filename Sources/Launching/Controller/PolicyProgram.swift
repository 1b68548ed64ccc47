import Adaptation
import Declarations
import Foundation
import Processes
import Topologies

/// A policy of the researcher's own: a program that reads questions and writes answers, one JSON line each.
///
/// It is started once and asked once an image. An answer that does not come in time, or makes no sense, is an error:
/// an experiment must not silently run on another policy than it states.
package final class PolicyProgram {
    package enum Failure: Error, Equatable, CustomStringConvertible {
        case cannotStart(String, reason: String)
        /// With the end of what it wrote to standard error, as everywhere below.
        case noAnswer(String, seconds: Double, lastWords: String)
        case ended(String, lastWords: String)
        case senseless(String, line: String)

        package var description: String {
            switch self {
            case .cannotStart(let command, let reason): "policy '\(command)': cannot be started: \(reason)"
            case .noAnswer(let command, let seconds, let words):
                "policy '\(command)': no answer within \(Dimension.duration.text(seconds))\(Self.quoted(words))"
            case .ended(let command, let words): "policy '\(command)': ended instead of answering\(Self.quoted(words))"
            case .senseless(let command, let line):
                "policy '\(command)': answered '\(line.prefix(120))', expected {\"alpha\": 0…1, \"rate\": 1…}"
            }
        }

        private static func quoted(_ words: String) -> String { words.isEmpty ? "" : ": \(words)" }
    }

    private let conversation: LineConversation
    private let name: String
    private let patience: Double
    package private(set) var asked = 0
    /// Whether it asked to hear what becomes of its images.
    package private(set) var wantsOutcomes = false
    /// Whether the program repeats the questions' numbers; one that has done so once is held to it.
    private var repeatsNumbers = false

    /// - Parameters:
    ///   - command: program and arguments; the program is looked for on the PATH.
    ///   - folder: its working folder; nil: this process's own.
    ///   - patience: seconds an answer may take.
    /// - Throws: `Failure.cannotStart`.
    package init(command: [String], folder: String? = nil, patience: Double = 2) throws {
        name = command.joined(separator: " ")
        self.patience = patience
        do { conversation = try LineConversation(command, in: folder) } catch {
            throw Failure.cannotStart(name, reason: error.reason)
        }
    }

    var processIdentifier: Int32 { conversation.processIdentifier }

    /// Lines that answered nothing: they came before a question was put, or bear another's number.
    package var strayLines: Int { conversation.strayLines }

    /// - Throws: `Failure`; the program is then not to be asked again, since a late answer would be taken for the next.
    package func decide(_ situation: Situation, alphaMax: Float = 0.8) throws -> Decision {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        asked += 1
        let question = Array(try encoder.encode(PolicyQuestion(situation, alphaMax: alphaMax, id: asked)))
        let answer: [UInt8]
        do { answer = try conversation.ask(question, within: patience, isAnswer: answersThis) } catch {
            switch error {
            case .noAnswer(let words): throw Failure.noAnswer(name, seconds: patience, lastWords: words)
            case .ended(let words): throw Failure.ended(name, lastWords: words)
            }
        }
        guard let parsed = try? JSONDecoder().decode(PolicyAnswer.self, from: Data(answer)),
            let decision = parsed.decision(for: situation)
        else {
            throw Failure.senseless(name, line: String(decoding: answer, as: UTF8.self))
        }
        if let outcomes = parsed.outcomes { wantsOutcomes = outcomes }
        return decision
    }

    /// Tells what became of an image, to a program that asked for it; waits for nothing.
    package func tell(_ outcome: PolicyOutcome) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        guard wantsOutcomes, let line = try? encoder.encode(PolicyOutcomeLine(outcome)) else { return }
        conversation.tell(Array(line))
    }

    /// Closes its input and gives one that learns the time to take in the last outcomes and write down what it learnt.
    package func finish() {
        if wantsOutcomes { conversation.finish(within: patience) }
    }

    /// Whether a line is meant for the question that was put last.
    private func answersThis(_ line: [UInt8]) -> Bool {
        struct Number: Decodable { var id: Int? }
        guard let id = (try? JSONDecoder().decode(Number.self, from: Data(line)))?.id else { return !repeatsNumbers }
        repeatsNumbers = true
        return id == asked
    }
}
