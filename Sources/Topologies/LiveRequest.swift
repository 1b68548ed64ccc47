import Declarations

/// One change that is asked of a running testbed: a dotted key of the topology and its new value.
package struct LiveRequest: Codable, Sendable, Equatable {
    package var key: String
    package var value: String

    package init(key: String, value: String) {
        self.key = key
        self.value = value
    }

    /// Whether the key names something that can change in a run of this topology and the value fits it: what an event's
    /// `set` may.
    ///
    /// - Throws: ``InputError`` naming the key, or the value and what was expected.
    package func check(against topology: Topology) throws {
        let parts = key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        if parts.count >= 3, parts[0] == "links" {
            let names = topology.links.map(\.name)
            guard var channel = (parts[1] == "*" ? topology.links.first : topology.link(parts[1]))?.channel else {
                throw InputError("\(key): no link is called '\(parts[1])'\(nearestHint(to: parts[1], among: names))")
            }
            let quantity = parts[2...].joined(separator: ".")
            if quantity == "down" {
                return try expect(["yes", "no"].contains(value) ? nil : "yes or no")
            }
            if !ChannelSettings.isSettable(quantity) {
                throw InputError(
                    "\(key): a link has no '\(quantity)' that can "
                        + "change\(nearestHint(to: quantity, among: ChannelSettings.settable))"
                )
            }
            return try expect(channel.set(quantity, value))
        }
        guard let change = SchemeChange(key: key) else {
            throw InputError(
                "\(key): cannot be changed live; links.NAME.KEY can, and scheme.KEY or nodes.NAME.scheme.KEY "
                    + "where KEY is budget, alpha, alphaMax or rate"
            )
        }
        if let node = change.node, topology.nodes(named: node).allSatisfy({ $0.role != .transmitter }) {
            let names = topology.transmitters.map(\.original)
            throw InputError("\(key): no transmitter is called '\(node)'\(nearestHint(to: node, among: names))")
        }
        var scheme = topology.scheme
        try expect(scheme.make(change, value))
    }

    private func expect(_ expected: String?) throws {
        if let expected { throw InputError("\(key): '\(value)' is not \(expected)") }
    }
}
