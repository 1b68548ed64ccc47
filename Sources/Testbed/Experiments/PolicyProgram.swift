import Adaptation
import Foundation
import Glibc

/// A policy of the researcher's own: a program that reads questions and writes answers, one JSON line each.
///
/// It is started once and asked once an image. An answer that does not come in time, or makes no sense, is an error:
/// an experiment must not silently run on another policy than it states.
public final class PolicyProgram {
    public enum Failure: Error, Equatable, CustomStringConvertible {
        case cannotStart(String)
        case noAnswer(String, seconds: Double)
        case ended(String)
        case senseless(String, line: String)

        public var description: String {
            switch self {
            case .cannotStart(let command): "policy '\(command)': cannot be started"
            case .noAnswer(let command, let seconds): "policy '\(command)': no answer within \(seconds) s"
            case .ended(let command): "policy '\(command)': ended instead of answering"
            case .senseless(let command, let line): "policy '\(command)': answered '\(line.prefix(120))', expected {\"alpha\": 0…1, \"rate\": 1…}"
            }
        }
    }

    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    private let name: String
    private let patience: Double
    private var received: [UInt8] = []

    /// - Parameters:
    ///   - command: program and arguments; the program is looked for on the PATH.
    ///   - patience: seconds an answer may take.
    public init(command: [String], patience: Double = 2) throws {
        name = command.joined(separator: " ")
        self.patience = patience
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.standardInput = input
        process.standardOutput = output
        // A program that is gone must be an error here, not a signal that ends the controller.
        signal(SIGPIPE, SIG_IGN)
        do { try process.run() } catch { throw Failure.cannotStart(name) }
    }

    deinit {
        try? input.fileHandleForWriting.close()
        if process.isRunning { process.terminate() }
    }

    public func decide(_ situation: Situation, alphaMax: Float = 0.8) throws -> Decision {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        var line = try encoder.encode(PolicyQuestion(situation, alphaMax: alphaMax))
        line.append(UInt8(ascii: "\n"))
        do { try input.fileHandleForWriting.write(contentsOf: line) } catch { throw Failure.ended(name) }
        let answer = try readLine()
        guard let parsed = try? JSONDecoder().decode(PolicyAnswer.self, from: Data(answer)), let decision = parsed.decision(for: situation) else {
            throw Failure.senseless(name, line: String(decoding: answer, as: UTF8.self))
        }
        return decision
    }

    private func readLine() throws -> [UInt8] {
        let descriptor = output.fileHandleForReading.fileDescriptor
        let deadline = Date.now.addingTimeInterval(patience)
        while true {
            if let end = received.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Array(received[..<end])
                received.removeSubrange(...end)
                return line
            }
            let left = deadline.timeIntervalSinceNow
            guard left > 0 else { throw Failure.noAnswer(name, seconds: patience) }
            var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard Glibc.poll(&poll, 1, Int32(left * 1000) + 1) > 0 else { continue }
            guard let data = try? output.fileHandleForReading.read(upToCount: 1), !data.isEmpty else { throw Failure.ended(name) }
            received += data
            // What else has come is taken without waiting: one call a byte would cost a long line dear.
            var ready: Int32 = 0
            if ioctl(descriptor, UInt(FIONREAD), &ready) == 0, ready > 0, let more = try? output.fileHandleForReading.read(upToCount: Int(ready)) { received += more }
        }
    }
}
