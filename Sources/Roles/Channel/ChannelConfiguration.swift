import Channels
import Determinism
import Files
import Topologies
import Wire

extension LinkConfiguration {
    /// A link as the topology states it.
    ///
    /// - Parameter trace: the text of the link's trace file (``ChannelSettings/readTrace()``).
    /// - Throws: `ChannelError`, or `ChannelFailure.unreadableTrace` naming the file where a trace is needed and
    ///   missing.
    package init(_ link: LinkSettings, in topology: Topology, trace: String? = nil) throws {
        try self.init(link.streamName, link.channel, trace: trace)
        if let band = topology.bands.first(where: { $0.name == link.band }) { bandwidth = band.bandwidth }
        accounting = topology.scheme.accounting
        overheadBytes = WireOverhead.udp
        priority = link.priority
        if let problem { throw problem }
    }

    /// What settings say by themselves.
    ///
    /// - Parameters:
    ///   - name: names the random streams.
    ///   - trace: the text of the trace file (``ChannelSettings/readTrace()``).
    /// - Throws: as above, of what single values cannot be.
    package init(_ name: String, _ settings: ChannelSettings, trace: String?) throws {
        self.init(name: name, bandwidth: settings.bandwidth, meanSNR: Decibels.linear(settings.snr))
        try shape(settings, trace: trace)
        rate = settings.rate
        loss = settings.loss
        corruption = settings.corruption
        duplication = settings.duplication
        propagation = .seconds(settings.delay)
        jitter = .seconds(settings.jitter)
    }

    /// What is not a plain number of its own: fading, bursts, reordering and the queue.
    ///
    /// - Parameters:
    ///   - before: the settings this configuration was made from; a trace they share is not parsed again.
    ///   - trace: the text of the trace file.
    /// - Throws: as the initialiser.
    package mutating func shape(_ settings: ChannelSettings, before: ChannelSettings? = nil, trace: String?) throws {
        coherence = settings.coherence.map { .seconds($0) }
        if let law = settings.model.fading(of: settings) {
            fading = law
        } else if before?.model != settings.model || before?.trace != settings.trace
            || before?.traceFormat != settings.traceFormat
        {
            try follow(trace, settings)
        }
        shadowing =
            settings.shadowing > 0
            ? Shadowing(deviation: settings.shadowing, decorrelationBlocks: settings.shadowingBlocks) : nil
        reordering =
            settings.reordering > 0
            ? Reordering(
                probability: settings.reordering, distance: settings.reorderingDistance,
                patience: .seconds(settings.reorderingPatience)) : nil
        bursts = settings.burst.map {
            GilbertElliott(enter: $0.enter, leave: $0.leave, lossInGood: $0.good, lossInBad: $0.bad)
        }
        queue.bytes = settings.queueBytes
        queue.packets = settings.queuePackets
        queue.discipline = settings.queue
    }

    private mutating func follow(_ trace: String?, _ settings: ChannelSettings) throws {
        guard let path = settings.trace else { return }
        guard let text = trace else { throw ChannelFailure.unreadableTrace(path) }
        switch settings.traceFormat {
        case .mahimahi: fading = .opportunities(try OpportunityTrace(mahimahi: text, name: path))
        case .mahimahiSmooth: fading = .trace(try OpportunityTrace(mahimahi: text, name: path).smoothed)
        case .csv:
            let trace = try ChannelTrace(csv: text, name: path)
            // A trace of SNR is absolute; a trace of |h|² is relative to the mean SNR.
            if trace.quantity == .snr { meanSNR = 1 }
            fading = .trace(trace)
        }
    }
}
