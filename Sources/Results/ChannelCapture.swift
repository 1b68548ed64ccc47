import Channels
import Determinism
import Foundation
import Records
import Wire

/// A run's packets as a capture file: each datagram where it reached the channel, with its verdict as a comment, and
/// again where it left.
///
/// The record knows a datagram's heading and length, not its sealed bytes. Each payload is therefore the letter `g`,
/// the version, and the fourteen bytes of the data heading; the dissector in `Scripts/tools/gensemcom.lua` shows both
/// these and sealed datagrams captured live.
package struct ChannelCapture {
    /// The port by which the dissector knows the protocol; link i has this plus i.
    package static let firstPort: UInt16 = 47_000

    /// - Parameters:
    ///   - packets: in any order.
    ///   - epoch: nanoseconds to add to a record's instant to get nanoseconds since 1970.
    package static func file(_ packets: [PacketRecord], epoch: Int64) -> [UInt8] {
        var capture = CaptureFile(application: "GenSemCom")
        let links = Set(packets.map(\.link)).sorted()
        var places: [String: (number: Int, before: UInt32, after: UInt32)] = [:]
        for (number, link) in links.enumerated() {
            places[link] = (
                number, capture.addInterface("\(link): to the channel"),
                capture.addInterface("\(link): from the channel")
            )
        }
        // Transmitter 10.0.0.1, channel 10.0.0.2, receiver 10.0.0.3; the port tells the link.
        var sightings: [(time: Int64, order: Int, packet: Int, isAfter: Bool)] = []
        for (index, packet) in packets.enumerated() {
            sightings.append((packet.arrivedAt, sightings.count, index, false))
            if let released = packet.releasedAt { sightings.append((released, sightings.count, index, true)) }
        }
        sightings.sort { ($0.time, $0.order) < ($1.time, $1.order) }
        for sighting in sightings {
            let packet = packets[sighting.packet]
            guard let place = places[packet.link] else { continue }
            let port = firstPort + UInt16(truncatingIfNeeded: place.number)
            capture.append(
                interface: sighting.isAfter ? place.after : place.before, time: sighting.time.saturatingSum(epoch),
                source: (sighting.isAfter ? 2 : 1, port), destination: (sighting.isAfter ? 3 : 2, port),
                payload: payload(packet),
                payloadLength: max(0, min(65_507, packet.wireBits / 8 - CaptureFile.headerLength)),
                comment: comment(packet))
        }
        return capture.bytes
    }

    private static func payload(_ packet: PacketRecord) -> [UInt8] {
        let datagram = DataDatagram(
            image: UInt32(clamping: packet.image), section: packet.section == "preamble" ? .preamble : .slice,
            index: UInt16(clamping: packet.index),
            count: 0, bytes: [])
        return [UInt8(ascii: "g"), SealFormat.version] + datagram.serialised()
    }

    private static func comment(_ packet: PacketRecord) -> String {
        var words =
            "\(packet.verdict.rawValue): image \(packet.image) of \(packet.transmitter), \(packet.section) "
            + "\(packet.index), \(packet.bits) bits, block \(packet.block)"
        if let due = packet.dueAt {
            words += String(
                format: ", %.3f ms in the channel", Double(due.saturatingDifference(packet.arrivedAt)) / 1e6)
            if let released = packet.releasedAt {
                words += String(format: ", released %.1f µs late", Double(released.saturatingDifference(due)) / 1e3)
            }
        }
        return words
    }
}
