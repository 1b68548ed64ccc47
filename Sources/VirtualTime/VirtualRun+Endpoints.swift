import Determinism
import ImagePipeline
import Records
import Roles
import Topologies
import Wire

/// Transmitters and receivers.
extension VirtualRun {
    func transmit(_ event: TransmitterRole.Event, at node: Int) throws {
        guard case .transmitter(let held) = nodes[node].part else { return }
        let actions = held.role.handle(event, now: now)
        let (name, epoch) = (nodes[node].settings.name, nodes[node].epoch)
        for action in actions {
            switch action {
            case .tell(let message): plan(.toController(node: node, epoch: epoch, message), after: delay)
            case .record(let entry): record(entry, at: node)
            case .wake(let instant): agenda.push(.transmitter(node, epoch: epoch, .timer), at: max(now, instant))
            case .prepare(let assignment):
                let result = models.prepare(assignment, at: name)
                finishJob([.describe, .analyse, .profile], at: node, transmitter: name, image: assignment.image) {
                    stages in
                    .transmitter(
                        node, epoch: epoch,
                        result.event(image: assignment.image) { prepared in
                            var prepared = prepared
                            prepared.stages = stages
                            return .prepared(prepared)
                        })
                }
            case .encode(let prepared, let setting):
                let result = models.encode(prepared, setting, source: photos[name]![Int(setting.image)], at: name)
                finishJob([.encode], at: node, transmitter: name, image: setting.image) { stages in
                    .transmitter(
                        node, epoch: epoch,
                        result.event(image: setting.image) { encoded in
                            var encoded = encoded
                            encoded.stages = stages
                            return .encoded(encoded)
                        })
                }
            case .send(let image, let datagrams):
                try carry(datagrams, on: outgoing[name]!)
                let bytes = datagrams.reduce(0) {
                    $0 + $1.bytes.count + DataDatagram.headerLength + SealFormat.overhead + WireOverhead.udp
                }
                plan(.transmitter(node, epoch: epoch, .sent(image: image, begun: now, ended: now, wireBits: bytes * 8)))
            case .resend(let datagrams): try carry(datagrams, on: outgoing[name]!)
            case .save(let prepared, let encoded):
                if let failure = models.save(prepared, encoded, at: name) { throw InputError(failure) }
                occupy(charges.recorded([.store]), at: node, transmitter: name, image: prepared.image)
            case .leave(let failure): if !failure.isEmpty { throw InputError(failure) }
            }
        }
    }

    package func receive(_ event: ReceiverRole.Event, at node: Int) throws {
        guard case .receiver(let held) = nodes[node].part else { return }
        let actions = held.role.handle(event, now: now)
        let (name, epoch) = (nodes[node].settings.name, nodes[node].epoch)
        for action in actions {
            switch action {
            case .tell(let message): plan(.toController(node: node, epoch: epoch, message), after: delay)
            case .record(let entry): record(entry, at: node)
            case .wake(let instant): agenda.push(.receiver(node, epoch: epoch, .timer), at: max(now, instant))
            case .decode(let received):
                let decoded = models.decode(
                    received, at: name, source: photos[received.transmitter]?[Int(received.image)])
                let stages: [StageRecord.Stage] =
                    received.preamble == nil
                    ? [] : [.decode] + (decoded.inpainting == "none" ? [] : [.inpaint]) + charges.recorded([.save])
                finishJob(stages, at: node, transmitter: received.transmitter, image: received.image) { stages in
                    var decoded = decoded
                    decoded.stages = stages
                    return .receiver(node, epoch: epoch, .decoded(decoded))
                }
            case .leave: break
            }
        }
    }

    /// Occupies the node's worker for the stages, then lets their result happen.
    private func finishJob(
        _ stages: [StageRecord.Stage], at node: Int, transmitter: String, image: UInt32,
        _ make: ([StageTiming]) -> Event
    ) {
        let timings = charges.timings(
            stages, transmitter: transmitter, image: image, from: max(now, nodes[node].busyUntil))
        let done = timings.last.map { $0.start + $0.duration } ?? now
        nodes[node].busyUntil = max(nodes[node].busyUntil, done)
        agenda.push(make(timings), at: max(now, done))
    }

    /// Occupies the node's worker with what nobody waits for.
    private func occupy(_ stages: [StageRecord.Stage], at node: Int, transmitter: String, image: UInt32) {
        for timing in charges.timings(
            stages, transmitter: transmitter, image: image, from: max(now, nodes[node].busyUntil))
        {
            nodes[node].busyUntil = timing.start + timing.duration
            record(
                .stage(timing.record(transmitter: transmitter, image: image, node: nodes[node].settings.name)), at: node
            )
        }
    }
}
