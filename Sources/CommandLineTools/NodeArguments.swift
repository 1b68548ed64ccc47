import ArgumentParser
import Nodes

/// The options that every node shares; `testbed run` passes them, and so may a person by hand.
public struct NodeArguments: ParsableArguments {
    @Option(help: "Topology file; the launcher passes the resolved one.")
    public var topology: String

    @Option(help: "The node's name in the topology.")
    public var name: String

    @Option(help: "HOST:PORT of the controller.")
    public var controller: String

    @Option(help: "Run folder; the record goes to records/NAME.jsonl in it.")
    public var runFolder: String

    @Option(help: "Incarnation, counted from 0; grows with every restart.")
    public var epoch: UInt16 = 0

    public init() {}

    package var options: NodeOptions {
        NodeOptions(topology: topology, name: name, controller: controller, folder: runFolder, epoch: epoch)
    }
}
