import Channels
import Datagrams
import Declarations
import Determinism
import Foundation
import Topologies

extension UDPRelay {
    /// What is emulated between which addresses, in one line: a relay that does another thing than was meant looks like
    /// one that works.
    package var summaryOfLink: String {
        let ways = options.impairsAnswers ? "both ways" : "towards the target only"
        let stream = options.passesTCP ? "; TCP on the same port passes unshaped" : ""
        let address = options.forward == "\(target)" ? "\(target)" : "\(options.forward) (\(target))"
        let links = options.back.map { "there: \(options.link.summary); back: \($0.summary)" }
        return "relaying UDP on \(local) to \(address), \(links ?? "\(ways): \(options.link.summary)")\(stream)"
    }
}

extension UDPRelay {
    /// Said when the first TCP connection comes.
    static let unshaped =
        "warning: TCP passes unshaped: rate, delay and losses of the emulated link hold for UDP only "
        + "(--no-tcp refuses TCP)"
}

extension LinkConfiguration {
    /// Everything that is not as a perfect link has it.
    package var summary: String {
        var parts = [fading.summary]
        if !fading.bringsItsRate {
            let rate = bandwidth * rate.efficiency(meanSNR)
            let snr = (Decibels.of(meanSNR) * 1e6).rounded() / 1e6
            parts.append("B \(Dimension.frequency.text(bandwidth)), SNR \(Dimension.level.text(snr))")
            parts.append("\(Dimension.bitRate.text(Self.rounded(rate)))\(fading.isConstant ? "" : " at the mean SNR")")
            parts.append("rate by \(self.rate.words)")
        }
        if let coherence { parts.append("coherence \(Dimension.duration.text(coherence.seconds))") }
        if propagation > .zero { parts.append("delay \(Dimension.duration.text(propagation.seconds))") }
        if jitter > .zero { parts.append("jitter \(Dimension.duration.text(jitter.seconds))") }
        for (name, share) in [
            ("loss", loss), ("corruption", corruption), ("duplication", duplication),
            ("reordering", reordering?.probability ?? 0),
        ]
        where share > 0 { parts.append("\(name) \(Dimension.shortest(share * 100)) %") }
        if let shadowing { parts.append("shadowing \(Dimension.level.text(shadowing.deviation))") }
        if let bursts {
            let (enter, leave) = (bursts.enter * 100, bursts.leave * 100)
            parts.append("bursts begin \(Dimension.shortest(enter)) %, end \(Dimension.shortest(leave)) %")
        }
        parts.append(
            "queue of \(queue.packets.map { "\($0) datagrams" } ?? "any length"), \(queue.discipline.rawValue)")
        if overheadBytes > 0 { parts.append("\(overheadBytes) bytes counted beside each") }
        return parts.joined(separator: ", ")
    }

    /// Three digits.
    private static func rounded(_ value: Double) -> Double {
        guard value > 0, value.isFinite else { return 0 }
        let scale = pow(10, 2 - log10(value).rounded(.down))
        return (value * scale).rounded() / scale
    }
}

extension FadingModel {
    fileprivate var bringsItsRate: Bool {
        switch self {
        case .opportunities: true
        case .trace(let trace): trace.quantity == .rate
        case .law: false
        }
    }

    fileprivate var summary: String {
        switch self {
        case .law(let law): ([law.name] + law.values.map(\.words)).joined(separator: ", ")
        case .trace(let trace): "a trace of \(trace.quantity.rawValue), \(trace.times.count) values"
        case .opportunities(let trace):
            "a Mahimahi trace, \(Dimension.bitRate.text((trace.meanRate / 1e3).rounded() * 1e3)) in the mean"
        }
    }
}

extension FadingValue {
    fileprivate var words: String {
        let text =
            switch unit {
            case .none: Dimension.shortest(value)
            case .decibels: Dimension.level.text((Decibels.of(value) * 1e6).rounded() / 1e6)
            case .hertz: Dimension.frequency.text(value)
            case .seconds: Dimension.duration.text(value)
            }
        return "\(label) \(text)"
    }
}
