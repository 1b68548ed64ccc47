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
    /// The address at which others reach the node; its sockets are bound to it, too, where ``bind`` says nothing else.
    package var address: String
    /// Whether the file states the address; one that does not is where its host is seen, if others start it.
    package var statesAddress: Bool
    package var bind: String?
    /// First of the ports the node takes; zero lets the system choose free ones.
    package var port: Int
    /// The only ports it may take; nil: any.
    package var ports: ClosedRange<Int>?
    package var start: NodeStart
    /// How its host is made to start it; nil: it is started here, or by a person.
    package var launch: LaunchSettings?
    /// Command that starts the node on another host, for instance `ssh edge1 /opt/gensemcom/tx-node`; empty: here.
    package var command: [String]
    package var restart: RestartPolicy
    package var restartLimit: Int
    /// How many there are; 1 once the topology is read.
    package var copies: Int
    /// Started only by a `join` event.
    package var joinsLater: Bool
    /// How this transmitter sends, or this receiver fills, all of it; `nil`: as the topology says for all.
    package var scheme: Scheme?
    /// Which keys of it are the node's own.
    package var ownKeys: Set<String>
    /// The photos of this transmitter; `nil`: those of all.
    package var images: PhotoSource?
    /// Whether the photo to begin with is the node's own word.
    package var statesFirst: Bool
    /// The classifier of this transmitter and the names of its classes; `nil`: those of all.
    package var classifier: String?
    package var classNames: String?
    /// The entry of the file that it is a copy of, and which.
    package var original: String
    package var copyNumber = 1
}

extension Topology {
    /// How a transmitter sends.
    package func scheme(of transmitter: String) -> Scheme { node(transmitter)?.scheme ?? scheme }
    package func images(of transmitter: String) -> PhotoSource { node(transmitter)?.images ?? images }
    package func models(of transmitter: String) -> Models { node(transmitter).map(models(of:)) ?? models }
    package func models(of node: NodeSettings) -> Models {
        guard node.classifier != nil || node.classNames != nil else { return models }
        var own = models
        if let classifier = node.classifier { (own.classifier, own.classNames) = (classifier, nil) }
        own.classNames = node.classNames ?? own.classNames
        return own
    }

    /// How each receiver fills what each transmitter sends there: as the receiver says, where it does, else as the
    /// transmitter. By receiver, then by transmitter.
    package var fillings: [String: [String: Scheme]] {
        let schemes = schemeByTransmitter
        let own = Dictionary(uniqueKeysWithValues: nodes.filter { $0.role == .receiver }.map { ($0.name, $0) })
        var fillings: [String: [String: Scheme]] = [:]
        for route in routes.values {
            for receiver in route.receivers {
                guard var scheme = schemes[route.transmitter] else { continue }
                if let node = own[receiver], let stated = node.scheme { scheme.takeFilling(node.ownKeys, of: stated) }
                fillings[receiver, default: [:]][route.transmitter] = scheme
            }
        }
        return fillings
    }

    /// ``scheme(of:)`` for every transmitter.
    package var schemeByTransmitter: [String: Scheme] {
        Dictionary(uniqueKeysWithValues: transmitters.map { ($0.name, $0.scheme ?? scheme) })
    }

    /// The schemes that the transmitters follow, each once, with who follows them.
    package var schemes: [(scheme: Scheme, transmitters: [String])] {
        var found: [(scheme: Scheme, transmitters: [String])] = []
        for node in transmitters {
            let scheme = node.scheme ?? scheme
            if let place = found.firstIndex(where: { $0.scheme == scheme }) {
                found[place].transmitters.append(node.name)
            } else {
                found.append((scheme, [node.name]))
            }
        }
        return found
    }

    /// The scheme whose program answers for all transmitters that ask one; `nil` where none does.
    package var externalScheme: Scheme? { schemes.first { $0.scheme.policy == .external }?.scheme }

    /// The nodes that a key under `nodes.` means: one, all of it that are copies, or all.
    package func nodes(named name: String) -> [NodeSettings] {
        name == "*" ? nodes : nodes.filter { $0.name == name || $0.original == name }
    }
}
