import ArgumentParser
import Foundation
import Testbed

/// `testbed export`: a run's packets in the format of other tools.
public struct ExportCommand: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes a run's packets for other tools.",
        discussion: "The capture opens in Wireshark and tshark; each packet carries its verdict as a comment. Scripts/gensemcom.lua dissects it.")

    @Argument(help: "Run folder.") var folder: String
    @Option(help: "Capture file to write.") var pcapng: String

    public init() {}

    public func run() throws {
        let files = try RunRecordFiles(folder: folder)
        var packets: [PacketRecord] = []
        var epoch: Int64 = 0
        for record in files.records {
            switch record {
            case .packet(let packet): packets.append(packet)
            case .run(let run):
                if let date = ISO8601DateFormatter().date(from: run.startedOn) { epoch = Int64(date.timeIntervalSince1970 * 1e9) - run.originAt }
            default: break
            }
        }
        guard !packets.isEmpty else { throw ValidationError("\(folder) holds no packet records") }
        do {
            try Data(ChannelCapture.file(packets, epoch: epoch)).write(to: URL(fileURLWithPath: pcapng))
        } catch { throw ValidationError("cannot write \(pcapng): \(error.localizedDescription)") }
        print("\(packets.count) packets written to \(pcapng)")
    }
}
