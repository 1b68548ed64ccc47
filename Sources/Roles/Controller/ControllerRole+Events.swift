import Adaptation
import Determinism
import Foundation
import Records
import Topologies
import Wire

extension ControllerRole {
    package mutating func perform(_ kind: TimedEvent.Kind, now: Instant) -> [Action] {
        switch kind {
        case .set(let key, let value): return set(key, value, now: now)
        case .flap(let link, let duration):
            return [
                note(now, "controller", .note, "flap", "\(link) is down for \(duration) s"),
                plan(.undo(kind), at: now + .seconds(duration)),
            ]
                + adjust(link, "down", "yes", now: now)
        case .partition(let node, let duration):
            var actions = [
                note(now, "controller", .note, "partition", "\(node) is cut off for \(duration) s"),
                plan(.undo(kind), at: now + .seconds(duration)),
            ]
            for link in linksOfNode[node] ?? [] { actions += adjust(link.name, "down", "yes", now: now) }
            return actions
        case .pause(let node, let duration):
            guard nodes[node]?.isAlive == true else { return [] }
            nodes[node]!.isPaused = true
            return [
                note(now, "controller", .note, "pause", "\(node) for \(duration) s"), .pause(node: node),
                plan(.undo(kind), at: now + .seconds(duration)),
            ]
        case .kill(let node):
            guard nodes[node]?.isAlive == true else { return [] }
            nodes[node]!.isKilled = true
            return [note(now, "controller", .note, "kill", node), .kill(node: node)]
        case .restart(let node):
            pendingRestarts[node, default: 1] -= 1
            if nodes[node]?.isAlive == true {
                // It comes back when its process is gone; see `loseKilled`.
                (nodes[node]!.isKilled, nodes[node]!.isToReturn) = (true, true)
                return [note(now, "controller", .note, "restart", node), .kill(node: node)]
            }
            countRestart()
            return [note(now, "controller", .note, "restart", node)] + launch(node, now: now)
        case .join(let node):
            pendingJoins -= 1
            return [note(now, "controller", .note, "join", node)] + launch(node, now: now)
        case .leave(let node):
            guard nodes[node]?.isAlive == true else { return [] }
            nodes[node]!.isExpectedToEnd = true
            return [
                note(now, "controller", .note, "leave", node), .tell(node: node, .stop(Stop())),
            ]
        }
    }

    mutating func undo(_ kind: TimedEvent.Kind, now: Instant) -> [Action] {
        switch kind {
        case .flap(let link, _): return adjust(link, "down", "no", now: now)
        case .partition(let node, _):
            var actions: [Action] = []
            for link in linksOfNode[node] ?? [] { actions += adjust(link.name, "down", "no", now: now) }
            return actions
        case .pause(let node, _):
            guard nodes[node]?.isPaused == true else { return [] }
            nodes[node]!.isPaused = false
            return [.resume(node: node)]
        default: return []
        }
    }

    /// Tells the link's channel node; an empty link means every link of every channel node.
    private mutating func adjust(_ link: String, _ quantity: String, _ value: String, now: Instant) -> [Action] {
        let adjustment = Adjustment(link: link, quantity: quantity, value: value, at: now)
        adjustments.note(adjustment)
        let concerned = link.isEmpty ? channelNodes : links[link].map { [$0.settings.through] } ?? []
        return concerned.compactMap { name in
            guard nodes[name]?.phase == .ready else { return nil }
            return .tell(node: name, .adjustment(adjustment))
        }
    }

    /// What a channel node that comes later or comes back must hear: every change that is in force.
    func adjustments(for name: String, now: Instant) -> [Action] {
        guard nodes[name]?.settings.role == .channel else { return [] }
        return adjustments.inForce.compactMap { adjustment in
            guard adjustment.link.isEmpty || links[adjustment.link]?.settings.through == name else { return nil }
            var again = adjustment
            again.at = now
            return .tell(node: name, .adjustment(again))
        }
    }

    /// In the topology's order.
    private var channelNodes: [String] { topology.nodes.filter { $0.role == .channel }.map(\.name) }

    /// A new value for a key of a link, or of the scheme as far as the controller alone applies it.
    private mutating func set(_ key: String, _ value: String, now: Instant) -> [Action] {
        let parts = key.split(separator: ".").map(String.init)
        switch parts.first {
        case "links" where parts.count >= 3:
            let named = parts[1] == "*" ? topology.links.map(\.name) : [parts[1]]
            return [note(now, "controller", .note, "set", "\(key) = \(value)")]
                + named.flatMap { adjust($0, parts[2...].joined(separator: "."), value, now: now) }
        case "scheme", "nodes": return setScheme(key, value, now: now)
        default: return [note(now, "controller", .warning, "set", "\(key) cannot change during a run")]
        }
    }

    private mutating func setScheme(_ key: String, _ value: String, now: Instant) -> [Action] {
        guard let change = SchemeChange(key: key) else {
            return [note(now, "controller", .warning, "set", "\(key) cannot change during a run")]
        }
        let concerned: [NodeSettings] =
            change.node.map { topology.nodes(named: $0).filter { $0.role == .transmitter } }
            // Who has a value of its own keeps it.
            ?? topology.transmitters.filter { !$0.ownKeys.contains(change.key.rawValue) }
        var actions = [note(now, "controller", .note, "set", "\(key) = \(value)")]
        for node in concerned {
            if let expected = schemes[node.name]!.make(change, value) {
                return [note(now, "controller", .warning, "set", "\(key) = \(value): expected \(expected)")]
            }
            let scheme = schemes[node.name]!
            switch policies[node.name] {
            case .optimal: policies[node.name] = .optimal(scheme.constraints)
            case .fixed: policies[node.name] = .fixed(alpha: scheme.alpha, rate: scheme.rate ?? 1)
            default: break
            }
            guard change.key == .budget else { continue }
            // The channel gives up datagrams by it.
            for link in routes[node.name]?.links ?? [] { actions += adjust(link.name, "budget", value, now: now) }
        }
        return actions
    }
}
