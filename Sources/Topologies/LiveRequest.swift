import Declarations

/// One change a person asks of a running testbed: a dotted key of the topology and its new value.
package struct LiveRequest: Codable, Sendable, Equatable {
    package var key: String
    package var value: String

    package init(key: String, value: String) {
        self.key = key
        self.value = value
    }

    /// Whether the key names something that can change in a run of this topology and the value fits it.
    ///
    /// - Throws: ``InputError`` naming the key, or the value and what was expected.
    package func check(against topology: Topology) throws {
        let parts = key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        func expect(_ dimension: Dimension, _ range: ClosedRange<Double>) throws {
            guard let number = dimension.value(of: value), range.contains(number) else {
                throw InputError("\(key): '\(value)' is not \(dimension.expectation) within bounds")
            }
        }
        if parts.count == 3, parts[0] == "links" {
            guard topology.link(parts[1]) != nil else {
                let hint = nearestHint(to: parts[1], among: topology.links.map(\.name))
                throw InputError("\(key): no link is called '\(parts[1])'\(hint)")
            }
            if let quantity = ChannelQuantity.all.first(where: { $0.isLive && $0.key == parts[2] }) {
                guard case .success = quantity.read(value) else {
                    throw InputError("\(key): '\(value)' is not \(quantity.expectation)")
                }
                return
            }
        } else if key == "scheme.budget" {
            return try expect(.duration, 1e-4...60)
        }
        throw InputError(
            "\(key): cannot be changed live; links.NAME.snr, links.NAME.loss, links.NAME.bandwidth and scheme.budget can"
        )
    }
}
