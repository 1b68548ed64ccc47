import Topologies
import Wire

/// The nodes by name, with the counts that decide when a run goes on: kept as phases change, so that none of ten
/// thousand nodes' messages looks at all the others.
struct NodeRoster: Sendable {
    private var states: [String: NodeState] = [:]
    /// Nodes that have a process.
    private(set) var alive = 0
    /// Nodes there from the beginning that have not said hello.
    private(set) var ungreeted = 0
    /// Nodes there from the beginning that are not ready.
    private(set) var unready = 0
    /// How many nodes that are greeted or ready have which codec weights, and one of them.
    private var identities: [UInt64: (count: Int, name: String)] = [:]

    subscript(name: String) -> NodeState? {
        get { states[name] }
        set {
            if let before = states[name] { count(before, by: -1) }
            states[name] = newValue
            if let newValue { count(newValue, by: 1) }
        }
    }

    /// In the order of their names.
    var sorted: [(key: String, value: NodeState)] { states.sorted { $0.key < $1.key } }

    /// A node that loaded other codec weights than `identity`.
    func stranger(to identity: UInt64) -> String? { identities.first { $0.key != identity }?.value.name }

    private mutating func count(_ state: NodeState, by step: Int) {
        if state.isAlive { alive += step }
        if !state.settings.joinsLater {
            if state.phase == .starting { ungreeted += step }
            if state.phase != .ready { unready += step }
        }
        guard state.phase == .greeted || state.phase == .ready, let identity = state.hello?.modelIdentity, identity != 0
        else { return }
        let known = identities[identity]?.count ?? 0
        identities[identity] = known + step == 0 ? nil : (known + step, state.settings.name)
    }
}
