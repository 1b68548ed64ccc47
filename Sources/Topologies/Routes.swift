/// The way from a transmitter to its receivers: one link, or several with relays between them.
package struct Route: Sendable, Equatable {
    package var transmitter: String
    /// In the order an image takes them.
    package var links: [LinkSettings]

    package var first: LinkSettings { links[0] }
    package var last: LinkSettings { links[links.count - 1] }
    /// Where images end.
    package var receivers: [String] { last.to }
}

extension Topology {
    /// The route of every transmitter, by its name.
    package var routes: [String: Route] {
        let leaving = Dictionary(links.map { ($0.from, $0) }, uniquingKeysWith: { first, _ in first })
        let relays = Set(nodes.filter { $0.role == .relay }.map(\.name))
        var routes: [String: Route] = [:]
        for node in nodes where node.role == .transmitter {
            guard var link = leaving[node.name] else { continue }
            var way = [link]
            // A ring of relays is no route; no way is longer than there are links.
            while let relay = link.to.first(where: { relays.contains($0) }), let next = leaving[relay],
                way.count < links.count
            {
                way.append(next)
                link = next
            }
            routes[node.name] = Route(transmitter: node.name, links: way)
        }
        return routes
    }

    /// The transmitter whose images a link carries, by link name.
    package var transmitterOfLink: [String: String] {
        var origin: [String: String] = [:]
        for route in routes.values { for link in route.links { origin[link.name] = route.transmitter } }
        return origin
    }
}
