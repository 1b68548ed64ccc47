import Adaptation
import Declarations
import Foundation
import Yams

extension Topology {
    /// What no single entry can know: that names refer to something, and to something of the right kind.
    func checkReferences(_ s: YAMLSection) {
        // A role that was misspelt says nothing about how the node may be used.
        let unclear = Set(
            nodes.map(\.name).filter { name in s.diagnostics.problems.contains { $0.key == "nodes.\(name).role" } })
        for link in links { checkLink(link, unclear: unclear, s) }
        guard s.mapping?["nodes"]?.mapping != nil, s.mapping?["links"]?.mapping != nil else { return }
        for node in nodes where !unclear.contains(node.name) { checkUse(of: node, s) }
        for role in [NodeKind.transmitter, .receiver, .channel]
        where unclear.isEmpty && !nodes.contains(where: { $0.role == role }) {
            s.diagnostics.report("nodes", at: s.mapping?["nodes"], "none is a \(role.rawValue)")
        }
        if images.preencoded { checkPreencoded(s) }
        checkReach(s)
        checkPrograms(s)
        for event in events { checkEvent(event, s) }
        if let sweep {
            for axis in sweep.axes { checkKey(axis.key, "sweep.\(axis.key)", at: s.place("sweep"), s) }
        }
    }

    private func checkLink(_ link: LinkSettings, unclear: Set<String>, _ s: YAMLSection) {
        let key = "links.\(link.name)"
        func refer(_ name: String, _ end: String, _ roles: [NodeKind], at node: Node?) {
            guard !name.isEmpty, !unclear.contains(name) else { return }
            checkName(name, "\(key).\(end)", roles, at: node, s)
        }
        refer(link.from, "from", [.transmitter, .relay], at: s.place("links", link.name, "from"))
        for (index, to) in link.to.enumerated() {
            let list = s.place("links", link.name, "to")
            refer(to, "to", [.receiver, .relay], at: list?.sequence.map { $0[index] } ?? list)
        }
        refer(link.through, "through", [.channel], at: s.place("links", link.name, "through"))
        if let band = link.band, !bands.contains(where: { $0.name == band }) {
            let hint = nearestHint(to: band, among: bands.map(\.name))
            s.diagnostics.report(
                "\(key).band", at: s.place("links", link.name, "band"), "no band is called '\(band)'\(hint)")
        }
        if let model = link.fadesLike,
            model == link.name || self.link(model) == nil || self.link(model)?.fadesLike != nil
        {
            s.diagnostics.report(
                "\(key).fadesLike", at: s.place("links", link.name, "fadesLike"),
                "'\(model)' is no other link with a fading of its own")
        }
        if link.to.count != Set(link.to).count {
            s.diagnostics.report("\(key).to", at: s.place("links", link.name, "to"), "names a node twice")
        }
    }

    /// A node of that name must be there, in one of the roles.
    private func checkName(_ name: String, _ key: String, _ roles: [NodeKind], at place: Node?, _ s: YAMLSection) {
        let kind = roles.map(\.rawValue).joined(separator: " or ")
        guard let target = node(name) else {
            let names = nodes.filter { roles.contains($0.role) }.map(\.name)
            let hint = nearestHint(
                to: name, among: nodes.map(\.name), otherwise: "\(kind) nodes: \(names.joined(separator: ", "))")
            return s.diagnostics.report(key, at: place, "no node is called '\(name)'\(hint)")
        }
        if !roles.contains(target.role) {
            s.diagnostics.report(key, at: place, "'\(name)' is a \(target.role.rawValue), expected a \(kind)")
        }
    }

    /// A node's links must be those of its role.
    private func checkUse(of node: NodeSettings, _ s: YAMLSection) {
        let at = s.place("nodes", node.name)
        switch node.role {
        case .transmitter where links(from: node.name).isEmpty:
            s.diagnostics.report("nodes.\(node.name)", at: at, "no link leaves this transmitter")
        case .transmitter where links(from: node.name).count > 1:
            s.diagnostics.report(
                "nodes.\(node.name)", at: at,
                "\(links(from: node.name).count) links leave this transmitter, expected one (several receivers "
                    + "go into its 'to')"
            )
        case .receiver where links(to: node.name).isEmpty:
            s.diagnostics.report("nodes.\(node.name)", at: at, "no link ends at this receiver")
        case .channel where links(through: node.name).isEmpty:
            s.diagnostics.report("nodes.\(node.name)", at: at, "no link goes through this channel node")
        case .relay where links(from: node.name).count != 1 || links(to: node.name).count != 1:
            s.diagnostics.report(
                "nodes.\(node.name)", at: at, "a relay needs one link that ends at it and one that leaves it")
        default: break
        }
    }

