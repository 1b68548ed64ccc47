import ArgumentParser
import Channels
import Declarations
import Determinism
import LiveDashboard
import Nodes
import Topologies

/// The options of a relayed link. Values carry units, as in a topology.
public struct RelayArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Carry IP of any protocol, TCP too, between two network devices that are made for it, "
                + "this one and --tun-far (root); move each into its network namespace.",
            valueName: "NAME")) var tun: String?
    @Option(help: ArgumentHelp("The device at the other end (default: NAME-far).", valueName: "NAME")) var tunFar:
        String?
    @Option(help: "HOST:PORT on which clients are served.") var listen: String?
    @Option(help: "HOST:PORT to which their datagrams go.") var forward: String?
    @Option(help: "Bandwidth B, for instance 1MHz.") var bandwidth: String = "1MHz"
    @Option(parsing: .unconditional, help: "Mean receive SNR, for instance 6dB.") var snr: String = "10dB"
    @Option(
        help:
            """
            What bandwidth and SNR carry, as a topology's rate: shannon, '{finiteBlocklength: {error: 1e-3}}' or \
            '{mcs: nr-table-1}'; or a constant rate in their place, for instance 10Mbit/s.
            """
    ) var rate: String = "shannon"
    @Option(
        help: ArgumentHelp("\(Self.models.joined(separator: ", ")), TDL-A … TDL-E."),
        completion: .list(Self.models + ["A", "B", "C", "D", "E"].map { "TDL-\($0)" })) var model: String = "awgn"
    @Option(help: "Length of a coherence block, for instance 20ms.") var coherence: String?
    @Option(
        help:
            """
            Doppler frequency, for instance 50Hz; absent: 10Hz for jakes and TDL, and each block drawn anew for \
            rayleigh, rice and nakagami.
            """
    ) var doppler: String?
    @Option(parsing: .unconditional, help: "Rice factor.") var riceFactor: String = "6dB"
    @Option(help: "Nakagami's m.") var shape: Double = 1
    @Option(help: "Correlation of successive blocks (gaussMarkov).") var correlation: Double = 0.9
    @Option(help: "Delay spread (TDL), for instance 100ns.") var delaySpread: String = "100ns"
    @Option(help: "Trace file instead of a model.", completion: .file()) var trace: String?
    @Option(help: "mahimahi, mahimahiSmooth or csv.", completion: .list(["mahimahi", "mahimahiSmooth", "csv"]))
    var traceFormat: String = "mahimahi"
    @Option(help: "Propagation delay, each way.") var delay: String = "0"
    @Option(help: "Largest random delay on top.") var jitter: String = "0"
    @Option(help: "Probability of loss, for instance 1%.") var loss: String = "0"
    @Option(help: "Probability of flipped bits.") var corruption: String = "0"
    @Option(help: "Probability of arriving twice.") var duplication: String = "0"
    @Option(help: "Probability of being overtaken.") var reordering: String = "0"
    @Option(help: "Datagrams that may wait, each way; on a slow link a thousand take many seconds to drain.")
    var queuePackets: Int = 1000
    @Option(help: "dropTail or dropHead.") var queue: String = "dropTail"
    @Option(
        help:
            """
            Bytes counted beside each datagram's payload, or beside each IP packet with --tun; 'ip': \
            IPv4 and UDP headers; 'mahimahi': those and the 4 bytes by which Mahimahi counts a packet longer.
            """
    ) var overhead: String = "0"
    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            """
            Any other number of a link, as a topology has it, for instance shadowing=4dB or \
            burst.enter=5%; repeat it.
            """,
            valueName: "KEY=VALUE")) var others: [String] = []
    @Flag(inversion: .prefixedNo, help: "Impair the answers as well.") var answers = true
    @Option(
        help: ArgumentHelp(
            "What the way back has otherwise: an option of the link without its dashes, for instance rate=1Mbit/s or "
                + "loss=1%; repeat it.",
            valueName: "OPTION=VALUE")) var back: [String] = []
    @Option(
        help: ArgumentHelp(
            "Write channel.csv and packets.csv, which grow as it relays, into this folder.", valueName: "DIR"))
    var record: String?
    @Option(
        help: ArgumentHelp(
            "Take changes of the link while it relays, over HTTP on this port of the loopback address or on HOST:PORT; "
                + "0 for a free one.",
            valueName: "PORT")) var control: ControlAddress?
    @Flag(
        inversion: .prefixedNo,
        help: "Pass TCP on the same port on, unshaped and with a warning (iperf3 steers by it); --no-tcp refuses it.")
    var tcp = true
    @Option(help: "Seed of all random draws.") var seed: UInt64 = 1
    @Option(help: "How long before a release sleep may give way to spinning, at most; 0 never spins.") var spin:
        String = "1ms"
    @Option(help: "End after this long.") var time: String?
    @Flag(help: "Print the figures as JSON.") var json = false

    public init() {}

    func duration() throws -> Double? { try time.map { try value($0, .duration, "--time", exclusive: true) } }

    func spinSeconds() throws -> Double { try value(spin, .duration, "--spin", most: 0.1) }

    func options() throws -> UDPRelay.Options {
        guard let listen else { throw ValidationError("--listen is missing") }
        guard let forward else { throw ValidationError("--forward is missing") }
        do {
            var options = UDPRelay.Options(listen: listen, forward: forward, link: try configuration())
            options.back = try back.isEmpty ? nil : backArguments().configuration()
            if !answers, options.back != nil { throw ValidationError("--back and --no-answers exclude each other") }
            options.impairsAnswers = answers
            options.passesTCP = tcp
            options.relay = try relayOptions()
            return options
        } catch let error as ValidationError { throw error } catch { throw ValidationError("\(error)") }
    }

    private func relayOptions() throws -> RelayOptions {
        var options = RelayOptions()
        options.record = record
        options.seed = seed
        options.spin = .seconds(try spinSeconds())
        return options
    }

    /// Of a relay between two devices; nil where none are named.
    func tunnelOptions() throws -> TunnelRelay.Options? {
        guard let tun else {
            if tunFar != nil { throw ValidationError("--tun-far needs --tun") }
            return nil
        }
        for (value, option) in [(listen, "--listen"), (forward, "--forward")] where value != nil {
            throw ValidationError("\(option) and --tun exclude each other")
        }
        if !answers {
            throw ValidationError("--no-answers and --tun exclude each other; --back says what the way back is")
        }
        do {
            var options = TunnelRelay.Options(
                near: tun, far: tunFar ?? "\(tun)-far", forward: try configuration(),
                backward: try backArguments().configuration())
            if options.near == options.far { throw ValidationError("--tun and --tun-far are one name") }
            options.relay = try relayOptions()
            return options
        } catch let error as ValidationError { throw error } catch { throw ValidationError("\(error)") }
    }

    func value(_ text: String, _ quantity: ChannelQuantity, _ option: String) throws -> Double {
        switch quantity.read(text) {
        case .success(let value): return value
        case .failure(let failure): throw ValidationError("\(option): \(failure)")
        }
    }

    func value(
        _ text: String, _ dimension: Dimension, _ option: String, least: Double = -.infinity, most: Double = .infinity,
        exclusive: Bool = false
    ) throws -> Double {
        switch dimension.read(text, least: least, most: most, exclusive: exclusive) {
        case .success(let value): return value
        case .failure(let failure): throw ValidationError("\(option): \(failure)")
        }
    }
}
