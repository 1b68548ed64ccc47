import Channels
import Determinism
import Files
import Foundation
import Roles
import Topologies

/// A relayed link in the units of the command line: seconds, hertz, decibels.
package struct RelayLink: Sendable {
    /// Law of the gain, by its name on the command line.
    package enum Model: String, Sendable, CaseIterable {
        case awgn, rayleigh, rice, nakagami, jakes, gaussMarkov
        case tdlA = "TDL-A"
        case tdlB = "TDL-B"
        case tdlC = "TDL-C"
        case tdlD = "TDL-D"
        case tdlE = "TDL-E"
    }

    /// Which datagram goes when the queue is full; a relay knows no deadlines.
    package enum Queue: String, Sendable, CaseIterable { case dropTail, dropHead }

    package var bandwidth = 1e6
    package var snr = 10.0
    package var rate = RateLaw.shannon
    package var model = Model.awgn
    package var coherence: Double?
    /// Nil: 10 Hz where the model needs one; each block drawn anew where it does not.
    package var doppler: Double?
    package var riceFactor = 6.0
    package var shape = 1.0
    package var correlation = 0.9
    package var delaySpread = 100e-9
    package var trace: String?
    package var traceFormat = TraceFormat.mahimahi
    package var delay = 0.0
    package var jitter = 0.0
    package var loss = 0.0
    package var corruption = 0.0
    package var duplication = 0.0
    package var reordering = 0.0
    package var queuePackets = 1000
    package var queue = Queue.dropTail
    package var overhead = 0

    package init() {}

    /// - Throws: `ChannelError` naming the value at fault.
    package func configuration() throws -> LinkConfiguration {
        var link = LinkConfiguration(name: "relay", bandwidth: bandwidth, meanSNR: Decibels.linear(snr))
        link.coherence = coherence.map { .seconds($0) }
        link.rate = rate
        link.fading = try fading(&link)
        link.propagation = .seconds(delay)
        link.jitter = .seconds(jitter)
        link.loss = loss
        link.corruption = corruption
        link.duplication = duplication
        if reordering > 0 { link.reordering = Reordering(probability: reordering) }
        link.queue.packets = queuePackets
        link.queue.discipline = queue == .dropTail ? .dropTail : .dropHead
        link.accounting = .wire
        link.overheadBytes = overhead
        if let problem = link.problem { throw problem }
        return link
    }

    /// - Parameter link: a trace of SNR is absolute and sets its mean to 1.
    private func fading(_ link: inout LinkConfiguration) throws -> Channels.FadingModel {
        if let trace {
            let text = try TextFile.read(trace)
            switch traceFormat {
            case .mahimahi: return .opportunities(try OpportunityTrace(mahimahi: text, name: trace))
            case .mahimahiSmooth: return .trace(try OpportunityTrace(mahimahi: text, name: trace).smoothed)
            case .csv:
                let values = try ChannelTrace(csv: text, name: trace)
                if values.quantity == .snr { link.meanSNR = 1 }
                return .trace(values)
            }
        }
        let moves = doppler ?? 0
        switch model {
        case .awgn: return .none
        case .rayleigh: return moves > 0 ? .jakes(doppler: moves) : .rayleigh
        case .rice:
            let factor = Decibels.linear(riceFactor)
            return moves > 0 ? .jakes(doppler: moves, factor: factor) : .rice(factor: factor)
        case .nakagami: return .nakagami(shape: shape, doppler: moves)
        case .jakes: return .jakes(doppler: doppler ?? Self.usualDoppler)
        case .gaussMarkov: return .gaussMarkov(correlation: correlation)
        case .tdlA: return tapped(.a)
        case .tdlB: return tapped(.b)
        case .tdlC: return tapped(.c)
        case .tdlD: return tapped(.d)
        case .tdlE: return tapped(.e)
        }
    }

    private func tapped(_ profile: Channels.TapProfile) -> Channels.FadingModel {
        .tappedDelayLine(profile, delaySpread: delaySpread, doppler: doppler ?? Self.usualDoppler)
    }

    private static let usualDoppler = 10.0
}
