import Foundation
import Glibc
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
        var ends: [[Int32]] = []
        for _ in 0..<2 {
            var pair: [Int32] = [0, 0]
            guard pipe(&pair) == 0 else { throw Failure.cannotStart(command, reason: String(cString: strerror(errno))) }
            for end in pair { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            ends.append(pair)
        }
        let (output, errors) = (ends[0], ends[1])
        defer { for end in [output[0], errors[0]] { close(end) } }
        let identifier: pid_t
        do {
            defer { for end in [output[1], errors[1]] { close(end) } }
            identifier = try start(photo, output: output[1], errors: errors[1])
        }
        var status: Int32 = 0
        var isReaped = false
        defer {
            // Whatever it left behind in its group goes with it.
            kill(-identifier, SIGKILL)
            if !isReaped { waitpid(identifier, &status, 0) }
        }
        var texts: [[UInt8]] = [[], []]
        try read(
            [output[0], errors[0]], into: &texts, until: Date.now.addingTimeInterval(patience), of: identifier,
            status: &status, isReaped: &isReaped)
        let signal = status & 0x7f
        let code = signal == 0 ? (status >> 8) & 0xff : 128 + signal
        guard code == 0 else {
            let words =
                String(decoding: texts[1], as: UTF8.self).split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
            throw Failure.ended(command, code: code, lastWords: String(words.prefix(200)))
        }
        return try Self.sentence(texts[0], command)
    }

    /// Reads until the program itself has ended and what it wrote is read; a child of its own that keeps the pipe open
    /// does not hold it up.
    private func read(
        _ descriptors: [Int32], into texts: inout [[UInt8]], until deadline: Date, of identifier: pid_t,
        status: inout Int32, isReaped: inout Bool
    ) throws {
        var scratch = [UInt8](repeating: 0, count: 4096)
        for descriptor in descriptors { _ = fcntl(descriptor, F_SETFL, O_NONBLOCK) }
        while true {
            isReaped = waitpid(identifier, &status, WNOHANG) == identifier
            for (number, descriptor) in descriptors.enumerated() {
                while case let count = Glibc.read(descriptor, &scratch, scratch.count), count > 0 {
                    texts[number] += scratch[..<count]
                    if texts[number].count > Self.mostBytes {
                        if number == 0 {
                            throw Failure.senseless(command, reason: "printed more than \(Self.mostBytes) bytes")
                        }
                        texts[number].removeFirst(texts[number].count - 4096)
                    }
                }
            }
            if isReaped { return }
            guard deadline.timeIntervalSinceNow > 0 else { throw Failure.timeout(command, seconds: patience) }
            var polls = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            // Short: the end of the program itself makes no descriptor ready while a child of it holds the pipe.
            if poll(&polls, nfds_t(polls.count), 20) > 0, polls.allSatisfy({ $0.revents & Int16(POLLIN) == 0 }) {
                usleep(5_000)
            }
        }
    }

    private func start(_ photo: String, output: Int32, errors: Int32) throws -> pid_t {
        switch spawn(
            ["/bin/sh", "-c", command + " \"$1\"", "captioner", photo], input: nil, output: output, errors: errors)
        {
        case .success(let identifier): return identifier
        case .failure(let failure): throw Failure.cannotStart(command, reason: failure.reason)
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
