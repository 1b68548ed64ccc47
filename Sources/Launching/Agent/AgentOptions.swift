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
