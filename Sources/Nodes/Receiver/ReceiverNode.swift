import Datagrams
import Determinism
import Foundation
import ImagePipeline
import Records
import Roles
import Topologies
import Wire

/// The process of a receiver: `ReceiverRole` with sockets, models and a record around it.
package enum ReceiverNode {
    /// Runs until the controller says stop.
    ///
    /// - Throws: whatever kept it from playing its part, in one line.
    package static func run(_ options: NodeOptions, secret: Secret) throws {
        let topology = try Topology(contentsOf: options.topology)
        guard let settings = topology.node(options.name) else {
            throw NodeFailure.unknownNode(options.name, file: options.topology)
        }
        guard settings.role == .receiver else {
            throw NodeFailure.wrongRole(options.name, expected: "receiver", found: settings.role.rawValue)
        }
        let links = topology.links(to: settings.name)
        let runtime = try NodeRuntime(options, secret: secret, address: settings.address)
        var openers: [String: Opener] = [:]
        for (index, link) in links.enumerated() {
            try runtime.open(
                link: link.name, address: settings.address, port: settings.port == 0 ? 0 : UInt16(settings.port + index)
            )
            openers[link.name] = Opener(secret, lane: .data(link: link.name))
        }
        let workshop = try ReceiverWorkshop(topology: topology, node: settings, folder: options.folder)
        runtime.greet(role: .receiver, modelIdentity: workshop.modelIdentity)

        var role = ReceiverRole(node: settings.name, in: topology)
        var isAnnounced = false
        runtime.refusals = { openers.values.reduce(RefusalCounts()) { $0 + $1.refusals } }
        func perform(_ actions: [ReceiverRole.Action]) throws {
            for action in actions {
                switch action {
                case .tell(let message): runtime.tell(message)
                case .record(let record): runtime.records.append(record)
                case .wake(let instant): runtime.wake(at: instant)
                case .decode(let received):
                    let report = runtime.reporter
                    runtime.compute({ workshop.decode(received, progress: report) }) { decoded in
                        try perform(role.handle(.decoded(decoded), now: runtime.now))
                    }
                case .leave: runtime.leave(counters: counters(openers, role))
                }
            }
        }
        try runtime.run { input in
            switch input {
            case .message(.peers):
                if !isAnnounced { runtime.announce(role: "receiver", note: workshop.summary) }
                isAnnounced = true
            case .message(let message): try perform(role.handle(.message(message), now: runtime.now))
            case .datagram(let link, let datagram):
                guard let plain = try? openers[link]!.open(datagram.bytes) else { return }
                guard let data = try? DataDatagram(serialised: plain) else {
                    openers[link]!.countMalformed()
                    return
                }
                try perform(role.handle(.datagram(link: link, data, at: datagram.arrival), now: runtime.now))
            case .timer: try perform(role.handle(.timer, now: max(runtime.now, runtime.rungUntil)))
            case .interrupted: runtime.quit()
            }
        }
        try runtime.records.flush()
    }

    private static func counters(_ openers: [String: Opener], _ role: ReceiverRole) -> [Counter] {
        openers.sorted { $0.key < $1.key }.flatMap { link, opener in
            [
                Counter(name: "\(link).opened", value: opener.opened),
                Counter(name: "\(link).refused", value: opener.refusals.total),
            ]
        } + [Counter(name: "stragglers", value: UInt64(role.stragglers))]
    }
}
