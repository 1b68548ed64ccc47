import Declarations
import Topologies

/// What of a topology's events contradicts itself or comes too late: nothing of it is wrong, and little of it is meant.
struct EventDoubts {
    /// One line each, which names the event.
    private(set) var lines: [String] = []
    private let topology: Topology
    private var killed: Set<String> = []
    private var left: Set<String> = []
    private var joined: Set<String> = []

    /// - Parameter photos: of each transmitter, in the order of sending.
    init(_ topology: Topology, photos: [String: [String]]) {
        self.topology = topology
        let end = Self.end(topology, photos)
        for (index, event) in topology.events.enumerated().sorted(by: {
            ($0.element.at, $0.offset) < ($1.element.at, $1.offset)
        }) {
            let name = "events[\(index)] (\(event.words))"
            if let limit = topology.timing.limit, event.at >= limit {
                lines.append("\(name): comes at or after timing.limit, which ends the run")
            } else if let end, event.at > end, !event.kind.isWaitedFor {
                lines.append(
                    "\(name): the last image is due at \(Dimension.duration.text(Self.milliseconds(end))) "
                        + "at the latest; the run may have ended"
                )
            }
            lines += contradictions(event.kind).map { "\(name): \($0)" }
        }
        for node in topology.nodes where node.joinsLater && !joined.contains(node.name) {
            lines.append("nodes.\(node.name).joinsLater: no join event starts it")
        }
    }

    private mutating func contradictions(_ kind: TimedEvent.Kind) -> [String] {
        switch kind {
        case .kill(let node):
            let found = away(node)
            if !savedByItself(node) { killed.insert(node) }
            return found
        case .restart(let node):
            defer {
                killed.remove(node)
                left.remove(node)
            }
            if left.contains(node) || killed.contains(node) { return [] }
            return savedByItself(node)
                ? ["'\(node)' comes back by itself (restart: onFailure); this kills it and starts it once more"]
                : ["'\(node)' was not killed before; this kills it and starts it again"]
        case .join(let node):
            let late = topology.node(node)?.joinsLater ?? false
            let again = !joined.insert(node).inserted
            return late && !again
                ? [] : ["'\(node)' is there already\(again ? "" : "; joinsLater: yes would keep it away until then")"]
        case .leave(let node):
            defer { left.insert(node) }
            return away(node)
        case .pause(let node, _): return away(node)
        case .set(let key, _): return ineffective(key)
        case .partition, .flap: return []
        }
    }

    /// Why a node cannot be met.
    private func away(_ node: String) -> [String] {
        if killed.contains(node) { return ["'\(node)' was killed before and not started again"] }
        if left.contains(node) { return ["'\(node)' has left before"] }
        let late = topology.node(node)?.joinsLater ?? false
        return late && !joined.contains(node) ? ["'\(node)' has not joined yet"] : []
    }

    private func savedByItself(_ node: String) -> Bool { topology.node(node)?.restart == .onFailure }

    private func ineffective(_ key: String) -> [String] {
        guard let change = SchemeChange(key: key), change.node == nil else { return [] }
        let all = topology.transmitters.allSatisfy { $0.ownKeys.contains(change.key.rawValue) }
        return all ? ["changes nothing: every transmitter states '\(change.key.rawValue)' itself"] : []
    }

    /// When the last image has come to its end, where intervals say so.
    private static func end(_ topology: Topology, _ photos: [String: [String]]) -> Double? {
        let ends = topology.transmitters.map { node -> Double? in
            let source = node.images ?? topology.images
            guard source.interval > 0, !node.joinsLater else { return nil }
            // Encoding and waiting for a block take their time, too.
            let slack = max(source.interval, 2) + (topology.links.compactMap(\.channel.coherence).max() ?? 0)
            return source.interval * Double(max(0, (photos[node.name]?.count ?? 0) - 1))
                + (node.scheme ?? topology.scheme).budget + topology.timing.grace + slack
        }
        return ends.contains { $0 == nil } ? nil : ends.compactMap(\.self).max()
    }

    private static func milliseconds(_ seconds: Double) -> Double { (seconds * 1e3).rounded() / 1e3 }
}

extension TimedEvent {
    /// `kill desk at 3 s`.
    fileprivate var words: String {
        let what =
            switch kind {
            case .set(let key, let value): "set \(key) = \(value)"
            case .flap(let link, _): "flap \(link)"
            case .partition(let node, _): "partition \(node)"
            case .pause(let node, _): "pause \(node)"
            case .kill(let node): "kill \(node)"
            case .restart(let node): "restart \(node)"
            case .join(let node): "join \(node)"
            case .leave(let node): "leave \(node)"
            }
        return "\(what) at \(Dimension.duration.text(at))"
    }
}

extension TimedEvent.Kind {
    /// Whether the run goes on until it has happened.
    fileprivate var isWaitedFor: Bool { if case .join = self { true } else { false } }
}
