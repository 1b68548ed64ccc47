import Determinism
import Foundation

extension Band {
    package init(_ name: String, _ s: Section) {
        self.name = name
        bandwidth = s.quantity("bandwidth", .frequency, default: 1e6, required: true, least: 0, exclusive: true, "Bandwidth in all.")!
        scheduler = s.choice("scheduler", default: BandScheduler.roundRobin, "Who goes next.")
        s.finish()
    }
}

extension LinkSettings {
    package init(_ name: String, _ s: Section, folder: String) {
        self.name = name
        from = s.text("from", default: "", required: true, "Node that sends.")!
        to = s.words("to", required: true, "Node that receives, or a list of them.")
        through = s.text("through", default: "", required: true, "Channel node that plays the link.")!
        band = s.text("band", "Shared band; the link then has no bandwidth of its own.")
        fadesLike = s.text("fadesLike", "Link whose fading, losses and missed reports this one repeats, draw for draw; for comparisons on one channel.")
        priority = s.integer("priority", default: 0, in: -1000...1000, "Larger goes first under the priority scheduler.")!
        channel = ChannelSettings(s, folder: folder, banded: band != nil)
        s.finish()
    }
}

extension ChannelSettings {
    package init(_ s: Section, folder: String, banded: Bool) {
        model = s.choice("model", default: FadingModel.awgn, "Law of the channel gain.")
        bandwidth = s.quantity("bandwidth", .frequency, default: 1e6, required: !banded, least: 0, exclusive: true, "Bandwidth B of C = B·log2(1 + SNR).")!
        s.limit("bandwidth", to: "not with `band`")
        let chosen = model
        snr = s.quantity("snr", .level, default: 10, required: chosen != .trace, least: -100, most: 100, "Mean receive SNR.")!
        s.limit("snr", to: "not with `model: trace`")
        coherence = s.quantity("coherence", .duration, default: nil, least: 1e-6, "Length of a coherence block.")
        // A value that was refused is not missing, too.
        if coherence == nil, !s.has("coherence"), ![.awgn, .trace].contains(chosen) {
            s.report("coherence", "is missing: a \(chosen.rawValue) channel needs one, a duration such as '200 ms'")
        }
        /// Keys that belong to some models only: a value that would be ignored is a mistake.
        func only(_ key: String, _ models: FadingModel...) {
            s.limit(key, to: "`model: " + models.map(\.rawValue).joined(separator: "`, `") + "`")
            guard !models.contains(chosen) else { return }
            s.omit(key)
            if s.has(key) {
                s.report(key, "has no meaning for model '\(chosen.rawValue)'; it belongs to \(models.map(\.rawValue).joined(separator: ", "))")
            }
        }
        riceFactor = s.quantity("riceFactor", .level, default: 6, least: -60, most: 60, "Rice factor K.")!
        only("riceFactor", .rice)
        shape = s.number("shape", default: 1, in: 0.5...1000, "Nakagami's m.")!
        only("shape", .nakagami)
        let speed = s.quantity("speed", .speed, default: nil, least: 0, "Speed of the receiver; with a carrier it gives the Doppler frequency.")
        let carrier = s.quantity("carrier", .frequency, default: nil, least: 0, exclusive: true, "Carrier frequency.")
        let given = s.quantity("doppler", .frequency, default: nil, least: 0, "Largest Doppler frequency.")
        only("speed", .jakes, .tdl)
        only("carrier", .jakes, .tdl)
        only("doppler", .jakes, .tdl)
        if given == nil, !s.has("doppler"), [.jakes].contains(chosen), speed == nil || carrier == nil {
            s.report("doppler", "is missing: a \(chosen.rawValue) channel needs 'doppler', or 'speed' and 'carrier'")
        }
        doppler = given ?? (speed ?? 0) * (carrier ?? 0) / 299_792_458
        correlation = s.number("correlation", default: 0.9, in: 0...1, "Correlation of successive blocks.")!
        only("correlation", .gaussMarkov)
        shadowing = s.quantity("shadowing", .level, default: 0, least: 0, most: 40, "Standard deviation of log-normal shadowing.")!
        shadowingBlocks = s.number("shadowingBlocks", default: 10, in: 0...1e6, "Blocks over which shadowing decorrelates to 1/e.")!
        profile = s.choice("profile", default: TapProfile.a, "Power-delay profile of 3GPP TR 38.901.")
        only("profile", .tdl)
        delaySpread = s.quantity("delaySpread", .duration, default: 100e-9, least: 0, "Root mean square delay spread.")!
        only("delaySpread", .tdl)
        trace = s.path("trace", from: folder, "File of the trace.")
        only("trace", .trace)
        traceFormat = s.choice("traceFormat", default: TraceFormat.mahimahi, "How the trace is to be read.")
        only("traceFormat", .trace)
        if chosen == .trace, trace == nil { s.report("trace", "is missing: a trace channel needs a file") }
        if let trace, !FileManager.default.fileExists(atPath: trace) { s.report("trace", "'\(trace)' does not exist") }
        loss = s.quantity("loss", .share, default: 0, least: 0, most: 1, "Probability that a packet is lost.")!
        corruption = s.quantity("corruption", .share, default: 0, least: 0, most: 1, "Probability that a packet's bits are changed.")!
        duplication = s.quantity("duplication", .share, default: 0, least: 0, most: 1, "Probability that a packet comes twice.")!
        reordering = s.quantity("reordering", .share, default: 0, least: 0, most: 1, "Probability that a packet is held back until others have overtaken it.")!
        reorderingDistance = s.integer("reorderingDistance", default: 3, in: 1...4096, "How many packets overtake it.")!
        reorderingPatience = s.quantity("reorderingPatience", .duration, default: 0.02, least: 0, most: 3600, "How long it waits for them at most.")!
        delay = s.quantity("delay", .duration, default: 0, least: 0, most: 3600, "Propagation delay.")!
        jitter = s.quantity("jitter", .duration, default: 0, least: 0, most: 3600, "Largest random delay on top.")!
        let burst = s.section("burst", "Gilbert–Elliott loss.")
        let enter = burst.quantity("enter", .share, default: 0, least: 0, most: 1, "Probability, per packet, of turning bad.")!
        let leave = burst.quantity("leave", .share, default: 1, least: 0, most: 1, "Probability, per packet, of turning good again.")!
        let good = burst.quantity("good", .share, default: 0, least: 0, most: 1, "Loss while good.")!
        let bad = burst.quantity("bad", .share, default: 1, least: 0, most: 1, "Loss while bad.")!
        burst.finish()
        if burst.mapping == nil { s.omit("burst") }
        self.burst = burst.mapping == nil ? nil : BurstLoss(enter: enter, leave: leave, good: good, bad: bad)
        queueBytes = s.quantity("queueBytes", .size, default: nil, least: 1, "Largest queue in bytes.").map { Int(saturating: $0) }
        queuePackets = s.integer("queuePackets", default: nil, in: 1...10_000_000, "Largest queue in packets.")
        queue = s.choice("queue", default: QueueDiscipline.dropTail, "Which packet goes when the queue is full.")
    }
}