    private func checkPreencoded(_ s: YAMLSection) {
        if schemes.contains(where: { $0.scheme.layout != .none }) {
            s.diagnostics.report(
                "images.preencoded", at: s.place("images", "preencoded"),
                "keeps no pictures, which scheme.layout is made from")
        }
        if let (scheme, names) = schemes.first(where: { $0.scheme.kind.isForeign }) {
            let codec = scheme.kind == .command ? "its external codec" : scheme.kind.title
            s.diagnostics.report(
                "images.preencoded", at: s.place("images", "preencoded"),
                "keeps no pictures, which '\(names[0])' needs for \(codec)")
        }
    }

    private func checkEvent(_ event: TimedEvent, _ s: YAMLSection) {
        let at = s.mapping?["events"]
        func needNode(_ name: String) {
            if node(name) == nil {
                let hint = nearestHint(to: name, among: nodes.map(\.name))
                s.diagnostics.report("events", at: at, "no node is called '\(name)'\(hint)")
            }
        }
        switch event.kind {
        case .set(let key, let value):
            let known = s.diagnostics.problems.count
            checkKey(key, "events.set", at: at, s)
            if s.diagnostics.problems.count == known { checkValue(key, value, at: at, s) }
        case .flap(let link, _):
            if self.link(link) == nil {
                let hint = nearestHint(to: link, among: links.map(\.name))
                s.diagnostics.report("events.flap", at: at, "no link is called '\(link)'\(hint)")
            }
        case .partition(let node, _), .pause(let node, _), .kill(let node), .restart(let node), .join(let node),
            .leave(let node):
            needNode(node)
        }
    }

    /// A value that changes during the run must be one that can, and be of its kind.
    private func checkValue(_ key: String, _ value: String, at node: Node?, _ s: YAMLSection) {
        let parts = key.split(separator: ".").map(String.init)
        if parts.first == "links", parts.count >= 3, var channel = (link(parts[1]) ?? links.first)?.channel {
            let name = parts[2...].joined(separator: ".")
            if name == "down" { return }
            if let expected = channel.set(name, value) {
                s.diagnostics.report(
                    "events.set", at: node, "'\(key)' cannot become '\(value)' during a run: expected \(expected)")
            }
        } else if let change = SchemeChange(key: key) {
            var scheme = self.scheme
            if let expected = scheme.make(change, value) {
                s.diagnostics.report(
                    "events.set", at: node, "'\(key)' cannot become '\(value)' during a run: expected \(expected)")
            }
        } else {
            s.diagnostics.report(
                "events.set", at: node,
                "'\(key)' cannot change during a run; what can are values of links, and budget, alpha, "
                    + "alphaMax and rate of the scheme, of all or of a node"
            )
        }
    }

    /// One program answers for all who ask: they must ask the same one.
    private func checkPrograms(_ s: YAMLSection) {
        let asking = schemes.filter { $0.scheme.policy == .external }
        guard let first = asking.first?.scheme else { return }
        for (scheme, transmitters) in asking.dropFirst()
        where scheme.policyCommand != first.policyCommand || scheme.policyTimeLimit != first.policyTimeLimit
            || scheme.alphaMax != first.alphaMax
        {
            let name = transmitters[0]
            s.diagnostics.report(
                "nodes.\(name).scheme", at: s.mapping?["nodes"]?.mapping?[name]?.mapping?["scheme"],
                "asks the external policy otherwise than '\(asking[0].transmitters[0])': "
                    + "one program answers for all, with one policyCommand, policyTimeLimit and alphaMax"
            )
        }
    }

    /// A dotted key must lead to an entry of the format.
    private func checkKey(_ key: String, _ place: String, at node: Node?, _ s: YAMLSection) {
        let parts = key.split(separator: ".").map(String.init)
        let fault = s.fault(of: parts[...]) { entries in
            entries == "nodes" ? nodes.map(\.name) : entries == "links" ? links.map(\.name) : bands.map(\.name)
        }
        if let fault { s.diagnostics.report(place, at: node, "'\(key)' \(fault)") }
    }
}

extension YAMLSection {
    /// What stands under keys within keys, or the nearest that encloses it.
    fileprivate func place(_ keys: String...) -> Node? {
        keys.reduce(node) { node, key in node?.mapping?[key] ?? node }
    }
}
