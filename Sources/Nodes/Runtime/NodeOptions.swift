import Topologies
import Wire

/// What a node's process is started with.
///
/// On the command line stand the file, the name, the controller's address, the run folder and the incarnation; the
/// secret comes as the first line of standard input, so that no process list and no log shows it. The input stays
/// open as long as the launcher lives: its end is the node's end.
package struct NodeOptions: Sendable {
    package var topology: String
    package var name: String
    /// `HOST:PORT` of the controller.
    package var controller: String
    /// Run folder; records go to `records/NAME.jsonl` in it.
    package var folder: String
    package var epoch: UInt16

    package init(topology: String, name: String, controller: String, folder: String, epoch: UInt16 = 0) {
        self.topology = topology
        self.name = name
        self.controller = controller
        self.folder = folder
        self.epoch = epoch
    }

    /// The same as arguments for the executable.
    package var arguments: [String] {
        [
            "--topology", topology, "--name", name, "--controller", controller, "--run-folder", folder, "--epoch",
            String(epoch),
        ]
    }

    /// Where a file of the controller's lies in the run folder on another host, and under which name the topology there
    /// knows it.
    package static func place(of path: String) -> String { "files" + path }

    package var recordPath: String { "\(folder)/records/\(name).jsonl" }

    /// The first line of standard input.
    package static func readSecret() throws -> Secret {
        guard let line = readLine(strippingNewline: true) else { throw NodeFailure.noSecret }
        return try Secret(hexadecimal: line)
    }
}

/// Why a node cannot play its part; one line for the launcher.
package enum NodeFailure: Error, CustomStringConvertible, Equatable {
    case noSecret
    case unknownNode(String, file: String)
    case wrongRole(String, expected: String, found: String)
    case controllerGone(String)

    package var description: String {
        switch self {
        case .noSecret: "expected the secret, 64 hexadecimal digits, on the first line of standard input"
        case .unknownNode(let name, let file): "\(file): no node is called '\(name)'"
        case .wrongRole(let name, let expected, let found): "node '\(name)' is a \(found), not a \(expected)"
        case .controllerGone(let reason): "the controller is gone: \(reason)"
        }
    }
}

extension Topology {
    /// The settings of a node that was started as that.
    ///
    /// - Throws: `NodeFailure` where the file knows no such node, or as another.
    func node(_ options: NodeOptions, as role: NodeKind) throws(NodeFailure) -> NodeSettings {
        guard let settings = node(options.name) else {
            throw .unknownNode(options.name, file: options.topology)
        }
        guard settings.role == role else {
            throw .wrongRole(options.name, expected: role.rawValue, found: settings.role.rawValue)
        }
        return settings
    }
}
