import Topologies

/// The control API of a relay: its settings at `GET /run`, and `POST /change` (Documentation/Control.md).
package final class RelayControl: Sendable {
    private let server: ControlServer

    /// - Parameters:
    ///   - settings: every option of each way, by its name.
    ///   - change: refuses by an ``InputError``; false where too much waits already.
    /// - Throws: ``InputError`` where the port is taken.
    package init(
        _ address: ControlAddress, settings: @escaping @Sendable () -> [String: [String: String]],
        change: @escaping @Sendable (LiveRequest) throws -> Bool
    ) throws {
        server = try ControlServer(address)
        self.address = try server.start(
            [
                .init(pattern: "GET /run", right: .lookers) { _ in try ControlServer.answer(settings()) },
                ControlServer.change(change),
            ], option: "--control")
    }

    private let address: String

    /// The server's address, token included.
    package var invitation: String { "\(address)/#\(server.token)" }

    package func stop() { server.stop() }
}
