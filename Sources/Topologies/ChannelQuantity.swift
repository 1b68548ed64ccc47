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
    /// The value that settings have; nil where they leave it open.
    package let value: @Sendable (ChannelSettings) -> Double?
    /// Puts a value that was read into a link's settings.
    package let apply: @Sendable (inout ChannelSettings, Double) -> Void

    package func read(_ text: String) -> Result<Double, Misreading> { form.read(text) }
    package var expectation: String { form.expectation }
}

extension ChannelQuantity {
    package static let bandwidth = ChannelQuantity(
        "bandwidth", .quantity(.frequency, least: 0, exclusive: true), \.bandwidth,
        "Bandwidth B of C = B·log2(1 + SNR).")
    package static let snr = ChannelQuantity(
        "snr", .quantity(.level, least: -100, most: 100), \.snr, "Mean receive SNR.")
    static let coherence = ChannelQuantity(
        key: "coherence", form: .quantity(.duration, least: 1e-6), note: "Length of a coherence block.",
        value: { $0.coherence }, apply: { $0.coherence = $1 })
    static let doppler = ChannelQuantity(
        "doppler", .quantity(.frequency, least: 0), \.doppler,
        """
        Largest Doppler frequency f_D: blocks sample Clarke's model, correlated by J0(2 pi f_D t); \
        without it (rayleigh, rice, nakagami) each is drawn anew. A Rice channel's constant path has 0.7 f_D.
        """
    )

    /// How the gain changes; which model takes which, ``ChannelModel`` says.
    static let fading = [
        ChannelQuantity("riceFactor", .quantity(.level, least: -60, most: 60), \.riceFactor, "Rice factor K."),
        ChannelQuantity("shape", .number(0.5...1000), \.shape, "Nakagami's m."), doppler,
        ChannelQuantity("correlation", .number(0...1), \.correlation, "Correlation of successive blocks."),
        ChannelQuantity(
            "shadowing", .quantity(.level, least: 0, most: 40), \.shadowing,
            "Standard deviation of log-normal shadowing."),
        ChannelQuantity(
            "shadowingBlocks", .number(0...1e6), \.shadowingBlocks,
            "Blocks over which shadowing decorrelates to 1/e."),
        ChannelQuantity(
            "delaySpread", .quantity(.duration, least: 0), \.delaySpread, "Root mean square delay spread."),
    ]

    /// What happens to single packets.
    static let packets = [
        share("loss", \.loss, "Probability that a packet is lost."),
        share("corruption", \.corruption, "Probability that a packet's bits are changed."),
        share("duplication", \.duplication, "Probability that a packet comes twice."),
        share("reordering", \.reordering, "Probability that a packet is held back until others have overtaken it."),
        ChannelQuantity(
            key: "reorderingDistance", form: .integer(1...4096), note: "How many packets overtake it.",
            value: { Double($0.reorderingDistance) }, apply: { $0.reorderingDistance = Int($1) }),
        wait("reorderingPatience", \.reorderingPatience, "How long it waits for them at most."),
        wait("delay", \.delay, "Propagation delay."), wait("jitter", \.jitter, "Largest random delay on top."),
    ]

    /// Losses in bursts.
    static let burst = [
        share("burst.enter", \.bursts.enter, "Probability, per packet, of turning bad."),
        share("burst.leave", \.bursts.leave, "Probability, per packet, of turning good again."),
        share("burst.good", \.bursts.good, "Loss while good."), share("burst.bad", \.bursts.bad, "Loss while bad."),
    ]

    static let queue = [
        ChannelQuantity(
            key: "queueBytes", form: .quantity(.size, least: 1), note: "Largest queue in bytes.",
            value: { $0.queueBytes.map(Double.init) }, apply: { $0.queueBytes = Int(saturating: $1) }),
        ChannelQuantity(
            key: "queuePackets", form: .integer(1...10_000_000), note: "Largest queue in packets.",
            value: { $0.queuePackets.map(Double.init) }, apply: { $0.queuePackets = Int($1) }),
    ]

    /// Every one of them, in the order of the reference.
    package static let all = [bandwidth, snr, coherence] + fading + packets + burst + queue

    package static func named(_ key: String) -> ChannelQuantity? { all.first { $0.key == key } }

    private init(
        _ key: String, _ form: NumberForm, _ path: any WritableKeyPath<ChannelSettings, Double> & Sendable,
        _ note: String
    ) {
        self.init(key: key, form: form, note: note, value: { $0[keyPath: path] }, apply: { $0[keyPath: path] = $1 })
    }

    private static func share(
        _ key: String, _ path: any WritableKeyPath<ChannelSettings, Double> & Sendable, _ note: String
    ) -> ChannelQuantity { ChannelQuantity(key, .quantity(.share, least: 0, most: 1), path, note) }

    private static func wait(
        _ key: String, _ path: any WritableKeyPath<ChannelSettings, Double> & Sendable, _ note: String
    ) -> ChannelQuantity { ChannelQuantity(key, .quantity(.duration, least: 0, most: 3600), path, note) }
}

extension ChannelSettings {
    /// Burst losses to be changed one value after the other.
    fileprivate var bursts: BurstLoss {
        get { burst ?? BurstLoss(enter: 0, leave: 1, good: 0, bad: 1) }
        set { burst = newValue }
    }

    /// Reads a number by its row of the table; what settings hold is the default.
    mutating func read(_ quantity: ChannelQuantity, _ s: YAMLSection, required: Bool = false) {
        let key = quantity.key.split(separator: ".").last.map(String.init) ?? quantity.key
        let read = s.number(key, quantity.form, default: quantity.value(self), required: required, quantity.note)
        if let read { quantity.apply(&self, read) }
    }
}
