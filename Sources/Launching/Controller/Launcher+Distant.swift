import Datagrams
import Declarations
import Determinism
import Records
import Roles
import Topologies
import Wire

/// What the controller's process does for nodes that others start: waits for them before the run, and for what they
/// bring back after it.
extension Launcher {
    /// `HOST:PORT` at which nodes find the controller.
    var advertised: String {
        let address = topology.controller.address
        return "\(address.contains(":") ? "[\(address)]" : address):\(socket.local.port)"
    }

    /// Asks for every node that others start, and waits until all of them can be.
    func gather() throws {
        guard let distant else { return }
        for node in distant.sorted where !node.settings.joinsLater { try call(node) }
        let patience = Instant.Span.seconds(topology.controller.wait)
        var (since, seen, said) = (MonotonicClock.now, distant.mark, MonotonicClock.now)
        while end == nil, !distant.missing.isEmpty {
            try turn()
            let now = MonotonicClock.now
            if distant.mark != seen { (since, seen) = (now, distant.mark) }
            let names = distant.missing.joined(separator: ", ")
            if now - since > patience {
                let reason = "\(names): not there after \(Dimension.duration.text(topology.controller.wait))"
                end = RunEnd(exitCode: 1, reason: "\(reason); nothing was sent")
            } else if now - said > .seconds(30) {
                progress(.notice("still waiting for \(names)"))
                said = now
            }
        }
    }

    /// Has a node's host started: by its launcher, or by a person, who gets one line to paste.
    func call(_ node: DistantNode) throws {
        let command = LaunchCommand(node: node.settings, controller: advertised)
        guard node.settings.launch != nil else {
            let line = command.line(secretFile: door?.file ?? "SECRET")
            return progress(.notice("\(node.name): waiting for it; to be started on its host with\n  \(line)"))
        }
        guard let door else { return }
        // One that is left from before hangs on to a host that is gone.
        forget(node.name)
        try spawn(node.name, command.command, environment: [:], firstLine: door.secret.hexadecimal)
    }

    func startDistant(_ node: DistantNode, epoch: UInt16) throws {
        let isThere = node.session != nil
        distant?.launch(node, epoch: epoch)
        if !isThere { try call(node) }
    }

    /// A launcher's process (ssh and the like) has ended. After its node has come that says nothing that the node's
    /// host would not say itself; before, the node will not come.
    func launcherEnded(_ node: DistantNode, _ report: ExitReport) throws {
        guard node.session == nil, !report.isClean else { return }
        let command = LaunchCommand(node: node.settings, controller: advertised)
        let words = node.failure ?? report.lastWords
        let place = node.settings.launch?.destination.map { " on \($0)" } ?? ""
        let reason =
            "\(node.name): cannot be started\(place): \(report.summary)\(words.isEmpty ? "" : ": \(words)")"
            + (node.failure == nil ? command.advice(words, exitCode: report.exitCode) : "")
        if node.wantedEpoch != nil {
            node.wantedEpoch = nil
            let told = ExitReport(exitCode: report.exitCode, signal: report.signal, lastWords: reason)
            try perform(role.handle(.exited(node: node.name, told), now: MonotonicClock.now))
        } else if !role.hasBegun, end == nil {
            end = RunEnd(exitCode: 1, reason: reason)
        }
    }

    func happen(_ events: [DistantNodes.Event]) throws {
        for event in events {
            switch event {
            case .said(let text): progress(.notice(text))
            case .passed(let text): progress(.node(text))
            case .arrived(let name, let address):
                if distant?.nodes[name]?.settings.statesAddress == false { role.locate(name, at: address) }
            case .exited(let name, let report):
                try perform(role.handle(.exited(node: name, report), now: MonotonicClock.now))
            case .failed(let name, let words):
                progress(.notice("\(name): \(words)"))
                // A person may try again; a launcher will not.
                if distant?.nodes[name]?.settings.launch != nil, !role.hasBegun, end == nil {
                    end = RunEnd(exitCode: 1, reason: "\(name): \(words)")
                }
            }
        }
    }

    /// Takes in what the nodes of other hosts have written. A host that falls silent meanwhile keeps it.
    func collect() throws {
        guard let distant else { return }
        if role.hasBegun { distant.collect() }
        var (since, seen) = (MonotonicClock.now, distant.returned)
        while role.hasBegun, distant.isCollecting, MonotonicClock.now - since < .seconds(600) {
            try turn()
            guard distant.returned != seen else { continue }
            (since, seen) = (MonotonicClock.now, distant.returned)
            let done = distant.sorted.filter(\.hasReturned).count
            progress(.node("results from other hosts: \(done) of \(distant.nodes.count)"))
        }
        for node in distant.sorted where !node.hasReturned && role.hasBegun && role.hasCome(node.name) {
            let lost =
                node.record.isEmpty
                ? "record and pictures did not come back"
                : "pictures, and the end of the record, did not come back"
            let detail = "\(lost)\(node.failure.map { ": \($0)" } ?? ""); its host keeps them"
            progress(.notice("\(node.name): \(detail)"))
            note(node.name, .warning, "results", detail)
        }
        try dismiss()
    }

    /// Says goodbye to every host, and waits for its launcher.
    private func dismiss() throws {
        guard let distant else { return }
        let reason = end?.exitCode == 0 ? "" : "the run has failed: \(end?.reason ?? "the controller failed")"
        distant.dismiss(reason)
        let limit = MonotonicClock.now + .seconds(2)
        while !distant.isSettled || !children.isEmpty, MonotonicClock.now < limit { try turn() }
    }
}
