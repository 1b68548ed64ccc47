import ArgumentParser
import Declarations
import Experiments
import Files
import Foundation
import Topologies

struct SweepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep", abstract: "Run every point of a topology's sweep, and gather them in one database.",
        discussion: """
            Each point is a 'testbed run' of its own in DIR/points; a sweep that was killed goes on where it stopped \
            when it is started again with the same folder. Writes sweep.sqlite, sweep.csv and sweep.html.
            """)

    @OptionGroup var input: TopologyArguments

    @Option(
        name: [.customShort("o"), .customLong("output")], help: ArgumentHelp("Folder of the sweep.", valueName: "dir"))
    var output: String

    @Option(help: "Runs at a time; 1 over sockets, as many as cores under the virtual clock.")
    var jobs: Int?

    @Flag(help: "Run the points under the virtual clock.")
    var virtual = false

    @Option(
        help: ArgumentHelp(
            "What hands a point to a batch engine, for instance 'srun -n1'; put before each command.",
            valueName: "command"))
    var launcher: String?

    @Option(
        help: ArgumentHelp(
            "Only one task's points, for instance 2/16, or 'slurm' within a job array: every n-th point. "
                + "The same command without it, once all tasks have ended, gathers them.",
            valueName: "task/tasks"))
    var array: String?

    @Option(
        help: ArgumentHelp(
            "The secret of nodes that are started by hand, as of 'testbed run': one for all points.",
            valueName: "FILE"),
        completion: .file())
    var secretFile: String?

    @Option(help: "What stays of each point, instead of the topology's 'keep'.")
    var keep: Kept?

    func validate() throws {
        try OptionRange.check(jobs, "--jobs", 1...4096)
        if virtual, secretFile != nil {
            throw ValidationError("a --virtual run has no nodes that could be started by hand")
        }
    }

    private func expectSecret(_ topology: Topology) throws {
        guard secretFile == nil, !virtual, let node = topology.nodes.first(where: { $0.start == .external }) else {
            return
        }
        throw InputError(
            "'\(node.name)' is started by hand: --secret-file FILE says by what it is known at every point")
    }

    /// Of each run, beside the plan.
    private func options() throws -> [String] {
        let kept = keep.map { ["--keep", $0.rawValue] } ?? []
        return kept + (try secretFile.map { ["--secret-file", try absolutePath($0)] } ?? [])
    }

    func run() throws {
        guard isPlainFile(input.topology) || !FileManager.default.fileExists(atPath: input.topology) else {
            throw InputError(
                "\(input.topology): a sweep reads its topology again for every point: expected a plain file")
        }
        let topology: Topology
        do { topology = try input.read() } catch let error as TopologyError {
            for problem in error.problems { complain(problem) }
            throw ExitCode(2)
        }
        try expectSecret(topology)
        let plan = try SweepPlan(topology, file: input.topology)
        // A value that some point cannot take is found now and not in the night.
        for point in plan.points where point.repetition == 0 {
            do {
                _ = try Topology(
                    contentsOf: input.topology,
                    overrides: input.overrides + point.settings.map { "\($0.key)=\($0.value)" }, seed: point.seed)
            } catch let error as TopologyError {
                for problem in error.problems { complain(problem) }
                throw ExitCode(2)
            }
        }
        let program = CommandLine.arguments[0].contains("/") ? CommandLine.arguments[0] : "testbed"
        let command = (launcher?.split(separator: " ").map(String.init) ?? []) + [program]
        let arguments = [input.topology] + input.overrides.flatMap { ["--set", $0] } + (virtual ? ["--virtual"] : [])
        let parallel = jobs ?? (virtual ? ProcessInfo.processInfo.activeProcessorCount : 1)
        let execution = SweepExecution(
            plan: plan, folder: output, command: command, arguments: arguments, jobs: parallel,
            share: try array.map { try SweepShare($0, environment: ProcessInfo.processInfo.environment) } ?? .whole,
            options: try options())
        complain(
            "testbed: \(execution.count) points\(array == nil ? "" : " of \(plan.points.count)"), \(parallel) "
                + "at a time, in \(output)"
        )
        let line = ProgressNoteLine(every: 30)
        let begun = Date.now
        var first: Int?
        let outcome = try execution.run { ended, running, all in
            // What an earlier session did says nothing about how long this one takes.
            if first == nil { first = ended }
            let fresh = ended - first!
            let left = fresh > 0 ? Date.now.timeIntervalSince(begun) / Double(fresh) * Double(all - ended) : nil
            let bar = String(repeating: "#", count: 30 * ended / max(1, all)).padding(
                toLength: 30, withPad: ".", startingAt: 0)
            line.show("[\(bar)] \(ended)/\(all), \(running) running\(left.map { ", \(Int($0)) s left" } ?? "")")
        }
        line.clear()
        for (point, code) in outcome.failed { complain("testbed: point \(point): exit code \(code)") }
        let figures = "\(outcome.done) points run, \(outcome.found) found, \(outcome.failed.count) failed"
        guard array == nil else {
            print("\(figures); once all tasks have ended, the same command without --array gathers them")
            if !outcome.failed.isEmpty { throw ExitCode(1) }
            return
        }
        let page = try SweepSummary(plan: plan, folder: output).write(to: output)
        print("\(figures); \(page)")
        if !outcome.failed.isEmpty { throw ExitCode(1) }
    }
}

extension Kept: ExpressibleByArgument {}
