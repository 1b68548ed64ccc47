import ArgumentParser
import Topologies

/// A topology file, with what the command line changes in it.
struct TopologyArguments: ParsableArguments {
    @Argument(help: "Topology file (YAML).", completion: .file(extensions: ["yaml", "yml"]))
    var topology: String

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            "Change a value, for instance links.uplink.snr=3dB. May be repeated.", valueName: "KEY=VALUE"))
    var overrides: [String] = []

    @Option(help: "Seed of every random stream, instead of the file's.")
    var seed: UInt64?

    /// - Parameter more: overrides that other options stand for.
    func read(_ more: [String] = []) throws -> Topology {
        try Topology(contentsOf: topology, overrides: overrides + more, seed: seed)
    }
}
