import ArgumentParser
import Declarations
import Files
import Foundation
import Launching
import LiveDashboard
import Neural
import Processes
import Roles
import Runs
import Topologies

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run a topology: start its nodes, send its photos, leave a run folder.",
        discussion:
            "The folder holds run.sqlite, csv/, images/, records/ and report.html. Ctrl-C ends the run; "
            + "what was seen until then is kept."
    )

    @OptionGroup var input: TopologyArguments

    @Option(name: [.customShort("o"), .customLong("output")], help: "Run folder; runs/NAME-DATE-TIME where absent.")
    var output: String?

    @Flag(help: "Run under a virtual clock: no processes, no waiting, the same records every time.")
    var virtual = false

    @Option(
        help: ArgumentHelp(
            "Show the run live in the browser and take changes from programs, on this port of the loopback address or "
                + "on HOST:PORT; 0 for a free one.",
            valueName: "PORT"))
    var dashboard: ControlAddress?

    @Option(
        help: ArgumentHelp(
            "The secret of nodes that are started by hand: 64 hexadecimal digits. Made, for its owner alone, "
                + "where it is not there.",
            valueName: "FILE"), completion: .file())
    var secretFile: String?

    @Flag(help: "Start no node: every one is started by hand, with a line that is printed.")
    var external = false

    @Option(help: "What stays of the folder, instead of the topology's 'keep'.")
    var keep: Kept?

    @Flag(help: "Print the closing figures as JSON.")
    var json = false

    func validate() throws {
        if virtual, external || secretFile != nil {
            throw ValidationError("a --virtual run has no nodes that could be started by hand")
        }
        if virtual, dashboard != nil {
            throw ValidationError("--dashboard shows a run as it happens; a --virtual one has no time to look at")
        }
    }

    func run() throws {
        guard threadsCanBeStarted else {
            throw RunFailure(
                description: "the system lets this process start no thread (a limit on processes: ulimit -u)")
        }
        let topology: Topology
        let more = (external ? ["nodes.*.start=external"] : []) + (keep.map { ["keep=\($0.rawValue)"] } ?? [])
        do { topology = try input.read(more) } catch let error as TopologyError {
            for problem in error.problems { complain(problem) }
            throw ExitCode(2)
        }
        let execution = try Execution(topology: topology, output: output, command: CommandLine.arguments)
        let screen = ProgressLine(quiet: json)
        for warning in execution.warnings + execution.doubts { complain("warning: \(warning)") }
        screen.say(
            "\(topology.name): \(execution.planned) image\(execution.planned == 1 ? "" : "s"), "
                + "\(topology.nodes.count) nodes, seed \(topology.seed)"
        )
        if let notice = execution.notice { screen.say(notice) }
        let result = try virtual ? execution.runVirtually { screen.show($0) } : runForReal(execution, screen)
        screen.end()
        try conclude(result, execution)
    }

    private func runForReal(_ execution: Execution, _ screen: ProgressLine) throws -> Execution.Result {
        guard let address = dashboard else {
            return try execution.runForReal(secretFile: secretFile) { screen.show($0) }
        }
        let requests = try LiveRequests()
        let board = try Dashboard(
            topology: execution.topology, folder: execution.folder.path, address: address, requests: requests)
        screen.say("dashboard: \(try board.start())")
        defer { board.stop() }
        return try execution.runForReal(secretFile: secretFile, requests: requests) { screen.show($0) }
    }

    private func conclude(_ result: Execution.Result, _ execution: Execution) throws {
        if json {
            print(try RunSummary.json(result, folder: execution.folder))
        } else {
            print(ClosingTable(result.results))
            for line in RunSummary.lines(result, execution) { print(line) }
        }
        if !result.end.reason.isEmpty { complain("testbed: \(result.end.reason)") }
        for failure in result.failures { complain("testbed: \(failure)") }
        if result.exitCode != 0 { throw ExitCode(result.exitCode) }
    }
}
