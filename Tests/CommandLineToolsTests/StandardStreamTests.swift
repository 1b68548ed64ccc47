import Foundation
import TestSupport
import Testing

private let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path
private let programs = package + "/.build/release"
private let isBuilt = FileManager.default.isExecutableFile(atPath: programs + "/testbed")

/// The programs with standard streams that are closed, full or broken, and with numbers that no clock holds.
@Suite(.serialized, .enabled(if: isBuilt, "no testbed beside the tests"))
struct StandardStreamTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        let photos = folder.path + "/photos"
        try FileManager.default.createDirectory(atPath: photos, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: package + "/Topologies/Photos/cat.jpg", toPath: photos + "/cat.jpg")
        let topology = """
            name: t
            images: {folder: photos, count: 1, longestSide: 64}
            nodes: {tx: {role: transmitter}, ch: {role: channel}, rx: {role: receiver}}
            links: {up: {from: tx, to: rx, through: ch, bandwidth: 1 MHz, snr: 10 dB}}
            scheme: {budget: 30 ms, alpha: 0.5, rate: 3, policy: fixed}
            """
        try topology.write(toFile: folder.path + "/t.yaml", atomically: true, encoding: .utf8)
    }

    /// Runs a line of the shell in the folder; `testbed` and `channel-node` are on the PATH.
    private func shell(_ line: String) throws -> (code: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = [
            "-c",
            "cd '\(folder.path)'; PATH='\(programs)':$PATH; SWIFT_BACKTRACE=enable=no; export SWIFT_BACKTRACE; "
                + "set -o pipefail; \(line)",
        ]
        let output = Pipe()
        (process.standardOutput, process.standardError) = (output, output)
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }

    @Test(arguments: [
        // Nobody hears the complaint; the code says it all the same.
        ("testbed check /nonexist 2>&-", 2), ("testbed check /nonexist 2>/dev/full", 2), ("testbed check t.yaml", 0),
        // A result that could not be printed is a failure.
        ("testbed check t.yaml >/dev/full", 1), ("testbed check t.yaml >&-", 1), ("testbed schema >/dev/full", 1),
        ("testbed --help >/dev/full", 1),
        ("channel-node --relay --listen 127.0.0.1:0 --forward 127.0.0.1:9 --time 10ms --no-tcp >/dev/full", 1),
        // Closed streams are opened, or the first file opened would become one of them.
        ("testbed check t.yaml <&- 2>&-", 0),
        ("testbed run t.yaml --virtual -o a --json >a.json <&- 2>&- && test -s a/report.html", 0),
        // A run goes on to its end, whoever reads.
        ("testbed run t.yaml --virtual -o b 2>/dev/full >b.txt && test -s b/report.html", 0),
        ("testbed run t.yaml --virtual -o c 2>&1 | head -n 1 >/dev/null; test -s c/report.html", 0),
        ("testbed run t.yaml --virtual -o d >/dev/full; c=$?; test -s d/report.html && exit $c", 1),
    ])
    func streamsThatFail(_ line: String, _ code: Int) throws {
        let outcome = try shell(line)
        #expect(outcome.code == Int32(code), "\(line): \(outcome)")
    }

    @Test(arguments: [
        "channel-node --relay --listen 127.0.0.1:0 --forward 127.0.0.1:9 --time 1e12s",
        "channel-node --relay --listen 127.0.0.1:0 --forward 127.0.0.1:9 --time nan",
        "channel-node --relay --listen 127.0.0.1:0 --forward 127.0.0.1:9 --time=-1s",
        "channel-node --relay --listen 127.0.0.1:0 --forward 127.0.0.1:9 --time 1s --delay 1e12s",
        "channel-node --relay --listen 127.0.0.1:0 --forward 127.0.0.1:9 --time 1s --jitter 1e12s",
        "channel-node --relay --listen 127.0.0.1:0 --forward 127.0.0.1:9 --time 1s --model rayleigh --coherence 1e12s",
        "channel-node --relay --listen 127.0.0.1:0 --forward 127.0.0.1:9 --time 1s --spin 1e12s",
        "channel-node --relay --listen 127.0.0.1:0 --forward 127.0.0.1:9 --time 1s --spin=-1s",
        "channel-node --relay --listen 127.0.0.1:0 --forward 127.0.0.1:9 --time 1s --overhead 9223372036854775807",
        "channel-node --relay --listen 127.0.0.1:0 --forward 127.0.0.1:9 --time 1s --overhead=-5",
        "channel-node --relay --listen 127.0.0.1:0 --forward 127.0.0.1:9 --time 1s --queue-packets 0",
        "testbed inpaint photos/cat.jpg photos/cat.jpg -o o.png --budget 1e12",
        "testbed inpaint photos/cat.jpg photos/cat.jpg -o o.png --budget nan",
        "testbed inpaint photos/cat.jpg photos/cat.jpg -o o.png --feather 9223372036854775807",
        "testbed inpaint photos/cat.jpg photos/cat.jpg -o o.png --feather=-1",
        "testbed inpaint photos/cat.jpg photos/cat.jpg -o o.png --threads 9223372036854775807",
        "testbed inpaint photos/cat.jpg photos/cat.jpg -o o.png --guidance nan",
        "testbed optimize -o p.json --latency 1e300",
        "testbed optimize -o p.json --bandwidth 1e300", "testbed optimize -o p.json --bandwidth nan",
        "testbed optimize -o p.json --bandwidth '20 ms'", "testbed optimize -o p.json --latency '20 dB'",
        "testbed optimize -o p.json --latency 20ms:10ms:1ms", "testbed optimize -o p.json --snr '3 MHz'",
        "testbed optimize -o p.json --snr=1:2", "testbed optimize -o p.json --penalty=-1",
        "testbed optimize -o p.json --penalty nan", "testbed optimize -o p.json --minimal-rate 20 --images photos",
        "testbed encode photos/cat.jpg -o a.gsc --captioner-limit 1e300",
        "testbed decode a.gsc -o a.png --guidance inf",
        "testbed score photos/cat.jpg photos/cat.jpg --visual-noise nan",
    ])
    func numbersOfTheCommandLine(_ line: String) throws {
        let outcome = try shell("timeout 60 \(line)")
        #expect(outcome.code == 2, "\(line): \(outcome)")
        let option = line.split(separator: " ").last { $0.hasPrefix("--") && $0 != "--images" }.map {
            $0.split(separator: "=")[0]
        }
        #expect(option.map { outcome.output.contains($0) } ?? false, "\(line): \(outcome)")
    }
}
