import Files
import ImagePipeline
import Nodes
import Wire

/// What a node is started with by hand, or by a launcher on another host: everything else comes over the link.
package struct AgentOptions: Sendable {
    package var name: String
    /// `HOST:PORT` of the controller.
    package var controller: String
    package var secret: Secret
    /// Whether standard input is the launcher's, whose end is the node's end.
    package var watchesInput: Bool
    /// Where files are kept; nil: in the usual cache folder.
    package var cache: String?
    /// Of the socket that speaks for the host; 0: the system chooses.
    package var port: UInt16
    /// Seconds to wait for a controller.
    package var patience: Double
    /// The executable, without folders.
    package var program: String

    package init(
        name: String, controller: String, secret: (value: Secret, isFromInput: Bool), cache: String? = nil,
        port: UInt16 = 0, patience: Double = 600, program: String
    ) {
        self.name = name
        self.controller = controller
        self.secret = secret.value
        watchesInput = secret.isFromInput
        self.cache = cache
        self.port = port
        self.patience = patience
        self.program = program
    }
}

/// The file of a secret that may outlive runs: one line of 64 hexadecimal digits, readable by its owner alone.
package enum SecretFile {
    /// - Parameter path: `-`: the first line of standard input.
    /// - Throws: `FileFailure` or `NodeFailure`, one line that names the file.
    package static func read(_ path: String) throws -> (value: Secret, isFromInput: Bool) {
        if path == "-" { return (try NodeOptions.readSecret(), true) }
        let text = try TextFile.text(PrivateFile.read(path), name: path)
        let line = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        do { return (try Secret(hexadecimal: line), false) } catch {
            throw FileFailure.unreadable(path: path, reason: "\(error)")
        }
    }

    /// Reads the secret, or draws one and writes it where the file is not there.
    ///
    /// - Throws: as above.
    package static func readOrCreate(_ path: String) throws -> (value: Secret, isNew: Bool) {
        let secret = Secret.generate()
        try makeFolders(above: path)
        if try PrivateFile.create(Array((secret.hexadecimal + "\n").utf8), at: path) { return (secret, true) }
        return (try read(path).value, false)
    }

    /// What both sides of a handshake must have in common besides the secret.
    package static var build: String { Provenance.version }
}
