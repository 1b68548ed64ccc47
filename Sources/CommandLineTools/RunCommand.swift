import ArgumentParser
import Foundation
import Testbed

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run a topology: start its nodes, send its photos, leave a run folder.",
        discussion: "The folder holds run.sqlite, csv/, images/, records/ and report.html. Ctrl-C ends the run; what was seen until then is kept.")

    @OptionGroup var input: TopologyArguments

    @Option(name: [.customShort("o"), .customLong("output")], help: "Run folder; runs/NAME-DATE-TIME where absent.")
    var output: String?

    @Flag(help: "Run under a virtual clock: no processes, no waiting, the same records every time.")
    var virtual = false

    @Flag(help: "Print the closing figures as JSON.")
    var json = false

    func run() throws {
        let topology: Topology
        do { topology = try input.read() } catch let error as TopologyError {
            for problem in error.problems { FileHandle.standardError.write(Data("\(problem)\n".utf8)) }
            throw ExitCode(2)
        }
        let execution = try Execution(topology: topology, output: output, command: CommandLine.arguments)
        let screen = ProgressLine(quiet: json)
        screen.say("\(topology.name): \(execution.planned) images, \(topology.nodes.count) nodes, seed \(topology.seed)")
        let result = try virtual ? execution.runVirtually { screen.show($0) } : execution.runForReal { screen.show($0) }
        screen.end()
        try conclude(result, execution)
    }

    private func conclude(_ result: Execution.Result, _ execution: Execution) throws {
        if json {
            print(try Summary.json(result, folder: execution.folder))
        } else {
            print(ClosingTable(result.results))
            for line in Summary.lines(result, execution) { print(line) }
        }
        let complain = { (text: String) in FileHandle.standardError.write(Data("testbed: \(text)\n".utf8)) }
        if !result.end.reason.isEmpty { complain(result.end.reason) }
        for failure in result.failures { complain(failure) }
        if result.exitCode != 0 { throw ExitCode(result.exitCode) }
    }
}
