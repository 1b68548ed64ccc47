public enum NodeKind: String, Sendable, CaseIterable, Codable {
    case transmitter, channel, receiver
    /// Opens each datagram of a link that ends here, seals it for the link that leaves, and sends it on.
    case relay

    /// The executable that plays the role.
    public var executable: String {
        switch self {
        case .transmitter, .relay: "tx-node"
        case .channel: "channel-node"
        case .receiver: "rx-node"
        }
    }
}

public enum RestartPolicy: String, Sendable, CaseIterable {
    /// A node that dies ends the run.
    case never
    /// A node that dies is started again, at most ``NodeSettings/restartLimit`` times.
    case onFailure
    /// A node that dies stays dead; its images end as failed and the run goes on.
    case ignore
}

/// One process.
public struct NodeSettings: Sendable, Equatable {
    public var name: String
    public var role: NodeKind
    /// Threads that matrix products may use.
    public var threads: Int
    /// The address the node's sockets are bound to.
    public var address: String
    /// First of the ports the node takes; zero lets the system choose free ones.
    public var port: Int
    /// Command that starts the node on another host, for instance `ssh edge1 /opt/gensemcom/tx-node`; empty: here.
    public var command: [String]
    public var restart: RestartPolicy
    public var restartLimit: Int
    /// How many there are; 1 once the topology is read.
    public var copies: Int
    /// Started only by a `join` event.
    public var joinsLater: Bool
    /// How this transmitter sends; `nil`: as ``Scheme/kind`` says.
    public var scheme: SchemeKind?
}
