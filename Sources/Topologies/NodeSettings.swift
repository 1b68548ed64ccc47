package enum NodeKind: String, Sendable, CaseIterable, Codable {
    case transmitter, channel, receiver
    /// Opens each datagram of a link that ends here, seals it for the link that leaves, and sends it on.
    case relay

    /// The executable that plays the role.
    package var executable: String {
        switch self {
        case .transmitter, .relay: "tx-node"
        case .channel: "channel-node"
        case .receiver: "rx-node"
        }
    }
}

package enum RestartPolicy: String, Sendable, CaseIterable {
    /// A node that dies ends the run.
    case never
    /// A node that dies is started again, at most ``NodeSettings/restartLimit`` times.
    case onFailure
    /// A node that dies stays dead; its images end as failed and the run goes on.
    case ignore
}

/// One process.
package struct NodeSettings: Sendable, Equatable {
    package var name: String
    package var role: NodeKind
    /// Threads that matrix products may use.
    package var threads: Int
    /// The address the node's sockets are bound to.
    package var address: String
    /// First of the ports the node takes; zero lets the system choose free ones.
    package var port: Int
    /// Command that starts the node on another host, for instance `ssh edge1 /opt/gensemcom/tx-node`; empty: here.
    package var command: [String]
    package var restart: RestartPolicy
    package var restartLimit: Int
    /// How many there are; 1 once the topology is read.
    package var copies: Int
    /// Started only by a `join` event.
    package var joinsLater: Bool
    /// How this transmitter sends; `nil`: as ``Scheme/kind`` says.
    package var scheme: SchemeKind?
}
