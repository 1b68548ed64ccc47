import Datagrams
import Determinism
import Foundation
import HyperpriorCodec
import ImagePipeline
import Records
import Roles
import Topologies
import Wire

/// The process of a transmitter: `TransmitterRole` with sockets, models and a record around it.
package enum TransmitterNode {
    /// Runs until the controller says stop.
    ///
    /// - Parameter captioner: command in place of the topology's.
    /// - Throws: whatever kept it from playing its part, in one line.
    package static func run(_ options: NodeOptions, captioner: String? = nil, secret: Secret) throws {
        var topology = try Topology(contentsOf: options.topology)
        if let captioner {
            var scheme = topology.scheme(of: options.name)
            let patience = scheme.captioner?.patience ?? CaptionerSettings.usualPatience
            scheme.captioner = CaptionerSettings(command: captioner, patience: patience)
            scheme.caption = .captioner
            if let place = topology.nodes.firstIndex(where: { $0.name == options.name }) {
                topology.nodes[place].scheme = scheme
            }
        }
        guard let settings = topology.node(options.name) else {
            throw NodeFailure.unknownNode(options.name, file: options.topology)
        }
        if settings.role == .relay {
            return try RelayNode.run(options, secret: secret, topology: topology, settings: settings)
        }
        guard settings.role == .transmitter, let link = topology.links(from: settings.name).first else {
            throw NodeFailure.wrongRole(options.name, expected: "transmitter", found: settings.role.rawValue)
        }
        let runtime = try NodeRuntime(options, secret: secret, address: settings.address)
        try runtime.open(link: link.name, address: settings.address, port: UInt16(settings.port))
        let workshop = try TransmitterWorkshop(topology: topology, node: settings, folder: options.folder)
        EventLoop.precedeComputation()
        runtime.greet(role: .transmitter, modelIdentity: workshop.modelIdentity)

        var role = TransmitterRole(
            name: settings.name, link: link.name, repeats: topology.scheme(of: settings.name).retransmission)
        var sealer = Sealer(secret, lane: .data(link: link.name), epoch: options.epoch)
        var channel: Endpoint?
        var left = false
        /// - Returns: when the first was handed to the socket, and the bits on the wire; nil while nobody is known to send to.
        func send(_ datagrams: [DataDatagram]) throws -> (begun: Instant, bits: Int)? {
            guard let channel, let socket = runtime.socket(of: link.name) else { return nil }
            let sealed = try datagrams.map { try sealer.seal($0.serialised()) }
            let begun = runtime.now
            var sent = 0
            // A full socket buffer empties in microseconds on one host.
            while sent < sealed.count {
                let count = try socket.send(Array(sealed[sent...]), to: channel)
                sent += count
                // One that does not for a second is broken: the rest is lost, which the record shows.
                if count == 0, runtime.now > begun + .seconds(1) { break }
                if count == 0 { MonotonicClock.sleep(.milliseconds(0.05)) }
            }
            return (begun, sealed.reduce(0) { $0 + ($1.count + WireOverhead.udp) * 8 })
        }
        func perform(_ actions: [TransmitterRole.Action]) throws {
            for action in actions {
                switch action {
                case .tell(let message): runtime.tell(message)
                case .record(let record): runtime.records.append(record)
                case .wake(let instant): runtime.wake(at: instant)
                case .prepare(let assignment):
                    runtime.compute({ workshop.prepare(assignment) }) { result in
                        try perform(
                            role.handle(result.event(image: assignment.image) { .prepared($0) }, now: runtime.now))
                    }
                case .encode(let prepared, let setting):
                    runtime.compute({ workshop.encode(prepared, setting) }) { result in
                        try perform(role.handle(result.event(image: setting.image) { .encoded($0) }, now: runtime.now))
                    }
                case .save(let prepared, let encoded):
                    runtime.compute({
                        let begun = MonotonicClock.now
                        let failure = workshop.save(prepared, encoded)
                        return (
                            failure,
                            StageTiming(
                                stage: StageRecord.Stage.store.rawValue, start: begun,
                                duration: MonotonicClock.now - begun)
                        )
                    }) { failure, timing in
                        runtime.records.append(
                            .stage(
                                timing.record(transmitter: settings.name, image: prepared.image, node: settings.name)))
                        if let failure {
                            try perform(role.handle(.failed(image: prepared.image, reason: failure), now: runtime.now))
                        }
                    }
                case .send(let image, let datagrams):
                    guard let (begun, bits) = try send(datagrams) else { continue }
                    try perform(
                        role.handle(
                            .sent(image: image, begun: begun, ended: runtime.now, wireBits: bits), now: runtime.now))
                case .resend(let datagrams): _ = try send(datagrams)
                case .leave(let failure):
                    if !failure.isEmpty { StandardStream.error.write("Error: \(failure)\n") }
                    left = !failure.isEmpty
                    runtime.leave(counters: [])
                }
            }
        }
        try runtime.run { input in
            switch input {
            case .message(.peers(let peers)):
                let isFirst = channel == nil
                if let peer = peers.peers.first(where: { $0.link == link.name }) {
                    channel = try Endpoint(host: peer.host, port: peer.port)
                }
                if isFirst, channel != nil { runtime.announce(role: "transmitter", note: workshop.summary) }
            case .message(let message): try perform(role.handle(.message(message), now: runtime.now))
            case .timer: try perform(role.handle(.timer, now: runtime.now))
            case .datagram: runtime.countStray()
            case .interrupted: runtime.quit()
            }
        }
        if left { ProcessLife.end(1) }
    }
}
