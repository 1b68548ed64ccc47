import ArgumentParser
import Datagrams
import Launching
import Nodes

enum NodeHelp {
    static func text(_ program: String) -> String {
        """
        Started by 'testbed run', or by hand on any host:
          \(program) --controller HOST:PORT --secret-file FILE --name NAME
        """
    }
}

public struct TransmitterNodeCommand: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "tx-node", abstract: "A transmitter: describes, encodes and sends photos as the controller asks.",
        discussion: NodeHelp.text("tx-node"))

    @OptionGroup var node: NodeArguments

    @Option(
        help: ArgumentHelp(
            "A program that gets a photo's path and prints its caption, in place of the topology's scheme.captioner.",
            valueName: "COMMAND"))
    var captioner: String?

    public init() {}

    public func validate() throws {
        if let complaint = node.complaint { throw ValidationError(complaint) }
        if captioner != nil, node.secretFile != nil {
            throw ValidationError("--captioner goes without --secret-file: state scheme.captioner in the topology")
        }
    }

    public func run() throws {
        if let agent = try node.agent("tx-node") { return try NodeAgent(agent).run() }
        ProcessLife.endWithParent()
        try TransmitterNode.run(node.options, captioner: captioner, secret: NodeOptions.readSecret())
    }
}

public struct ReceiverNodeCommand: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "rx-node", abstract: "A receiver: reassembles, decodes and measures what comes in.",
        discussion: NodeHelp.text("rx-node"))

    @OptionGroup var node: NodeArguments

    public init() {}

    public func validate() throws {
        if let complaint = node.complaint { throw ValidationError(complaint) }
    }

    public func run() throws {
        if let agent = try node.agent("rx-node") { return try NodeAgent(agent).run() }
        ProcessLife.endWithParent()
        try ReceiverNode.run(node.options, secret: NodeOptions.readSecret())
    }
}
