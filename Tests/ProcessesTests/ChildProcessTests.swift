import Foundation
import Testing

@testable import Processes

/// How programs are started, spoken to and ended; what stands above is tested where it is used.
@Suite struct ChildProcessTests {
    /// Everything a child writes until it closes its output.
    private func text(of child: ChildProcess) -> String {
        var bytes: [UInt8] = []
        while child.output?.drain({ bytes += $0 }) == true { usleep(1_000) }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func aProgramWorksInTheFolderThatIsNamed() throws {
        let folder = "/tmp/folder-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // Without a line that says what runs it: the shell does, in the same folder.
        try "pwd; echo \"$1\"".write(toFile: folder + "/program", atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder + "/program")
        let run = try ProgramRun(["./program", "x"], in: folder, within: 20, mostOutput: 1000)
        #expect(String(decoding: run.output, as: UTF8.self) == folder + "\nx\n")
        #expect(throws: ProgramRun.Failure.self) {
            try ProgramRun(["./program"], in: folder + "/nowhere", within: 20, mostOutput: 1000)
        }
    }

    @Test func itReadsWhatIsWrittenAndSeesTheEndOfIt() throws {
        let child = try ChildProcess(
            ["sh", "-c", "cat; echo $WORD; exit 3"], environment: ["WORD": "end"], input: .pipe, output: .pipe)
        #expect(child.input?.write(Array("first\n".utf8)[...]) == 6)
        #expect(child.end() == nil)
        child.closeInput()
        #expect(text(of: child) == "first\nend\n")
        #expect(child.end(wait: true) == .exit(3) && child.end() == .exit(3))
    }

    @Test func whatIsNotAskedForLeadsNowhere() throws {
        let child = try ChildProcess(["sh", "-c", "cat; echo x; echo y >&2"], output: .pipe, errors: nil)
        #expect(text(of: child) == "x\ny\n")
        let quiet = try ChildProcess(["sh", "-c", "cat && echo x && echo y >&2"])
        #expect(quiet.input == nil && quiet.output == nil && quiet.errors == nil)
        #expect(child.end(wait: true) == .exit(0) && quiet.end(wait: true) == .exit(0))
    }

    @Test func whatCannotBeStartedIsNamed() {
        let failure = #expect(throws: StartFailure.self) { try ChildProcess(["/nowhere/program", "x"]) }
        #expect(failure?.description == "/nowhere/program: cannot be started: No such file or directory")
        #expect(failure?.isOfTheMachine == false && StartFailure(program: "x", code: EAGAIN).isOfTheMachine)
    }

    /// As the shell does it, and `env`.
    @Test func aTextWithoutAnInterpreterIsTheShells() throws {
        let path = NSTemporaryDirectory() + "script-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        // Written by a program: what this process holds open for writing, a test beside this one might hand on.
        let writer = try ChildProcess(["sh", "-c", "echo 'exit $1' > \(path); chmod +x \(path)"])
        #expect(writer.end(wait: true) == .exit(0))
        #expect(try ChildProcess([path, "7"]).end(wait: true) == .exit(7))
    }

    @Test func theGroupEndsWithIt() throws {
        let child = try ChildProcess(["sh", "-c", "sleep 600 & echo $!; wait"], output: .pipe)
        var line: [UInt8] = []
        while !line.contains(10), child.output?.drain({ line += $0 }) == true { usleep(1_000) }
        let grandchild = try #require(pid_t(String(decoding: line, as: UTF8.self).dropLast()))
        #expect(getpgid(child.identifier) == child.identifier && getpgid(grandchild) == child.identifier)
        child.endGroup()
        #expect(child.end() == .signal(SIGKILL))
        // The pipe ends when the last that held it is gone.
        #expect(text(of: child) == "")
    }

    @Test func askedToEndItMayEndInOrder() throws {
        let child = try ChildProcess(
            ["sh", "-c", "trap 'exit 5' TERM; echo ready; while :; do sleep 0.01; done"], output: .pipe)
        var line: [UInt8] = []
        while !line.contains(10), child.output?.drain({ line += $0 }) == true { usleep(1_000) }
        child.endGroup(grace: 60)
        #expect(child.end() == .exit(5))
        let deaf = try ChildProcess(
            ["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.01; done"], output: .pipe)
        line = []
        while !line.contains(10), deaf.output?.drain({ line += $0 }) == true { usleep(1_000) }
        deaf.endGroup(grace: 0.05)
        #expect(deaf.end() == .signal(SIGKILL))
    }

    @Test func signalsReachItUntilItsEndIsSeen() throws {
        let child = try ChildProcess(["sleep", "600"])
        child.send(.kill)
        #expect(child.end(wait: true) == .signal(SIGKILL) && child.end()?.shellCode == 137)
        child.send(.kill)
    }

    @Test func writingToOneThatIsGoneIsNoSignal() throws {
        let child = try ChildProcess(["true"], input: .pipe)
        #expect(child.end(wait: true) == .exit(0))
        #expect(child.input?.write([1]) == nil)
    }

    @Test func theTailIsTheEnd() {
        var tail = OutputTail()
        for number in 0..<3000 { tail.append(Array("line \(number) \r\n".utf8)[...]) }
        tail.append([10, 32, 10])
        #expect(tail.lines.last == "line 2999" && tail.lines.count < 400)
    }
}
