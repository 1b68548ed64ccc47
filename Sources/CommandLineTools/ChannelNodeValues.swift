import ArgumentParser
import Channels
import Nodes
import Topologies

/// The options of a relayed link. Values carry units, as in a topology.
public struct RelayArguments: ParsableArguments {
    @Option(help: "HOST:PORT on which clients are served.") var listen: String?
    @Option(help: "HOST:PORT to which their datagrams go.") var forward: String?
    @Option(help: "Bandwidth B, for instance 1MHz.") var bandwidth: String = "1MHz"
    @Option(parsing: .unconditional, help: "Mean receive SNR, for instance 6dB.") var snr: String = "10dB"
    @Option(
        help:
            "What bandwidth and SNR carry, as a topology's rate: shannon, '{finiteBlocklength: {error: 1e-3}}' or '{mcs: nr-table-1}'; or a constant rate in their place, for instance 10Mbit/s."
    ) var rate: String = "shannon"
    @Option(help: "awgn, rayleigh, rice, nakagami, jakes, gaussMarkov, TDL-A … TDL-E.") var model: String = "awgn"
    @Option(help: "Length of a coherence block, for instance 20ms.") var coherence: String?
    @Option(
        help:
            "Doppler frequency, for instance 50Hz; absent: 10Hz for jakes and TDL, and each block drawn anew for rayleigh, rice and nakagami."
    ) var doppler: String?
    @Option(parsing: .unconditional, help: "Rice factor.") var riceFactor: String = "6dB"
    @Option(help: "Nakagami's m.") var shape: Double = 1
    @Option(help: "Correlation of successive blocks (gaussMarkov).") var correlation: Double = 0.9
    @Option(help: "Delay spread (TDL), for instance 100ns.") var delaySpread: String = "100ns"
    @Option(help: "Trace file instead of a model.") var trace: String?
    @Option(help: "mahimahi, mahimahiSmooth or csv.") var traceFormat: String = "mahimahi"
    @Option(help: "Propagation delay, each way.") var delay: String = "0"
    @Option(help: "Largest random delay on top.") var jitter: String = "0"
    @Option(help: "Probability of loss, for instance 1%.") var loss: String = "0"
    @Option(help: "Probability of flipped bits.") var corruption: String = "0"
    @Option(help: "Probability of arriving twice.") var duplication: String = "0"
    @Option(help: "Probability of being overtaken.") var reordering: String = "0"
    @Option(help: "Datagrams that may wait, each way; on a slow link a thousand take many seconds to drain.")
    var queuePackets: Int = 1000
    @Option(help: "dropTail or dropHead.") var queue: String = "dropTail"
    @Option(help: "Bytes counted per datagram beside its payload (28 for IPv4 and UDP headers).") var overhead: Int = 0
    @Flag(inversion: .prefixedNo, help: "Impair the answers as well.") var answers = true
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

    func options() throws -> ForeignRelay.Options {
        guard let listen else { throw ValidationError("--listen is missing") }
        guard let forward else { throw ValidationError("--forward is missing") }
        var link = RelayLink()
        // A law's name begins with a letter or a brace, a bit rate with a digit or a sign.
        if rate.first.map({ $0.isNumber || "+-.".contains($0) }) ?? false {
            link.bandwidth = try value(rate, .bitRate, "--rate", exclusive: true)
            link.snr = 0
        } else {
            link.bandwidth = try value(bandwidth, .bandwidth, "--bandwidth")
            link.snr = try value(snr, .snr, "--snr")
            do { link.rate = try RateLaw.read(rate) } catch {
                throw ValidationError("--rate: \(error); or a bit rate such as '10 Mbit/s'")
            }
        }
        link.model = try word(
            model, "--model", expected: "awgn, rayleigh, rice, nakagami, jakes, gaussMarkov or TDL-A to TDL-E")
        link.coherence = try coherence.map { try value($0, .coherence, "--coherence") }
        link.doppler = try doppler.map { try value($0, .doppler, "--doppler") }
        link.riceFactor = try value(riceFactor, .riceFactor, "--rice-factor")
        link.shape = try value("\(shape)", .shape, "--shape")
        link.correlation = try value("\(correlation)", .correlation, "--correlation")
        link.delaySpread = try value(delaySpread, .delaySpread, "--delay-spread")
        link.trace = trace
        link.traceFormat = try word(traceFormat, "--trace-format", expected: "mahimahi, mahimahiSmooth or csv")
        link.delay = try value(delay, .delay, "--delay")
        link.jitter = try value(jitter, .jitter, "--jitter")
        link.loss = try value(loss, .loss, "--loss")
        link.corruption = try value(corruption, .corruption, "--corruption")
        link.duplication = try value(duplication, .duplication, "--duplication")
        link.reordering = try value(reordering, .reordering, "--reordering")
        guard (1...ForeignRelay.mostQueued).contains(queuePackets) else {
            throw ValidationError("--queue-packets is \(queuePackets), expected 1 to \(ForeignRelay.mostQueued)")
        }
        link.queuePackets = queuePackets
        link.queue = try word(queue, "--queue", expected: "dropTail or dropHead")
        guard (0...65_535).contains(overhead) else {
            throw ValidationError("--overhead is \(overhead), expected 0 to 65535 bytes")
        }
        link.overhead = overhead
        do {
            var options = ForeignRelay.Options(listen: listen, forward: forward, link: try link.configuration())
            options.impairsAnswers = answers
            options.passesTCP = tcp
            options.seed = seed
            options.setSpin(seconds: try spinSeconds())
            return options
        } catch let error as ValidationError { throw error } catch { throw ValidationError("\(error)") }
    }

    private func word<Word: RawRepresentable>(_ text: String, _ option: String, expected: String) throws -> Word
    where Word.RawValue == String {
        guard let word = Word(rawValue: text) else {
            throw ValidationError("\(option) is '\(text)', expected \(expected)")
        }
        return word
    }

    private func value(_ text: String, _ quantity: ChannelQuantity, _ option: String) throws -> Double {
        switch quantity.read(text) {
        case .success(let value): return value
        case .failure(let failure): throw ValidationError("\(option): \(failure)")
        }
    }

    private func value(
        _ text: String, _ dimension: Dimension, _ option: String, least: Double = -.infinity, most: Double = .infinity,
        exclusive: Bool = false
    ) throws -> Double {
        switch dimension.read(text, least: least, most: most, exclusive: exclusive) {
        case .success(let value): return value
        case .failure(let failure): throw ValidationError("\(option): \(failure)")
        }
    }
}
