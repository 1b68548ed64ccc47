import Foundation
import TestSupport
import Testing

private let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path
private let programs = package + "/.build/release"

/// The scripts that attack, kill and starve whole runs, and the one that spreads a run over network namespaces:
/// minutes.
@Suite(
    .serialized,
    .enabled(
        if: environmentSaysAll() && FileManager.default.isExecutableFile(atPath: programs + "/testbed"),
        "runs with Scripts/test --all"))
struct RobustnessTests {
    /// Exit code and what was printed.
    private func run(_ script: String, _ arguments: [String]) throws -> (code: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "\(package)/Scripts/check/\(script)")
        process.arguments = arguments + ["--bin", programs]
        let output = Pipe()
        (process.standardOutput, process.standardError) = (output, output)
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }

    @Test(arguments: ["attack", "impair", "kill", "launcher", "interrupt", "disk"])
    func whateverHappensTheRecordSaysSo(_ part: String) throws {
        let (code, output) = try run("robustness", [part, "--all"])
        #expect(code == 0, Comment(rawValue: output))
    }

    @Test func clocksOfSeveralHostsAreKnownWithinTheirStatedErrors() throws {
        let (code, output) = try run("several-hosts", [])
        // 77: no root, no ip; the script says which.
        #expect(code == 0 || code == 77, Comment(rawValue: output))
    }
}
