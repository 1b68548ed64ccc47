import ArgumentParser
import Datagrams
import Nodes

public struct TransmitterNodeCommand: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "tx-node", abstract: "A transmitter: describes, encodes and sends photos as the controller asks.",
        discussion: "Started by 'testbed run', or by hand on any host; the secret is the first line of standard input.")

    @OptionGroup var node: NodeArguments

    @Option(
        help: ArgumentHelp(
            "A program that gets a photo's path and prints its caption, in place of the topology's scheme.captioner.",
            valueName: "COMMAND"))
    var captioner: String?

    public init() {}

    public func run() throws {
        ProcessLife.endWithParent()
        try TransmitterNode.run(node.options, captioner: captioner, secret: NodeOptions.readSecret())
    }
}

public struct ReceiverNodeCommand: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "rx-node", abstract: "A receiver: reassembles, decodes and measures what comes in.",
        discussion: "Started by 'testbed run', or by hand on any host; the secret is the first line of standard input.")

    @OptionGroup var node: NodeArguments

    public init() {}

    public func run() throws {
        ProcessLife.endWithParent()
        try ReceiverNode.run(node.options, secret: NodeOptions.readSecret())
    }
}
