import ArgumentParser
import Datagrams
import Files
import Foundation
import Launching
import LiveDashboard
import Nodes
import Processes
import Topologies

/// `channel-node`: the channel of a topology, or a relay for any program's UDP traffic.
public struct ChannelNodeCommand: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "channel-node",
        abstract: "Carries datagrams through an emulated channel.",
        discussion: """
            As a node of a topology (started by 'testbed run', or by hand on any host):
              channel-node --controller HOST:PORT --secret-file FILE --name NAME
            As a relay for any UDP traffic, both ways:
              channel-node --relay --listen :5000 --forward 10.0.0.2:5000 --bandwidth 1MHz --snr 6dB
            As a relay for all IP traffic, TCP too, between two network devices (root; Scripts/check/tun shows how):
              channel-node --relay --tun radio --rate 10Mbit/s --delay 20ms --back rate=1Mbit/s
            """)

    @OptionGroup(title: "Node of a topology") var node: NodeArguments

    @Flag(help: "Relay foreign UDP traffic.") var relay = false
    @Flag(
        help:
            """
            Measure lateness, delivered rate and forwarding on this machine, one line of JSON each \
            (Scripts/bench channel).
            """
    ) var benchmark = false
    @Option(
        help: "What --benchmark measures: lateness, throughput or forwarding, separated by commas; all where absent.")
    var parts: String?
    @OptionGroup(title: "Relay") var link: RelayArguments

    public init() {}

    public func validate() throws {
        if benchmark {
            _ = try benchmarkParts()
            return
        }
        if relay {
            if try link.tunnelOptions() == nil { _ = try link.options() }
            _ = try (link.duration(), link.spinSeconds())
        } else {
            if let complaint = node.complaint { throw ValidationError("\(complaint), or --relay") }
        }
    }

    public func run() throws {
        if benchmark {
            try ChannelBenchmark.run(try benchmarkParts(), spin: try link.spinSeconds()) { print($0) }
        } else if var options = try relay ? link.tunnelOptions() : nil {
            options.relay.changes = try link.control.map { _ in try Postbox() }
            let relay = try TunnelRelay(options)
            complain("\(relay.summaryOfLink); Ctrl-C ends")
            let control = try control(options.relay.changes)
            defer { control?.stop() }
            report(try relay.run(for: try link.duration()))
        } else if relay {
            var options = try link.options()
            options.warn = { complain($0) }
            options.relay.changes = try link.control.map { _ in try Postbox() }
            let relay = try UDPRelay(options)
            complain("\(relay.summaryOfLink); Ctrl-C ends")
            complain(relay.queueNote)
            let control = try control(options.relay.changes)
            defer { control?.stop() }
            report(try relay.run(for: try link.duration()))
        } else {
            if let agent = try node.agent("channel-node") { return try NodeAgent(agent).run() }
            ProcessLife.endWithParent()
            try ChannelNode.run(node.options, secret: try NodeOptions.readSecret())
        }
    }

    /// The server through which programs change the link; nil where none was asked for.
    private func control(_ changes: Postbox<RelayChange>?) throws -> RelayControl? {
        guard let address = link.control, let changes else { return nil }
        let live = try LiveRelay(link, changes: changes)
        let control = try RelayControl(address, settings: { live.settings }, change: { try live.change($0) })
        complain("control: \(control.invitation)")
        return control
    }

    private func report(_ summary: RelaySummary) {
        print(link.json ? Self.json(summary) : Self.table(summary))
    }

    private func benchmarkParts() throws -> [ChannelBenchmark.Part] {
        guard let parts else { return ChannelBenchmark.Part.allCases }
        return try parts.split(separator: ",").map { name in
            guard let part = ChannelBenchmark.Part(rawValue: String(name)) else {
                throw ValidationError(
                    "--parts names '\(name)', expected "
                        + ChannelBenchmark.Part.allCases.map(\.rawValue).joined(separator: ", ")
                )
            }
            return part
        }
    }

    private static func json(_ summary: RelaySummary) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return (try? encoder.encode(summary)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    private static func table(_ summary: RelaySummary) -> String {
        func line(_ name: String, _ direction: RelaySummary.Direction) -> String {
            let rate = summary.seconds > 0 ? Double(direction.sentBytes) * 8 / summary.seconds / 1e6 : 0
            return
                "\(name): \(direction.received) received, "
                + "\(direction.sent) sent (\(String(format: "%.3f", rate)) Mbit/s), "
                + "\(direction.lost) lost, \(direction.queueFull) found the queue full, "
                + "\(direction.corrupted) corrupted, \(direction.duplicated) doubled"
                + (direction.refused > 0 ? ", \(direction.refused) the system did not send" : "")
                + (direction.strangers > 0
                    ? ", \(direction.strangers) from another address than the target's, left out" : "")
        }
        let lateness = [summary.latenessP50, summary.latenessP99, summary.latenessP999].map {
            String(format: "%.1f", $0 * 1e6)
        }
        let causes = [
            (summary.kernelDrops, "in the kernel's receive buffers"), (summary.noRoom, "for want of room in the relay"),
            (summary.refusedClients, "of clients that could not be served"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        let losses = causes.isEmpty ? "" : "lost in this host: \(causes.joined(separator: ", "))\n"
        let unshaped =
            summary.unshapedConnections == 0
            ? ""
            : "TCP: \(summary.unshapedConnections) connections, \(summary.unshapedBytes) bytes passed unshaped beside "
                + "the emulated link\n"
        return """
            \(line("there", summary.forward))
            \(line("back", summary.backward))
            \(losses)\(unshaped)\
            release lateness: p50 \(lateness[0]) µs, p99 \(lateness[1]) µs, p99.9 \(lateness[2]) µs; \
            processor \(String(format: "%.2f", summary.processorSeconds)) s of \
            \(String(format: "%.2f", summary.seconds)) s, \
            \(String(format: "%.2f", summary.spunSeconds)) s of it waiting awake
            """
    }

    /// Parses the command line and runs; exits with 0, 1 (failed) or 2 (misused).
    public static func runAsProgram() -> Never {
        StandardStream.prepare()
        do {
            var command = try parseAsRoot()
            guard let node = command as? ChannelNodeCommand else {
                // What the library answers by itself: --help, --generate-completion-script.
                try command.run()
                Entry.end(0)
            }
            do {
                try node.run()
                Entry.end(0)
            } catch {
                complain("channel-node: \(error)")
                let isMisuse =
                    (error as? AgentFailure)?.isMisuse ?? (error is InputError || ChannelNode.isMisuse(error))
                ProcessLife.end(isMisuse ? 2 : 1)
            }
        } catch {
            // Help and version are no errors.
            if exitCode(for: error) == .success {
                print(fullMessage(for: error))
                Entry.end(0)
            }
            Entry.fail(message(for: error).split(separator: "\n").joined(separator: " ") + " (see --help)")
        }
    }
}
