import Adaptation
import Determinism
import Foundation
import Wire

extension ControllerRole {
    mutating func perform(_ kind: TimedEvent.Kind, now: Instant) -> [Action] {
        switch kind {
        case .set(let key, let value): return set(key, value, now: now)
        case .flap(let link, let duration):
            return [note(now, "controller", .note, "flap", "\(link) is down for \(duration) s"), plan(.undo(kind), at: now + .seconds(duration))]
                + adjust(link, "down", "yes", now: now)
        case .partition(let node, let duration):
            return [note(now, "controller", .note, "partition", "\(node) is cut off for \(duration) s"), plan(.undo(kind), at: now + .seconds(duration))]
                + (linksOfNode[node] ?? []).flatMap { adjust($0.name, "down", "yes", now: now) }
        case .pause(let node, let duration):
            guard nodes[node]?.isAlive == true else { return [] }
            nodes[node]!.isPaused = true
            return [note(now, "controller", .note, "pause", "\(node) for \(duration) s"), .pause(node: node), plan(.undo(kind), at: now + .seconds(duration))]
        case .kill(let node):
            guard nodes[node]?.isAlive == true else { return [] }
            return [note(now, "controller", .note, "kill", node), .kill(node: node)]
        case .restart(let node):
            if nodes[node]?.isAlive == true {
                // It comes back when its process is gone; see `lose`.
                nodes[node]!.settings.restart = .onFailure
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
            return [note(now, "controller", .note, "leave", node), .tell(node: node, .stop(Stop(reason: "asked to leave")))]
        }
    }

    mutating func undo(_ kind: TimedEvent.Kind, now: Instant) -> [Action] {
        switch kind {
        case .flap(let link, _): return adjust(link, "down", "no", now: now)
        case .partition(let node, _): return (linksOfNode[node] ?? []).flatMap { adjust($0.name, "down", "no", now: now) }
        case .pause(let node, _):
            guard nodes[node]?.isPaused == true else { return [] }
            nodes[node]!.isPaused = false
            return [.resume(node: node)]
        default: return []
        }
    }

    private func adjust(_ link: String, _ quantity: String, _ value: String, now: Instant) -> [Action] {
        guard let node = self.topology.link(link)?.through, nodes[node]?.phase == .ready else { return [] }
        return [.tell(node: node, .adjustment(Adjustment(link: link, quantity: quantity, value: value, at: now)))]
    }

    /// A new value for a key of a link, or of the scheme as far as the controller alone applies it.
    private mutating func set(_ key: String, _ value: String, now: Instant) -> [Action] {
        let parts = key.split(separator: ".").map(String.init)
        let happened = note(now, "controller", .note, "set", "\(key) = \(value)")
        switch parts.first {
        case "links" where parts.count >= 3:
            return [happened] + adjust(parts[1], parts[2...].joined(separator: "."), value, now: now)
        case "scheme" where parts.count == 2:
            switch parts[1] {
            case "budget": if let read = Dimension.duration.value(of: value), read > 0 { scheme.budget = read }
            case "alpha": if let read = Float(value) { scheme.alpha = read }
            case "alphaMax": if let read = Float(value) { scheme.alphaMax = read }
            case "rate": if let read = Int(value) { scheme.rate = read }
            default: return [note(now, "controller", .warning, "set", "\(key) cannot change during a run")]
            }
            switch policy {
            case .optimal(var constraints):
                constraints.alphaMax = scheme.alphaMax
                policy = .optimal(constraints)
            case .fixed: policy = .fixed(alpha: scheme.alpha, rate: scheme.rate ?? 1)
            default: break
            }
            return [happened]
        default: return [note(now, "controller", .warning, "set", "\(key) cannot change during a run")]
        }
    }
}
