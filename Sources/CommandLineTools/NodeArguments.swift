import ArgumentParser
import Launching
import Nodes

/// The options that every node shares. `testbed run` starts a node on its own host with the whole of it; elsewhere, or
/// by hand, the controller's address, a secret and a name are enough.
public struct NodeArguments: ParsableArguments {
    @Option(help: "HOST:PORT of the controller.")
    public var controller: String?

    @Option(help: "The node's name in the topology.")
    public var name: String?

    @Option(
        help: ArgumentHelp(
            "The secret of the run, as 'testbed run --secret-file' made it; - for the first line of standard input, "
                + "whose end is the node's end. All else comes from the controller.",
            valueName: "FILE"), completion: .file())
    public var secretFile: String?

    @Option(
        help: ArgumentHelp(
            "With --secret-file: where files from the controller are kept; $XDG_CACHE_HOME/gensemcom or "
                + "~/.cache/gensemcom where absent.",
            valueName: "DIR"), completion: .directory)
    public var cache: String?

    @Option(help: "With --secret-file: UDP port to speak from; 0 lets the system choose.")
    public var port: UInt16 = 0

    @Option(help: ArgumentHelp("With --secret-file: how long to wait for a controller.", valueName: "SECONDS"))
    public var wait: Double = 600

    @Option(help: "Without --secret-file: the resolved topology file, as the launcher passes it.")
    public var topology: String?

    @Option(help: "Without --secret-file: run folder; the record goes to records/NAME.jsonl in it.")
    public var runFolder: String?

    @Option(help: "Without --secret-file: incarnation, counted from 0; grows with every restart.")
    public var epoch: UInt16 = 0

    public init() {}

    /// What is missing, in one line; nil: nothing.
    var complaint: String? {
        if let missing = [(controller, "--controller"), (name, "--name")].first(where: { $0.0 == nil })?.1 {
            return "\(missing) is missing"
        }
        if secretFile != nil {
            if topology != nil || runFolder != nil || epoch != 0 {
                return "--secret-file goes without --topology, --run-folder and --epoch: they come from the controller"
            }
            return wait > 0 && wait <= 604_800
                ? nil : "--wait is \(wait): expected more than 0 and at most 604800 seconds"
        }
        if topology == nil && runFolder == nil {
            return "--secret-file is missing (or --topology and --run-folder, as the launcher passes them)"
        }
        return topology == nil ? "--topology is missing" : runFolder == nil ? "--run-folder is missing" : nil
    }

    /// To be called once there is no ``complaint``.
    package var options: NodeOptions {
        NodeOptions(
            topology: topology ?? "", name: name ?? "", controller: controller ?? "", folder: runFolder ?? "",
            epoch: epoch)
    }

    /// What a node is started with whose topology comes over the link; nil where it has one.
    ///
    /// - Throws: what is wrong with the secret, in one line.
    func agent(_ program: String) throws -> AgentOptions? {
        guard let secretFile else { return nil }
        return AgentOptions(
            name: name ?? "", controller: controller ?? "", secret: try SecretFile.read(secretFile), cache: cache,
            port: port, patience: wait, program: program)
    }
}
