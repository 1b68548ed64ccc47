import Foundation
import Glibc
import Records
import Testing

@testable import ImagePipeline
@testable import Topologies

/// Captions from a program: what it may do wrong, and what is then done instead.
@Suite struct CaptionerTests {
    static let photo = "/tmp/a photo's \"name\" $(id).jpg"

    @Test func itGetsThePathAndItsFirstLineWithWordsCounts() throws {
        #expect(
            try Captioner(CaptionerSettings(command: "printf '\\n  two   dogs\\ton %s\\nmore\\n'")).caption(
                of: Self.photo) == "two dogs on \(Self.photo)")
        #expect(try Captioner(CaptionerSettings(command: "cat </dev/null; echo")).caption(of: "x") == "x")
    }

    @Test func whatFailsIsSaidInOneLine() {
        func failure(_ command: String, patience: Double = 20) -> Captioner.Failure? {
            do {
                _ = try Captioner(CaptionerSettings(command: command, patience: patience)).caption(of: Self.photo)
                return nil
            } catch { return error as? Captioner.Failure }
        }
        #expect(
            failure("sh -c 'echo half; echo no weights >&2; exit 3'")
                == .ended("sh -c 'echo half; echo no weights >&2; exit 3'", code: 3, lastWords: "no weights"))
        if case .ended(_, 127, let words)? = failure("/nowhere/captioner") {
            #expect(words.contains("not found"))
        } else {
            Issue.record("a missing program is accepted")
        }
        if case .ended(_, 137, _)? = failure("kill -9 $$;") {} else { Issue.record("a killed program is accepted") }
        #expect(failure("true") == .senseless("true", reason: "printed no caption"))
        #expect(failure("printf '\\377\\376 %s'") == .senseless("printf '\\377\\376 %s'", reason: "printed no UTF-8"))
        #expect(
            failure("printf 'a \\033[2J%s'")
                == .senseless("printf 'a \\033[2J%s'", reason: "printed control characters"))
        #expect(failure("yes #") == .senseless("yes #", reason: "printed more than 65536 bytes"))
        #expect(failure("sleep 20; echo", patience: 0.1) == .timeout("sleep 20; echo", seconds: 0.1))
    }

    @Test func nothingOfItOutlivesItsTime() throws {
        let file = FileManager.default.temporaryDirectory.appending(
            path: "captioner-\(getpid())-\(UInt32.random(in: 0...UInt32.max))")
        defer { try? FileManager.default.removeItem(at: file) }
        // A child in the background that holds the pipe neither delays the caption nor goes on after it.
        let caption = try Captioner(CaptionerSettings(command: "sleep 60 & echo $! > \(file.path); echo a cat #"))
            .caption(of: "x")
        #expect(caption == "a cat")
        let child = try #require(
            pid_t(String(contentsOf: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)))
        for _ in 0..<200 where Self.isRunning(child) { usleep(5_000) }
        #expect(!Self.isRunning(child))
    }

    /// Neither gone nor a zombie that nobody has collected.
    static func isRunning(_ process: pid_t) -> Bool {
        guard let status = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return false }
        return status.split(separator: ")").last?.split(separator: " ").first != "Z"
    }

    @Test func theLabelStandsInAndIsMarked() {
        let good = CaptionChoice.asking(Captioner(CaptionerSettings(command: "echo a dog on")), about: "grass") {
            "a photo of a cat"
        }
        #expect(good == CaptionChoice("a dog on grass", .captioner))
        let bad = CaptionChoice.asking(Captioner(CaptionerSettings(command: "exit 2;")), about: "grass") {
            "a photo of a cat"
        }
        #expect(
            bad.text == "a photo of a cat" && bad.wording == .labelInstead
                && bad.failure?.contains("ended with 2") == true)
    }
}
