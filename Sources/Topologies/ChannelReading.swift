import Channels
import Declarations
import Determinism
import Foundation

extension Band {
    package init(_ name: String, _ s: YAMLSection) {
        self.name = name
        bandwidth = s.quantity(
            "bandwidth", .frequency, default: 1e6, required: true, least: 0, exclusive: true, "Bandwidth in all.")
        scheduler = s.choice("scheduler", default: SharedBand.Scheduler.roundRobin, "Who goes next.")
        budgets = s.choice(
            "budgets", default: BandBudgets.share,
            """
            What the budget C·T_max of an image counts on. share: the capacity divided by the number of links of the \
            band, which holds even where all send at once; alone on the air an image is through sooner. whole: \
            all of it, for transmitters that seldom send at once (intervals, priority); images that meet on the air \
            then come late or in part.
            """
        )
        s.finish()
    }
}

extension LinkSettings {
    package init(_ name: String, _ s: YAMLSection, folder: String) {
        self.name = name
        from = s.text("from", default: "", required: true, "Node that sends.")
        to = s.words("to", required: true, "Node that receives, or a list of them.")
        through = s.text("through", default: "", required: true, "Channel node that plays the link.")
        band = s.text("band", "Shared band; the link then has no bandwidth of its own.")
        fadesLike = s.text(
            "fadesLike",
            "Link whose fading, losses and missed reports this one repeats, draw for draw; "
                + "for comparisons on one channel."
        )
        priority = s.integer(
            "priority", default: 0, in: -1000...1000, "Larger goes first under the priority scheduler.")
        channel = ChannelSettings(s, folder: folder, banded: band != nil)
        s.finish()
    }
}

extension ChannelSettings {
    package init(_ s: YAMLSection, folder: String, banded: Bool) {
        self.init()
        model = s.choice("model", default: model, "Law of the channel gain.")
        read(.bandwidth, s, required: !banded)
        s.limit("bandwidth", to: "not with `band`")
        rate = RateLaw.read(s, folder: folder)
        read(.snr, s, required: model != .trace)
        s.limit("snr", to: "not with `model: trace`")
        readFading(s)
        readTrace(s, folder: folder)
        readImpairments(s)
        readQueue(s)
    }

    /// How the gain changes.
    private mutating func readFading(_ s: YAMLSection) {
        read(.coherence, s)
        // A value that was refused is not missing, too.
        if coherence == nil, !s.has("coherence"), model.fading(of: self)?.isConstant == false {
            s.report("coherence", "is missing: a \(model.rawValue) channel needs one, a duration such as '200 ms'")
        }
        for quantity in ChannelQuantity.fading {
            if quantity.key == ChannelQuantity.doppler.key {
                doppler = readDoppler(s)
                continue
            }
            // Beside the delays that it scales.
            if quantity.key == "delaySpread" {
                profile = s.choice("profile", default: profile, "Power-delay profile of 3GPP TR 38.901.")
                s.limit("profile", toModelsBeside: model)
            }
            read(quantity, s)
            s.limit(quantity.key, toModelsBeside: model)
        }
    }

    /// The Doppler frequency in hertz, as it is or from a speed and a carrier.
    private func readDoppler(_ s: YAMLSection) -> Double {
        let speed = s.quantity(
            "speed", .speed, default: nil, least: 0,
            "Speed of the receiver; with a carrier it gives the Doppler frequency.")
        let carrier = s.quantity("carrier", .frequency, default: nil, least: 0, exclusive: true, "Carrier frequency.")
        let quantity = ChannelQuantity.doppler
        let given = s.number(quantity.key, quantity.form, default: nil, required: false, quantity.note)
        for key in ["speed", "carrier", "doppler"] { s.limit(key, toModelsBeside: model) }
        if given == nil, !s.has("doppler"), model == .jakes, speed == nil || carrier == nil {
            s.report("doppler", "is missing: a \(model.rawValue) channel needs 'doppler', or 'speed' and 'carrier'")
        }
        if model == .nakagami, shape > 64, (given ?? speed ?? 0) > 0 {
            s.report("shape", "is \(Dimension.shortest(shape)): expected at most 64 with a Doppler frequency")
        }
        return given ?? (speed ?? 0) * (carrier ?? 0) / 299_792_458
    }

    private mutating func readTrace(_ s: YAMLSection, folder: String) {
        trace = s.path(
            "trace", from: folder,
            """
            File of the trace; after its end it begins again. csv: a header `time_s,snr_db`, then a line a change: \
            seconds, from 0 and growing, and the receive SNR in dB that holds until the next line (the last one as \
            long as the one before it); `time_s,gain` has the power gain beside the mean `snr`, `time_s,rate_bps` the \
            capacity in bit/s; lines that begin with # are comments. mahimahi: a line a chance to deliver 1504 bytes, \
            in whole milliseconds. `check` reads it and names a bad line; a trace that comes into being while the run \
            goes on is played by Scripts/tools/drive-snr.
            """
        )
        s.limit("trace", toModelsBeside: model)
        traceFormat = s.choice(
            "traceFormat", default: traceFormat,
            "How the trace is to be read; mahimahiSmooth spreads each opportunity's bytes until the next one.")
        s.limit("traceFormat", toModelsBeside: model)
        if model == .trace, traceFormat != .csv, rate != .shannon {
            s.report("rate", "has no meaning for a trace that states rates itself")
        }
        if model == .trace, trace == nil { s.report("trace", "is missing: a trace channel needs a file") }
        if let trace, !FileManager.default.fileExists(atPath: trace) { s.report("trace", "'\(trace)' does not exist") }
    }

    /// What happens to single packets.
    private mutating func readImpairments(_ s: YAMLSection) {
        for quantity in ChannelQuantity.packets { read(quantity, s) }
        let section = s.section("burst", "Gilbert–Elliott loss.")
        for quantity in ChannelQuantity.burst { read(quantity, section) }
        section.finish()
        if section.mapping == nil {
            s.omit("burst")
            burst = nil
        }
    }

    private mutating func readQueue(_ s: YAMLSection) {
        for quantity in ChannelQuantity.queue { read(quantity, s) }
        queue = s.choice("queue", default: queue, "Which packet goes when the queue is full.")
    }
}

extension YAMLSection {
    /// A key that belongs to some models only: a value that would be ignored is a mistake.
    fileprivate func limit(_ key: String, toModelsBeside chosen: ChannelModel) {
        let models = ChannelModel.taking(key)
        guard !models.isEmpty else { return }
        limit(key, to: "`model: " + models.map(\.rawValue).joined(separator: "`, `") + "`")
        guard !models.contains(chosen) else { return }
        omit(key)
        if has(key) {
            report(
                key,
                "has no meaning for model '\(chosen.rawValue)'; "
                    + "it belongs to \(models.map(\.rawValue).joined(separator: ", "))"
            )
        }
    }
}
