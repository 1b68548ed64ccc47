import Channels
import Declarations
import Determinism

/// A number of a channel as people write it: its key in a link's section, its unit, its bounds, and what it sets.
///
/// Topology files and their schema, timed events, live requests and the options of a relay all read it by the one row
/// here, so that none accepts what another refuses.
package struct ChannelQuantity: Sendable {
    /// As in a link's section, for instance `snr` or `burst.enter`.
    package let key: String
    package let form: NumberForm
    /// What it is, for the reference.
    package let note: String
    /// Puts a value that was read into a link's settings.
    package let apply: @Sendable (inout ChannelSettings, Double) -> Void

    package func read(_ text: String) -> Result<Double, Misreading> { form.read(text) }
    package var expectation: String { form.expectation }
}

extension ChannelQuantity {
    package static let bandwidth = ChannelQuantity(
        key: "bandwidth", form: .quantity(.frequency, least: 0, exclusive: true),
        note: "Bandwidth B of C = B·log2(1 + SNR)."
    ) { $0.bandwidth = $1 }
    package static let snr = ChannelQuantity(
        key: "snr", form: .quantity(.level, least: -100, most: 100), note: "Mean receive SNR."
    ) { $0.snr = $1 }
    package static let coherence = ChannelQuantity(
        key: "coherence", form: .quantity(.duration, least: 1e-6), note: "Length of a coherence block."
    ) { $0.coherence = $1 }
    package static let riceFactor = ChannelQuantity(
        key: "riceFactor", form: .quantity(.level, least: -60, most: 60), note: "Rice factor K."
    ) { $0.riceFactor = $1 }
    package static let shape = ChannelQuantity(key: "shape", form: .number(0.5...1000), note: "Nakagami's m.") {
        $0.shape = $1
    }
    package static let doppler = ChannelQuantity(
        key: "doppler", form: .quantity(.frequency, least: 0),
        note:
            "Largest Doppler frequency f_D: blocks sample Clarke's model, correlated by J0(2 pi f_D t); without it (rayleigh, rice, nakagami) each is drawn anew. A Rice channel's constant path has 0.7 f_D."
    ) { $0.doppler = $1 }
    package static let correlation = ChannelQuantity(
        key: "correlation", form: .number(0...1), note: "Correlation of successive blocks."
    ) { $0.correlation = $1 }
    package static let shadowing = ChannelQuantity(
        key: "shadowing", form: .quantity(.level, least: 0, most: 40),
        note: "Standard deviation of log-normal shadowing."
    ) { $0.shadowing = $1 }
    package static let shadowingBlocks = ChannelQuantity(
        key: "shadowingBlocks", form: .number(0...1e6), note: "Blocks over which shadowing decorrelates to 1/e."
    ) { $0.shadowingBlocks = $1 }
    package static let delaySpread = ChannelQuantity(
        key: "delaySpread", form: .quantity(.duration, least: 0), note: "Root mean square delay spread."
    ) { $0.delaySpread = $1 }
    package static let loss = share("loss", "Probability that a packet is lost.") { $0.loss = $1 }
    package static let corruption = share("corruption", "Probability that a packet's bits are changed.") {
        $0.corruption = $1
    }
    package static let duplication = share("duplication", "Probability that a packet comes twice.") {
        $0.duplication = $1
    }
    package static let reordering = share(
        "reordering", "Probability that a packet is held back until others have overtaken it."
    ) { $0.reordering = $1 }
    package static let reorderingDistance = ChannelQuantity(
        key: "reorderingDistance", form: .integer(1...4096), note: "How many packets overtake it."
    ) { $0.reorderingDistance = Int($1) }
    package static let reorderingPatience = wait("reorderingPatience", "How long it waits for them at most.") {
        $0.reorderingPatience = $1
    }
    package static let delay = wait("delay", "Propagation delay.") { $0.delay = $1 }
    package static let jitter = wait("jitter", "Largest random delay on top.") { $0.jitter = $1 }
    package static let queueBytes = ChannelQuantity(
        key: "queueBytes", form: .quantity(.size, least: 1), note: "Largest queue in bytes."
    ) { $0.queueBytes = Int(saturating: $1) }
    package static let queuePackets = ChannelQuantity(
        key: "queuePackets", form: .integer(1...10_000_000), note: "Largest queue in packets."
    ) { $0.queuePackets = Int($1) }
    package static let burstEnter = share("burst.enter", "Probability, per packet, of turning bad.") {
        $0.changeBurst(\.enter, $1)
    }
    package static let burstLeave = share("burst.leave", "Probability, per packet, of turning good again.") {
        $0.changeBurst(\.leave, $1)
    }
    package static let burstGood = share("burst.good", "Loss while good.") { $0.changeBurst(\.good, $1) }
    package static let burstBad = share("burst.bad", "Loss while bad.") { $0.changeBurst(\.bad, $1) }

    /// Every one of them, in the order of the reference.
    package static let all = [
        bandwidth, snr, coherence, riceFactor, shape, doppler, correlation, shadowing, shadowingBlocks, delaySpread,
        loss,
        corruption, duplication, reordering, reorderingDistance, reorderingPatience, delay, jitter, burstEnter,
        burstLeave,
        burstGood, burstBad, queueBytes, queuePackets,
    ]

    private static func share(
        _ key: String, _ note: String, apply: @escaping @Sendable (inout ChannelSettings, Double) -> Void
    ) -> ChannelQuantity {
        ChannelQuantity(
            key: key, form: .quantity(.share, least: 0, most: 1), note: note, apply: apply)
    }

    private static func wait(
        _ key: String, _ note: String, apply: @escaping @Sendable (inout ChannelSettings, Double) -> Void
    ) -> ChannelQuantity {
        ChannelQuantity(key: key, form: .quantity(.duration, least: 0, most: 3600), note: note, apply: apply)
    }
}

extension ChannelSettings {
    fileprivate mutating func changeBurst(_ path: WritableKeyPath<BurstLoss, Double>, _ value: Double) {
        var changed = burst ?? BurstLoss(enter: 0, leave: 1, good: 0, bad: 1)
        changed[keyPath: path] = value
        burst = changed
    }
}

extension Section {
    /// A channel's number, by its row of the table; nil where the key is absent.
    func quantity(_ quantity: ChannelQuantity, required: Bool = false) -> Double? {
        value(quantity, default: nil, required: required)
    }

    /// The same with a default.
    func quantity(_ quantity: ChannelQuantity, default fallback: Double, required: Bool = false) -> Double {
        value(quantity, default: fallback, required: required) ?? fallback
    }

    private func value(_ quantity: ChannelQuantity, default fallback: Double?, required: Bool) -> Double? {
        let key = quantity.key.split(separator: ".").last.map(String.init) ?? quantity.key
        return number(key, quantity.form, default: fallback, required: required, quantity.note)
    }
}
