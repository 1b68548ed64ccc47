import ArgumentParser

/// `testbed`: everything but the three nodes.
public struct TestbedRoot: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "testbed", abstract: "Hybrid generative semantic communication over real sockets.",
        discussion: "Exit codes: 0 done, 1 failed, 2 misused (an argument or an input is at fault).", version: "0.1.0",
        subcommands: [RunCommand.self, CheckCommand.self, SchemaCommand.self, CamCommand.self, ScoreCommand.self, ReportCommand.self, OptimizeCommand.self, ReproduceCommand.self, SweepCommand.self])

    public init() {}
}
