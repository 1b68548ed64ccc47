import Channels
import Determinism
import Records
import Roles
import Topologies
import Wire

/// Channel nodes.
extension VirtualRun {
    /// Hands datagrams to the channel of a link, now.
    func carry(_ datagrams: [DataDatagram], on link: LinkSettings) throws {
        guard let node = index[link.through], nodes[node].isAlive, !nodes[node].isPaused, let number = place[link.name]
        else { return }
        try withChannel(node) { role in
            for datagram in datagrams {
                let handle = inside.hold(datagram)
                let length = datagram.bytes.count + DataDatagram.headerLength + SealFormat.overhead
                if !role.receive(
                    link: number, handle: handle, length: length, heading: DataHeading(datagram), arrival: now)
                {
                    inside.release(handle)
                }
            }
        }
    }

    func withChannel(_ node: Int, _ body: (inout ChannelRole) throws -> Void) throws {
        guard case .channel(let channel) = nodes[node].part else { return }
        try body(&channel.role)
        let (departures, actions) = (channel.role.departures, channel.role.actions)
        channel.role.departures.removeAll()
        channel.role.actions.removeAll()
        for leaving in departures { leave(leaving, of: channel.role.linkNames[leaving.link], node) }
        let epoch = nodes[node].epoch
        for action in actions {
            switch action {
            case .tell(let message): plan(.toController(node: node, epoch: epoch, message), after: delay)
            case .record(let entry): record(entry, at: node)
            }
        }
        // One entry of the agenda per change of the next instant; overtaken ones find nothing to do.
        if let next = channel.role.nextInstant, nodes[node].planned.map({ next < $0 }) ?? true {
            nodes[node].planned = next
            agenda.push(.channel(node, epoch: epoch), at: max(now, next))
        }
    }

    private func leave(_ leaving: ChannelRole.Leaving, of name: String, _ node: Int) {
        let departure = leaving.departure
        guard let link = links[name], let datagram = inside[departure.packet.handle] else { return }
        if departure.isForwarded, departure.verdict != .corrupted || departure.isDuplicate {
            for receiver in link.to {
                if let target = index[receiver] {
                    agenda.push(.arrival(node: target, link: name, datagram), at: max(now, departure.due))
                }
            }
        }
        if topology.timing.packets, !departure.isDuplicate {
            record(
                .packet(
                    PacketRecord(
                        link: name, transmitter: link.from, image: Int(leaving.image),
                        section: leaving.section == .preamble ? "preamble" : "slice",
                        index: Int(leaving.index), bits: Int(departure.packet.bits),
                        wireBits: (Int(departure.packet.bytes) + WireOverhead.udp) * 8,
                        arrivedAt: departure.packet.arrival.nanoseconds,
                        dueAt: departure.isForwarded ? departure.due.nanoseconds : nil,
                        releasedAt: departure.isForwarded ? max(now, departure.due).nanoseconds : nil,
                        verdict: departure.verdict,
                        block: Int(clamping: departure.block), attempts: departure.attempts)), at: node)
        }
        if !departure.hasDuplicate { inside.release(departure.packet.handle) }
    }
}
