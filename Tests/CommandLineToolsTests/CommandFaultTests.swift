import Datagrams
import Foundation
import Imaging
import TestSupport
import Testing

@testable import CommandLineTools

private let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path
private let programs = package + "/.build/release"

/// The programs as bug reports met their like: help that says nothing, names that end everything,
/// figures that are lost.
@Suite(
    .serialized,
    .enabled(if: FileManager.default.isExecutableFile(atPath: programs + "/testbed"), "no programs beside the tests"))
struct CommandFaultTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func run(
        _ program: String, _ arguments: [String], in place: String? = nil
    ) throws -> (code: Int32, output: String, error: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program.hasPrefix("/") ? program : "\(programs)/\(program)")
        process.arguments = arguments
        process.currentDirectoryURL = place.map { URL(fileURLWithPath: $0) }
        let (output, error) = (Pipe(), Pipe())
        (process.standardOutput, process.standardError) = (output, error)
        try process.run()
        let out = output.fileHandleForReading.readDataToEndOfFile()
        let err = error.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: out, as: UTF8.self), String(decoding: err, as: UTF8.self))
    }

    private func picture(_ name: String, _ value: UInt8) throws -> String {
        let path = "\(folder.path)/\(name)"
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        var image = Image(width: 32, height: 32, grey: value)
        image.pixels[5] ^= 31
        try image.write(to: path)
        return path
    }

    @Test(arguments: ["testbed", "channel-node", "tx-node", "rx-node"])
    func everyProgramPrintsItsHelp(_ program: String) throws {
        let outcome = try run(program, ["--help"])
        #expect(outcome.code == 0 && outcome.output.contains("USAGE:"))
    }

    @Test(arguments: [
        "run", "check", "schema", "sweep", "report", "cam", "encode", "decode", "inspect", "score", "inpaint",
        "optimize", "reproduce", "export",
    ])
    func everyCommandPrintsItsHelp(_ command: String) throws {
        let outcome = try run("testbed", [command, "--help"])
        #expect(outcome.code == 0 && outcome.output.contains("USAGE: testbed \(command)"))
    }

    /// What a person mistypes ends in one line that says what is wrong, and with what was probably meant.
    @Test(arguments: [
        (["rum", "t.yaml"], "testbed: no command is called 'rum'; nearest: 'run' (see --help)"),
        (
            ["check", "two-cameras.yaml", "--set", "links.neer.snr=3dB"],
            "two-cameras.yaml: links.neer: no link is called 'neer'; nearest: 'near'"
        ),
        (
            ["check", "two-cameras.yaml", "--set", "nodes.aire.threads=2"],
            "two-cameras.yaml: nodes.aire: no node is called 'aire'; nearest: 'air'"
        ),
    ])
    func whatIsMistypedIsNamed(_ words: [String], _ line: String) throws {
        let outcome = try run("testbed", words, in: package + "/Topologies")
        #expect(outcome.code == 2 && outcome.error == line + "\n")
    }

    /// A port that another program holds: no error of a library's, dumped as it is.
    @Test func aPortThatIsTakenIsNamed() throws {
        let holder = try UDPSocket(Endpoint(host: "127.0.0.1", port: 0))
        let taken = try run(
            "channel-node", ["--relay", "--listen", "\(holder.local)", "--forward", "127.0.0.1:9", "--no-tcp"])
        #expect(
            taken.code == 2
                && taken.error == "channel-node: port \(holder.local.port) is in use (\(holder.local))\n")
        let wrong = try run("channel-node", ["--relay", "--listen", "localhost", "--forward", "127.0.0.1:9"])
        #expect(wrong.code == 2 && wrong.error == "channel-node: 'localhost' is not HOST:PORT\n")
    }

    @Test func theRelaySaysWhatItEmulates() throws {
        let outcome = try run(
            "channel-node",
            [
                "--relay", "--listen", "127.0.0.1:0", "--forward", "localhost:9", "--loss", "5%", "--delay", "20ms",
                "--no-answers", "--no-tcp", "--time", "50ms",
            ])
        let line = outcome.error.split(separator: "\n").first.map(String.init) ?? ""
        for words in [
            "127.0.0.1:", "localhost:9 (127.0.0.1:9)", "towards the target only", "awgn", "B 1 MHz", "SNR 10 dB",
            "loss 5 %", "delay 20 ms", "rate by Shannon", "queue of 1000 datagrams, dropTail",
        ] {
            #expect(line.contains(words), Comment(rawValue: line))
        }
    }

    @Test func theRelayReadsLawsAndDopplerAsTopologiesDo() throws {
        func line(_ more: [String]) throws -> (code: Int32, text: String) {
            let outcome = try run(
                "channel-node",
                ["--relay", "--listen", "127.0.0.1:0", "--forward", "localhost:9", "--no-tcp", "--time", "20ms"] + more)
            return (outcome.code, outcome.error)
        }
        let fading = ["--coherence", "20ms"]
        for (options, words) in [
            (
                ["--rate", "{mcs: nr-table-1, target: 0.05}"],
                "3GPP TS 38.214, nr-table-1: block errors of at most 0.05"
            ),
            (["--rate", "{finiteBlocklength: {error: 1e-2}}"], "codewords of 2000 symbols, error 0.01"),
            (["--rate", "10Mbit/s"], "10 Mbit/s"),
            (fading + ["--model", "rice", "--doppler", "50Hz"], "rice, K 6 dB, Doppler 50 Hz"),
            (fading + ["--model", "rice"], "rice, K 6 dB, B 1 MHz"),
            (fading + ["--model", "nakagami", "--shape", "2", "--doppler", "5Hz"], "nakagami, m 2, Doppler 5 Hz"),
            (fading + ["--model", "jakes"], "jakes, Doppler 10 Hz"), ([], "rate by Shannon"),
            (fading + ["--set", "shadowing=4dB"], "shadowing 4 dB"),
            (["--set", "burst.enter=5%", "--set", "burst.leave=0.5"], "bursts begin 5 %, end 50 %"),
        ] {
            let outcome = try line(options)
            #expect(outcome.code == 0 && outcome.text.contains(words), "\(options): \(outcome)")
        }
        for (rate, words) in [
            ("shanon", "--rate: 'shanon' is unknown"), ("{mcs: nr-table-3}", "--rate: mcs 'nr-table-3'"),
            ("10 MHz", "--rate: '10 MHz' is not a bit rate"), ("{mcs: [", "--rate: '{mcs: [' not YAML"),
        ] {
            let outcome = try line(["--rate", rate])
            #expect(outcome.code == 2 && outcome.text.contains(words), "\(outcome)")
        }
    }

    @Test(arguments: [
        ("--model", "ricean", "expected awgn, rayleigh, rice, nakagami, jakes, gaussMarkov or TDL-A to TDL-E"),
        ("--trace-format", "tsv", "expected mahimahi, mahimahiSmooth or csv"),
        ("--queue", "fifo", "expected dropTail or dropHead"),
        ("--set", "shadowing", "expected KEY=VALUE, for instance shadowing=4dB"),
    ])
    func aWordThatTheRelayDoesNotKnowIsRefused(_ option: String, _ word: String, _ expectation: String) throws {
        let outcome = try run(
            "channel-node", ["--relay", "--listen", "127.0.0.1:0", "--forward", "localhost:9", option, word])
        #expect(outcome.code == 2 && outcome.error.contains("\(option) is '\(word)', \(expectation)"), "\(outcome)")
    }

    /// A line of bash speaks TCP through the relay twice; a server of Python's echoes.
    @Test(arguments: [true, false])
    func tcpNeverPassesUnshapedWithoutAWarning(_ passes: Bool) throws {
        let script = """
            import json, signal, socket, subprocess, sys, threading
            # Whoever runs the tests may ignore or block it, and the relay would go on doing so.
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
            server = socket.create_server(("127.0.0.1", 0))
            def echo():
                while True:
                    with server.accept()[0] as peer: peer.sendall(peer.recv(100))
            threading.Thread(target=echo, daemon=True).start()
            relay = subprocess.Popen([sys.argv[1], "--relay", "--listen", "127.0.0.1:0", "--forward",
                f"127.0.0.1:{server.getsockname()[1]}", "--time", "30s", "--json", sys.argv[2]],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            port = int(relay.stderr.readline().split(" on 127.0.0.1:")[1].split()[0])
            answers = []
            for _ in range(2):
                try:
                    with socket.create_connection(("127.0.0.1", port), 5) as peer:
                        peer.sendall(b"ping")
                        answers.append(peer.recv(100).decode())
                except ConnectionRefusedError: answers.append("refused")
            relay.terminate()
            out, err = relay.communicate()
            figures = json.loads(out)
            print(answers, err.count("TCP passes unshaped"), figures["unshapedConnections"], figures["unshapedBytes"])
            """
        let outcome = try run(
            "/usr/bin/python3", ["-c", script, programs + "/channel-node", passes ? "--tcp" : "--no-tcp"])
        #expect(
            outcome.output == (passes ? "['ping', 'ping'] 1 2 16\n" : "['refused', 'refused'] 0 0 0\n"),
            "\(outcome.error)")
    }

    @Test func theHelpOfTheRelayNamesAllItsOptions() throws {
        let outcome = try run("channel-node", ["--relay", "--help"])
        #expect(outcome.code == 0)
        for option in [
            "relay", "listen", "forward", "bandwidth", "snr", "rate", "model", "coherence", "doppler", "rice-factor",
            "shape", "correlation", "delay-spread", "trace", "trace-format", "delay", "jitter", "loss", "corruption",
            "duplication", "reordering", "queue-packets", "queue", "overhead", "answers", "tcp", "seed", "spin", "time",
            "json", "tun", "tun-far", "back", "record", "topology", "name", "controller", "run-folder", "epoch",
            "benchmark",
        ] { #expect(outcome.output.contains("--\(option)"), "\(option)") }
    }

    @Test func escapesOfNamesAreShownHarmlessly() throws {
        let outcome = try run("testbed", ["check", "no\u{1b}[31mfile.yaml"])
        #expect(
            outcome.code == 2 && !outcome.error.contains("\u{1b}") && outcome.error.contains("no\\u{1b}[31mfile.yaml"))
    }

    @Test func aSinglePictureKeepsItsMeasures() throws {
        _ = try picture("a/x.png", 80)
        _ = try picture("b/x.png", 90)
        let outcome = try run("testbed", ["score", folder.path + "/a", folder.path + "/b", "--json"])
        let figures = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
        #expect(
            outcome.code == 0 && figures["pairs"] as? Int == 1 && figures["psnr"] is Double && figures["ssim"] is Double
                && figures["frechetDistance"] == nil)
        #expect(outcome.error.contains("no Fréchet distance: 1 pictures"))
    }

    @Test func identicalPairsAreInfinitelyGoodAndSaid() throws {
        for name in ["x", "y"] {
            for side in ["a", "b"] { _ = try picture("\(side)/\(name).png", side == "b" && name == "y" ? 90 : 80) }
        }
        let outcome = try run("testbed", ["score", folder.path + "/a", folder.path + "/b", "--json"])
        let figures = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
        #expect(
            figures["psnr"] as? String == "inf" && figures["identicalPairs"] as? Int == 1
                && figures["psnrOfDiffering"] is Double)
        #expect((figures["frechetDistance"] as? Double ?? -1) >= 0)
    }

    @Test func twoPicturesOfOneStemAreTwoPairs() throws {
        for side in ["a", "b"] { for name in ["x.png", "x.jpg"] { _ = try picture("\(side)/\(name)", 80) } }
        let outcome = try run("testbed", ["score", folder.path + "/a", folder.path + "/b", "--json"])
        #expect(outcome.output.contains("\"pairs\" : 2") && outcome.output.contains("\"unmatched\" : 0"))
    }

    @Test func aProgramWithoutItsResourcesSaysSoInOneLine() throws {
        let copy = folder.path + "/testbed"
        try FileManager.default.copyItem(atPath: programs + "/testbed", toPath: copy)
        let photo = try picture("p.png", 90)
        let outcome = try run(copy, ["encode", photo, "-o", folder.path + "/x.gsc"])
        #expect(outcome.code == 2 && outcome.error.split(separator: "\n").count == 1, Comment(rawValue: outcome.error))
        #expect(
            outcome.error.contains("GenSemCom_HyperpriorCodec.resources") && outcome.error.contains(folder.path)
                && !outcome.error.contains(".build"))
    }

    @Test func inspectKeepsAlphaAndCellsBesideAGain() throws {
        #expect(
            StreamFigures.setting(gain: 0.5, rate: 0, alpha: 0.25, selected: 3, of: 6)
                == "gain 0.5, α = 0.25, 3 of 6 cells")
        #expect(
            StreamFigures.setting(gain: nil, rate: 7, alpha: 0.25, selected: 3, of: 6)
                == "rate 7, α = 0.25, 3 of 6 cells")
    }

    @Test func aDeletedWorkingFolderIsNoRoot() throws {
        let place = folder.path + "/gone"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        let outcome = try run(
            "/bin/sh",
            [
                "-c",
                "cd '\(place)' && rmdir '\(place)' && exec '\(programs)/testbed' run "
                    + "'\(package)/Topologies/quickstart.yaml' --virtual",
            ])
        #expect(
            outcome.code == 2 && outcome.error.contains("the working folder is gone"), Comment(rawValue: outcome.error))
    }

    /// The thread that started the node ends at once; its process goes on.
    @Test func aNodeOutlivesTheThreadThatStartedIt() throws {
        let wrapper = folder.path + "/wrap.py"
        try """
        import subprocess, sys, threading, time
        started = []
        def start():
            started.append(subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE)); time.sleep(1)
        thread = threading.Thread(target=start); thread.start(); thread.join(); time.sleep(0.3)
        print("alive" if started[0].poll() is None else "dead", flush=True)
        started[0].kill()
        """.write(toFile: wrapper, atomically: true, encoding: .utf8)
        let outcome = try run(
            "/usr/bin/env",
            [
                "python3", wrapper, programs + "/rx-node", "--topology", "t", "--name", "n", "--controller",
                "127.0.0.1:9", "--run-folder", folder.path,
            ])
        #expect(outcome.output == "alive\n")
    }
}
