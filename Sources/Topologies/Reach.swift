import Declarations
import Yams

extension NodeSettings {
    /// Whether its process is started by others than the controller's: it gets all it needs over the link.
    package var isDistant: Bool { start == .external || launch != nil }

    /// Where its sockets are bound.
    package var bindAddress: String { bind ?? address }

    /// UDP ports it opens: one of its host's, one for the controller, and those for its links.
    package func portsNeeded(links: Int) -> Int { 2 + links }

    /// Of the socket to the controller; 0: any.
    package var controlPort: Int { ports.map { $0.lowerBound + 1 } ?? 0 }

    /// Of a link's socket; 0: any.
    package func linkPort(_ index: Int) -> Int {
        if let ports { return ports.lowerBound + 2 + index }
        return port == 0 ? 0 : port + index
    }
}

extension ControllerSettings {
    /// Where its socket is bound.
    package var bindAddress: String { bind ?? address }
}

extension Topology {
    /// The sockets a node opens for links; a channel has one more, from which it sends.
    package func linkSockets(of node: NodeSettings) -> Int {
        switch node.role {
        case .transmitter: 1
        case .relay: 2
        case .channel: links(through: node.name).count + 1
        case .receiver: links(to: node.name).count
        }
    }

    /// Reports addresses that cannot be reached from where they are needed, and ranges of ports that are too small.
    func checkReach(_ s: YAMLSection) {
        func report(_ key: String, _ place: [String], _ message: String) {
            let node = place.reduce(s.node) { $0?.mapping?[$1] ?? $0 }
            s.diagnostics.report(key, at: node, message)
        }
        let stated =
            [("controller.address", ["controller", "address"], controller.address)]
            + nodes.map { ("nodes.\($0.original).address", ["nodes", $0.original, "address"], $0.address) }
        for (key, place, address) in stated where isAnyAddress(address) {
            report(
                key, place,
                "is \(address), to which nobody can send: state the address others reach, and bind: \(address) "
                    + "beside it"
            )
        }
        let isLocal = isLoopbackName(controller.address)
        for node in nodes where node.copyNumber == 1 {
            let key = "nodes.\(node.original)"
            if isLocal, let launch = node.launch, launch.isElsewhere {
                report(
                    "controller.address", ["controller", "address"],
                    "is \(controller.address), which '\(node.original)' on \(launch.destination ?? "its host") "
                        + "does not reach: state this host's address in their network"
                )
            }
            if node.port > 0, node.port + linkSockets(of: node) > 65_536 {
                report(
                    "\(key).port", ["nodes", node.original, "port"],
                    "is \(node.port), which leaves no room for the ports of all its links below 65536")
            }
            guard let ports = node.ports else { continue }
            let needed = node.portsNeeded(links: linkSockets(of: node))
            if ports.count < needed {
                report(
                    "\(key).ports", ["nodes", node.original, "ports"],
                    "holds \(ports.count) ports; '\(node.original)' needs \(needed): one of its host's, "
                        + "one for the controller, \(needed - 2) for links"
                )
            }
        }
        guard !isLocal else { return }
        // Whoever exchanges datagrams with a node elsewhere must be reachable from there.
        for link in links {
            let ends = ([link.from, link.through] + link.to).compactMap { node($0) }
            guard let far = ends.first(where: \.isDistant) else { continue }
            for node in ends where !node.isDistant && node.command.isEmpty && isLoopbackName(node.address) {
                report(
                    "nodes.\(node.original).address", ["nodes", node.original],
                    "is \(node.address), where '\(far.original)' on another host does not reach it: "
                        + "state this host's address in their network"
                )
            }
        }
    }
}
