import ArgumentParser
import Channels
import Determinism
import Foundation
import Records
import Results

/// `testbed export`: what a run recorded, in the formats of other tools.
public struct ExportCommand: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a run's packets or a link's channel for other tools.",
        discussion: """
            The capture opens in Wireshark and tshark; each packet carries its verdict as a comment. \
            Scripts/tools/gensemcom.lua dissects it. The channel is a CSV of time and SNR, which a topology plays \
            again: model: trace, traceFormat: csv.
            """)

    @Argument(help: "Run folder.") var folder: String
    @Option(help: "Capture file to write.") var pcapng: String?
    @Option(help: "CSV file of a link's channel to write.") var channel: String?
    @Option(help: "Which link's; may be absent where the run has one.") var link: String?

    public init() {}

    public func validate() throws {
        if pcapng == nil, channel == nil {
            throw ValidationError("nothing to write: name --pcapng FILE or --channel FILE")
        }
    }

    public func run() throws {
        let records = try RunRecordFiles(folder: folder).records
        if let pcapng { try writeCapture(records, to: pcapng) }
        if let channel { try writeChannel(records, to: channel) }
    }

    private func writeCapture(_ records: [Record], to path: String) throws {
        var packets: [PacketRecord] = []
        var epoch: Int64 = 0
        for record in records {
            switch record {
            case .packet(let packet): packets.append(packet)
            case .run(let run):
                if let date = ISO8601DateFormatter().date(from: run.startedOn) {
                    epoch =
                        (Instant.Span.seconds(date.timeIntervalSince1970) - .init(nanoseconds: run.originAt))
                        .nanoseconds
                }
            default: break
            }
        }
        guard !packets.isEmpty else { throw ValidationError("\(folder) holds no packet records") }
        try write(Data(ChannelCapture.file(packets, epoch: epoch)), to: path)
        print("\(packets.count) packets written to \(path)")
    }

    private func writeChannel(_ records: [Record], to path: String) throws {
        var blocks: [BlockRecord] = []
        var origin: Int64 = 0
        for record in records {
            if case .block(let block) = record { blocks.append(block) }
            if case .run(let run) = record { origin = run.originAt }
        }
        let links = Set(blocks.map(\.link)).sorted()
        guard let name = link ?? (links.count == 1 ? links[0] : nil), links.contains(name) else {
            throw ValidationError(
                links.isEmpty
                    ? "\(folder) holds no channel records" : "--link must name one of \(links.joined(separator: ", "))")
        }
        // A block whose settings an event changed was told in pieces, one that a restarted node entered again twice.
        let pieces = blocks.filter { $0.link == name }.sorted { $0.startAt < $1.startAt }
        var recording = ChannelRecording(
            origin: Instant(nanoseconds: pieces.first.map { max(origin, $0.startAt) } ?? origin))
        var last = Int64.min
        var count = 0
        for piece in pieces where piece.startAt > last {
            recording.append(start: Instant(nanoseconds: piece.startAt), snr: Decibels.linear(piece.snr))
            last = piece.startAt
            count += 1
        }
        try write(Data(recording.csv.utf8), to: path)
        print("\(count) blocks of \(name) written to \(path)")
    }

    private func write(_ data: Data, to path: String) throws {
        do { try data.write(to: URL(fileURLWithPath: path)) } catch {
            throw ValidationError("cannot write \(path): \(error.localizedDescription)")
        }
    }
}
