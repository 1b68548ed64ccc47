import ArgumentParser

/// `testbed`: everything but the three nodes.
public struct TestbedRoot: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "testbed", abstract: "Hybrid generative semantic communication over real sockets.",
        discussion: "Exit codes: 0 done, 1 failed, 2 misused (an argument or an input is at fault).", version: "0.1.0",
        subcommands: [
            RunCommand.self, CheckCommand.self, SchemaCommand.self, SweepCommand.self, ReportCommand.self,
            CamCommand.self,
            EncodeCommand.self, DecodeCommand.self, InspectCommand.self, ScoreCommand.self, InpaintCommand.self,
            OptimizeCommand.self, ReproduceCommand.self, ExportCommand.self,
        ])

    public init() {}
}
