import Adaptation
import Foundation
import Glibc
import Records
import Roles
import Topologies

/// A policy of the researcher's own: a program that reads questions and writes answers, one JSON line each.
///
/// It is started once and asked once an image. An answer that does not come in time, or makes no sense, is an error:
/// an experiment must not silently run on another policy than it states.
package final class PolicyProgram {
    package enum Failure: Error, Equatable, CustomStringConvertible {
        case cannotStart(String)
        /// With the end of what it wrote to standard error, as everywhere below.
        case noAnswer(String, seconds: Double, lastWords: String)
        case ended(String, lastWords: String)
        case senseless(String, line: String)

        package var description: String {
            switch self {
            case .cannotStart(let command): "policy '\(command)': cannot be started"
            case .noAnswer(let command, let seconds, let words):
                "policy '\(command)': no answer within \(Dimension.duration.text(seconds))\(Self.quoted(words))"
            case .ended(let command, let words): "policy '\(command)': ended instead of answering\(Self.quoted(words))"
            case .senseless(let command, let line):
                "policy '\(command)': answered '\(line.prefix(120))', expected {\"alpha\": 0…1, \"rate\": 1…}"
            }
        }

        private static func quoted(_ words: String) -> String { words.isEmpty ? "" : ": \(words)" }
    }

    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private let complaints = Pipe()
    private let name: String
    private let patience: Double
    private var received: [UInt8] = []
    package private(set) var asked = 0
    /// Whether it asked to hear what becomes of its images.
    package private(set) var wantsOutcomes = false
    /// Outcomes that did not fit into the pipe yet; they go before the next question.
    private var untold: [UInt8] = []
    /// Whether the program repeats the questions' numbers; one that has done so once is held to it.
    private var repeatsNumbers = false
    /// Lines that answered nothing: they came before a question was put, or bear another's number.
    package private(set) var strayLines = 0
    private var words: [UInt8] = []

    /// - Parameters:
    ///   - command: program and arguments; the program is looked for on the PATH.
    ///   - patience: seconds an answer may take.
    /// - Throws: `Failure.cannotStart`.
    package init(command: [String], patience: Double = 2) throws {
        name = command.joined(separator: " ")
        self.patience = patience
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.standardInput = input
        process.standardOutput = output
        process.standardError = complaints
        // A program that is gone must be an error here, not a signal that ends the controller.
        signal(SIGPIPE, SIG_IGN)
        do { try process.run() } catch { throw Failure.cannotStart(name) }
        for pipe in [input.fileHandleForWriting, output.fileHandleForReading, complaints.fileHandleForReading] {
            _ = fcntl(pipe.fileDescriptor, F_SETFL, O_NONBLOCK)
        }
    }

    var processIdentifier: Int32 { process.processIdentifier }

    deinit {
        try? input.fileHandleForWriting.close()
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    /// - Throws: `Failure`; the program is then not to be asked again, since a late answer would be taken for the next.
    package func decide(_ situation: Situation, alphaMax: Float = 0.8) throws -> Decision {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        asked += 1
        let question =
            Array(try encoder.encode(PolicyQuestion(situation, alphaMax: alphaMax, id: asked))) + [UInt8(ascii: "\n")]
        discardUnasked()
        let answer = try exchange(untold + question)
        untold = []
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
        untold += Array(line) + [UInt8(ascii: "\n")]
        writeUntold()
    }

    private func writeUntold() {
        let descriptor = input.fileHandleForWriting.fileDescriptor
        while !untold.isEmpty {
            let count = untold.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            untold.removeFirst(count)
        }
    }

    /// Closes its input and gives one that learns the time to take in the last outcomes and write down what it learnt.
    package func finish() {
        guard wantsOutcomes, process.isRunning else { return }
        let deadline = Date.now.addingTimeInterval(patience)
        while !untold.isEmpty, process.isRunning, Date.now < deadline {
            writeUntold()
            usleep(2000)
        }
        try? input.fileHandleForWriting.close()
        while process.isRunning, Date.now < deadline {
            discardUnasked()
            _ = Self.drain(complaints.fileHandleForReading.fileDescriptor, into: &words)
            usleep(2000)
        }
    }

    /// What lies in the pipe before a question is put is the answer to none; without this it would answer the next photo.
    private func discardUnasked() {
        _ = Self.drain(output.fileHandleForReading.fileDescriptor, into: &received)
        strayLines +=
            received.count { $0 == UInt8(ascii: "\n") }
            + (received.isEmpty || received.last == UInt8(ascii: "\n") ? 0 : 1)
        received = []
    }

    /// Whether a line is meant for the question that was put last.
    private func answersThis(_ line: [UInt8]) -> Bool {
        struct Number: Decodable { var id: Int? }
        guard let id = (try? JSONDecoder().decode(Number.self, from: Data(line)))?.id else { return !repeatsNumbers }
        repeatsNumbers = true
        return id == asked
    }

    /// Writes a line and reads one, with what is said on standard error meanwhile: a program that does not read, or
    /// complains at length, must not block anyone beyond its time.
    private func exchange(_ question: [UInt8]) throws -> [UInt8] {
        let writing = input.fileHandleForWriting.fileDescriptor
        let reading = output.fileHandleForReading.fileDescriptor
        let complaining = complaints.fileHandleForReading.fileDescriptor
        let deadline = Date.now.addingTimeInterval(patience)
        var written = 0
        while true {
            while let end = received.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Array(received[..<end])
                received.removeSubrange(...end)
                if written == question.count, answersThis(line) { return line }
                strayLines += 1
            }
            let left = deadline.timeIntervalSinceNow
            guard left > 0 else { throw Failure.noAnswer(name, seconds: patience, lastWords: lastWords()) }
            var polls = [
                pollfd(fd: reading, events: Int16(POLLIN), revents: 0),
                pollfd(fd: complaining, events: Int16(POLLIN), revents: 0),
            ]
            if written < question.count { polls.append(pollfd(fd: writing, events: Int16(POLLOUT), revents: 0)) }
            guard poll(&polls, nfds_t(polls.count), Int32(left * 1000) + 1) > 0 else { continue }
            if polls.count > 2, polls[2].revents != 0 {
                let count = question[written...].withUnsafeBytes { write(writing, $0.baseAddress, $0.count) }
                if count > 0 {
                    written += count
                } else if errno != EAGAIN, errno != EINTR {
                    throw Failure.ended(name, lastWords: lastWords())
                }
            }
            if polls[1].revents != 0 { _ = Self.drain(complaining, into: &words) }
            if polls[0].revents != 0, !Self.drain(reading, into: &received), !received.contains(UInt8(ascii: "\n")) {
                throw Failure.ended(name, lastWords: lastWords())
            }
        }
    }

    /// - Returns: false at the end of the stream.
    private static func drain(_ descriptor: Int32, into bytes: inout [UInt8]) -> Bool {
        var scratch = [UInt8](repeating: 0, count: 16384)
        while true {
            let count = read(descriptor, &scratch, scratch.count)
            if count <= 0 { return count < 0 && (errno == EAGAIN || errno == EINTR) }
            bytes += scratch[..<count]
        }
    }

    /// The last line on standard error that says something.
    private func lastWords() -> String {
        // One that has just ended may have its words still in the pipe.
        var ended = pollfd(fd: complaints.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
        _ = poll(&ended, 1, 50)
        _ = Self.drain(complaints.fileHandleForReading.fileDescriptor, into: &words)
        let lines = String(decoding: words.suffix(4096), as: UTF8.self).split(separator: "\n").map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        return lines.last { !$0.isEmpty } ?? ""
    }
}
