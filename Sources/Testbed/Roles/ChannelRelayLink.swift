import Channels
import Determinism
import Files
import Foundation

/// A relayed link in the units of the command line: seconds, hertz, decibels.
public struct RelayLink: Sendable {
    public var bandwidth = 1e6
    public var snr = 10.0
    /// `awgn`, `rayleigh`, …, `TDL-A` … `TDL-E`.
    public var model = "awgn"
    public var coherence: Double?
    public var doppler = 10.0
    public var riceFactor = 6.0
    public var shape = 1.0
    public var correlation = 0.9
    public var delaySpread = 100e-9
    public var trace: String?
    public var traceFormat = "mahimahi"
    public var delay = 0.0
    public var jitter = 0.0
    public var loss = 0.0
    public var corruption = 0.0
    public var duplication = 0.0
    public var reordering = 0.0
    public var queuePackets = 1000
    public var queue = "dropTail"
    public var overhead = 0

    public init() {}

    /// - Throws: `RelayLinkError` or `ChannelError` naming the value at fault.
    public func configuration() throws -> LinkConfiguration {
        var link = LinkConfiguration(name: "relay", bandwidth: bandwidth, meanSNR: Decibels.linear(snr))
        link.coherence = coherence.map { .seconds($0) }
        if let trace {
            let text = try TextFile.read(trace)
            switch traceFormat {
            case "mahimahi": link.fading = .opportunities(try OpportunityTrace(mahimahi: text, name: trace))
            case "mahimahiSmooth": link.fading = .trace(try OpportunityTrace(mahimahi: text, name: trace).smoothed)
            case "csv":
                let values = try ChannelTrace(csv: text, name: trace)
                if values.quantity == .snr { link.meanSNR = 1 }
                link.fading = .trace(values)
            default: throw RelayLinkError(option: "--trace-format", value: traceFormat, expected: "mahimahi, mahimahiSmooth or csv")
            }
        } else {
            switch model {
            case "awgn": link.fading = .none
            case "rayleigh": link.fading = .rayleigh
            case "rice": link.fading = .rice(factor: Decibels.linear(riceFactor))
            case "nakagami": link.fading = .nakagami(shape: shape)
            case "jakes": link.fading = .jakes(doppler: doppler)
            case "gaussMarkov": link.fading = .gaussMarkov(correlation: correlation)
            default:
                guard let profile = Channels.TapProfile(rawValue: model) else {
                    throw RelayLinkError(
                        option: "--model", value: model, expected: "awgn, rayleigh, rice, nakagami, jakes, gaussMarkov or TDL-A to TDL-E")
                }
                link.fading = .tappedDelayLine(profile, delaySpread: delaySpread, doppler: doppler)
            }
        }
        link.propagation = .seconds(delay)
        link.jitter = .seconds(jitter)
        link.loss = loss
        link.corruption = corruption
        link.duplication = duplication
        if reordering > 0 { link.reordering = Reordering(probability: reordering) }
        link.queue.packets = queuePackets
        guard let discipline = QueueConfiguration.Discipline(rawValue: queue), discipline != .deadlineDrop else {
            throw RelayLinkError(option: "--queue", value: queue, expected: "dropTail or dropHead")
        }
        link.queue.discipline = discipline
        link.accounting = .wire
        link.overheadBytes = overhead
        if let problem = link.problem { throw problem }
        return link
    }
}

/// A command-line value that is none of the expected ones.
public struct RelayLinkError: Error, Equatable, Sendable, CustomStringConvertible {
    public var option: String
    public var value: String
    public var expected: String
    public var description: String { "\(option) is '\(value)', expected \(expected)" }
}
