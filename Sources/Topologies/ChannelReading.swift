import Channels
import Determinism
import Foundation

extension Band {
    package init(_ name: String, _ s: Section) {
        self.name = name
        bandwidth = s.quantity(
            "bandwidth", .frequency, default: 1e6, required: true, least: 0, exclusive: true, "Bandwidth in all.")
        scheduler = s.choice("scheduler", default: SharedBand.Scheduler.roundRobin, "Who goes next.")
        budgets = s.choice(
            "budgets", default: BandBudgets.share,
            "What the budget C·T_max of an image counts on. share: the capacity divided by the number of links of the band, which holds even where all send at once; alone on the air an image is through sooner. whole: all of it, for transmitters that seldom send at once (intervals, priority); images that meet on the air then come late or in part."
        )
        s.finish()
    }
}

extension LinkSettings {
    package init(_ name: String, _ s: Section, folder: String) {
        self.name = name
        from = s.text("from", default: "", required: true, "Node that sends.")
        to = s.words("to", required: true, "Node that receives, or a list of them.")
        through = s.text("through", default: "", required: true, "Channel node that plays the link.")
        band = s.text("band", "Shared band; the link then has no bandwidth of its own.")
        fadesLike = s.text(
            "fadesLike",
            "Link whose fading, losses and missed reports this one repeats, draw for draw; for comparisons on one channel."
        )
        priority = s.integer(
            "priority", default: 0, in: -1000...1000, "Larger goes first under the priority scheduler.")
        channel = ChannelSettings(s, folder: folder, banded: band != nil)
        s.finish()
    }
}

extension ChannelSettings {
    package init(_ s: Section, folder: String, banded: Bool) {
        model = s.choice("model", default: FadingModel.awgn, "Law of the channel gain.")
        bandwidth = s.quantity(.bandwidth, default: 1e6, required: !banded)
        s.limit("bandwidth", to: "not with `band`")
        rate = RateLaw.read(s)
        let chosen = model
        snr = s.quantity(.snr, default: 10, required: chosen != .trace)
        s.limit("snr", to: "not with `model: trace`")
        coherence = s.quantity(.coherence)
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
                s.report(
                    key,
                    "has no meaning for model '\(chosen.rawValue)'; it belongs to \(models.map(\.rawValue).joined(separator: ", "))"
                )
            }
        }
        riceFactor = s.quantity(.riceFactor, default: 6)
        only("riceFactor", .rice)
        shape = s.quantity(.shape, default: 1)
        only("shape", .nakagami)
        let speed = s.quantity(
            "speed", .speed, default: nil, least: 0,
            "Speed of the receiver; with a carrier it gives the Doppler frequency.")
        let carrier = s.quantity("carrier", .frequency, default: nil, least: 0, exclusive: true, "Carrier frequency.")
        let given = s.quantity(.doppler)
        only("speed", .rayleigh, .rice, .nakagami, .jakes, .tdl)
        only("carrier", .rayleigh, .rice, .nakagami, .jakes, .tdl)
        only("doppler", .rayleigh, .rice, .nakagami, .jakes, .tdl)
        if given == nil, !s.has("doppler"), [.jakes].contains(chosen), speed == nil || carrier == nil {
            s.report("doppler", "is missing: a \(chosen.rawValue) channel needs 'doppler', or 'speed' and 'carrier'")
        }
        if chosen == .nakagami, shape > 64, (given ?? speed ?? 0) > 0 {
            s.report("shape", "is \(Dimension.shortest(shape)): expected at most 64 with a Doppler frequency")
        }
        doppler = given ?? (speed ?? 0) * (carrier ?? 0) / 299_792_458
        correlation = s.quantity(.correlation, default: 0.9)
        only("correlation", .gaussMarkov)
        shadowing = s.quantity(.shadowing, default: 0)
        shadowingBlocks = s.quantity(.shadowingBlocks, default: 10)
        profile = s.choice("profile", default: TapProfile.a, "Power-delay profile of 3GPP TR 38.901.")
        only("profile", .tdl)
        delaySpread = s.quantity(.delaySpread, default: 100e-9)
        only("delaySpread", .tdl)
        trace = s.path("trace", from: folder, "File of the trace.")
        only("trace", .trace)
        traceFormat = s.choice("traceFormat", default: TraceFormat.mahimahi, "How the trace is to be read.")
        only("traceFormat", .trace)
        if chosen == .trace, traceFormat != .csv, rate != .shannon {
            s.report("rate", "has no meaning for a trace that states rates itself")
        }
        if chosen == .trace, trace == nil { s.report("trace", "is missing: a trace channel needs a file") }
        if let trace, !FileManager.default.fileExists(atPath: trace) { s.report("trace", "'\(trace)' does not exist") }
        loss = s.quantity(.loss, default: 0)
        corruption = s.quantity(.corruption, default: 0)
        duplication = s.quantity(.duplication, default: 0)
        reordering = s.quantity(.reordering, default: 0)
        reorderingDistance = Int(s.quantity(.reorderingDistance, default: 3))
        reorderingPatience = s.quantity(.reorderingPatience, default: 0.02)
        delay = s.quantity(.delay, default: 0)
        jitter = s.quantity(.jitter, default: 0)
        let burst = s.section("burst", "Gilbert–Elliott loss.")
        let enter = burst.quantity(.burstEnter, default: 0)
        let leave = burst.quantity(.burstLeave, default: 1)
        let good = burst.quantity(.burstGood, default: 0)
        let bad = burst.quantity(.burstBad, default: 1)
        burst.finish()
        if burst.mapping == nil { s.omit("burst") }
        self.burst = burst.mapping == nil ? nil : BurstLoss(enter: enter, leave: leave, good: good, bad: bad)
        queueBytes = s.quantity(.queueBytes).map { Int(saturating: $0) }
        queuePackets = s.quantity(.queuePackets).map { Int($0) }
        queue = s.choice(
            "queue", default: QueueConfiguration.Discipline.dropTail, "Which packet goes when the queue is full.")
    }
}
