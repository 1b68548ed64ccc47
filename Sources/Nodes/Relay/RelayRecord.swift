import Channels
import Determinism
import Files
import Foundation

/// What a relay writes down where it is asked to: `channel.csv`, a line a coherence block, and `packets.csv`,
/// a line a packet.
///
/// Times are seconds since the relay began.
final class RelayRecord {
    private let origin: Instant
    private let channel: AppendedFile
    private let packets: AppendedFile
    private var channelLines: [UInt8]
    private var packetLines: [UInt8]
    /// The last block written of each direction.
    private var blocks: [UInt64?] = [nil, nil]
    private static let directions = ["there", "back"]
    /// Bytes that are kept before they are written.
    private static let most = 1 << 16

    /// - Throws: `FileFailure`; files of an earlier record are not added to.
    init(folder: String, origin: Instant) throws {
        self.origin = origin
        for name in ["channel.csv", "packets.csv"] where FileManager.default.fileExists(atPath: "\(folder)/\(name)") {
            throw FileFailure.unwritable(path: "\(folder)/\(name)", reason: "it exists already")
        }
        channel = try AppendedFile("\(folder)/channel.csv")
        packets = try AppendedFile("\(folder)/packets.csv")
        channelLines = Array("direction,block,start_s,snr_db,capacity_bit_per_s\n".utf8)
        packetLines = Array("direction,arrived_s,due_s,released_s,bytes,bits,verdict,duplicate,block,attempts\n".utf8)
        try flush()
    }

    private func seconds(_ instant: Instant) -> String { String(format: "%.6f", (instant - origin).seconds) }

    /// Writes the block in force, once.
    func follow(_ link: inout Link, _ direction: Int, now: Instant) throws {
        let number = link.blockNumber(at: now)
        guard blocks[direction].map({ number > $0 }) ?? true else { return }
        // None is left out where the relay slept through it.
        for number in (blocks[direction].map { $0 + 1 } ?? number)...number {
            let block = link.block(number)
            note(block, of: &link, direction, from: block.start)
        }
        blocks[direction] = number
        if channelLines.count > Self.most { try flush() }
    }

    /// Writes the block in force once more: its rest has other settings.
    func tell(_ link: inout Link, _ direction: Int, from now: Instant) throws {
        let number = link.blockNumber(at: now)
        note(link.block(number), of: &link, direction, from: now)
        blocks[direction] = number
    }

    private func note(_ block: ChannelBlock, of link: inout Link, _ direction: Int, from start: Instant) {
        let level = String(format: "%.3f", 10 * log10(max(1e-12, link.snr(block))))
        let line =
            "\(Self.directions[direction]),\(block.number),\(seconds(start)),\(level),"
            + "\(Int(saturating: link.capacity(block)))\n"
        channelLines += Array(line.utf8)
    }

    /// - Parameter released: when it was written to the other side; nil: never.
    func note(_ departure: Departure, _ direction: Int, released: Instant?) throws {
        let packet = departure.packet
        let line =
            """
            \(Self.directions[direction]),\(seconds(packet.arrival)),\
            \(departure.isForwarded ? seconds(departure.due) : ""),\(released.map(seconds) ?? ""),\(packet.bytes),\
            \(packet.bits),\(departure.verdict.rawValue),\(departure.isDuplicate ? 1 : 0),\(departure.block),\
            \(departure.attempts.map(String.init) ?? "")\n
            """
        packetLines += Array(line.utf8)
        if packetLines.count > Self.most { try flush() }
    }

    func flush() throws {
        try channel.append(channelLines)
        try packets.append(packetLines)
        channelLines.removeAll(keepingCapacity: true)
        packetLines.removeAll(keepingCapacity: true)
    }
}
