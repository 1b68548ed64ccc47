import Testing

@testable import Processes

/// Programs run to their end, and programs asked by lines: whatever they do, they hold nobody up.
@Suite struct ConversationTests {
    @Test func aRunHasItsOutputAndTheEndOfItsErrors() throws {
        let run = try ProgramRun(
            ["sh", "-c", "echo out; echo a >&2; echo b >&2; exit 4"], within: 600, mostOutput: 100)
        #expect(run.output == Array("out\n".utf8) && run.errors.lines == ["a", "b"] && run.end == .exit(4))
    }

    @Test func aRunThatGoesTooFarIsEnded() {
        #expect(throws: ProgramRun.Failure.tooMuchOutput) {
            try ProgramRun(["yes"], within: 600, mostOutput: 100)
        }
        // Writing without pause is no way to stay.
        #expect(throws: ProgramRun.Failure.timeout) {
            try ProgramRun(["sh", "-c", "yes >&2"], within: 0.1, mostOutput: 100)
        }
        #expect(throws: ProgramRun.Failure.cannotStart(StartFailure(program: "/nowhere", code: 2))) {
            try ProgramRun(["/nowhere"], within: 600, mostOutput: 100)
        }
    }

    @Test func eachQuestionHasItsAnswer() throws {
        let program = try LineConversation(["sh", "-c", "while read q; do echo no $q; echo yes $q; done"])
        for word in ["a", "b", "c"] {
            let answer = try program.ask(Array(word.utf8), within: 600) { $0.starts(with: "yes".utf8) }
            #expect(String(decoding: answer, as: UTF8.self) == "yes \(word)")
        }
        #expect(program.strayLines == 3)
    }

    @Test func aLineWithoutEndIsNoAnswer() throws {
        let program = try LineConversation(["sh", "-c", "yes | tr -d '\\n'"])
        let answer = try program.ask([65], within: 600) { _ in true }
        #expect(answer.count > 1 << 16 && answer.allSatisfy { $0 == UInt8(ascii: "y") })
    }

    @Test func oneThatDoesNotReadIsLeftInTime() throws {
        let program = try LineConversation(["sh", "-c", "echo busy >&2; exec sleep 600"])
        // More than a pipe holds.
        let question = [UInt8](repeating: 65, count: 1 << 20)
        #expect(throws: LineConversation.Failure.noAnswer(lastWords: "busy")) {
            try program.ask(question, within: 2) { _ in true }
        }
    }

    @Test func oneThatComplainsWithoutPauseIsLeftInTime() throws {
        let program = try LineConversation(["sh", "-c", "yes no >&2"])
        // The last words may be cut off anywhere.
        let failure = #expect(throws: LineConversation.Failure.self) {
            try program.ask([65], within: 0.3) { _ in true }
        }
        guard case .noAnswer? = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
    }

    @Test func oneThatEndsSaysWhy() throws {
        let program = try LineConversation(["sh", "-c", "read q; echo no table >&2"])
        #expect(throws: LineConversation.Failure.ended(lastWords: "no table")) {
            try program.ask([65], within: 600) { _ in true }
        }
    }
}
