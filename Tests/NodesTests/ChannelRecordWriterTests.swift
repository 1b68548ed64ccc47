import Determinism
import Foundation
import Records
import Testing
import Wire

@testable import Channels
@testable import Nodes
@testable import Roles

/// Packets' lines are put together by hand: each must read as the record it stands for.
@Suite struct ChannelRecordWriterTests {
    private func note(_ verdict: PacketVerdict, section: UInt64, released: Int64?) -> ChannelRecordWriter.Note {
        let packet = Packet(
            handle: 1, tag: section << 48 | 513 << 32 | 70_000, bytes: 540, bits: 4000,
            arrival: Instant(nanoseconds: 12))
        let departure = Departure(
            packet: packet, verdict: verdict, due: Instant(nanoseconds: 9_007_199_254_740_993),
            drained: Instant(nanoseconds: 80), isForwarded: released != nil, isDuplicate: false, hasDuplicate: false,
            noise: 0, block: 7, sequence: 3, attempts: released == nil ? nil : 2)
        return ChannelRecordWriter.Note(leaving: .init(link: 1, departure: departure), released: released)
    }

    @Test func everyLineReadsAsItsRecord() throws {
        let path = NSTemporaryDirectory() + "records-\(UUID().uuidString).jsonl"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let names = [(name: "a", transmitter: "t"), (name: "up \"1\"\\/é", transmitter: "cam\nera")]
        let writer = try ChannelRecordWriter(path: path, links: names)
        var notes: [ChannelRecordWriter.Note] = []
        for verdict in PacketVerdict.allCases {
            for section in 0...1 as ClosedRange<UInt64> {
                notes.append(note(verdict, section: section, released: nil))
                notes.append(note(verdict, section: section, released: 9_007_199_254_740_995))
            }
        }
        let block = BlockRecord(link: "a", number: 0, startAt: 5, duration: .infinity, snr: -.infinity, capacity: 0)
        writer.submit(notes, [.block(block)])
        writer.finish()
        #expect(writer.failure == nil)
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        let records = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
            .map { try decoder.decode(Record.self, from: Data($0.utf8)) }
        let packets = notes.map { note in
            Record.packet(
                PacketRecord(
                    link: names[1].name, transmitter: names[1].transmitter, image: 70_000,
                    section: note.leaving.section == .preamble ? "preamble" : "slice", index: 513, bits: 4000,
                    wireBits: (540 + WireOverhead.udp) * 8, arrivedAt: 12,
                    dueAt: note.released.map { _ in 9_007_199_254_740_993 }, releasedAt: note.released,
                    verdict: note.leaving.departure.verdict, block: 7,
                    attempts: note.released.map { _ in 2 }))
        }
        #expect(records == [.block(block)] + packets)
    }

    /// An earlier incarnation may have died within a line: only that line is lost.
    @Test func aLineThatWasCutOffTakesNoOtherWithIt() throws {
        let path = NSTemporaryDirectory() + "records-\(UUID().uuidString).jsonl"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try "{\"record\":\"pack".write(toFile: path, atomically: true, encoding: .utf8)
        let writer = try ChannelRecordWriter(path: path, links: [("a", "t"), ("b", "t")])
        writer.submit([note(.delivered, section: 1, released: 3)], [])
        writer.finish()
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 2)
        guard case .packet(let record) = try JSONDecoder().decode(Record.self, from: Data(lines[1].utf8)) else {
            Issue.record("the second line is no packet")
            return
        }
        #expect(record.link == "b" && record.releasedAt == 3)
    }
}
