import Adaptation
import Channels
import Determinism
import Foundation
import Records
import Topologies
import Wire

/// What is known of one link.
struct LinkState: Sendable {
    var settings: LinkSettings
    /// The newest report that was heard, with its error.
    var report: ChannelReport?
    var estimator: ChannelEstimator
    /// Hertz: what turns an SNR into a capacity on this link.
    var bandwidth = 0.0

    init(settings: LinkSettings, estimator: ChannelEstimator) {
        self.settings = settings
        self.estimator = estimator
    }
}

/// The state of a route as the controller believes it to be when an image would be on the air.
struct ChannelEstimate: Sendable {
    /// The report of the narrowest link.
    var report: ChannelReport
    /// Receive SNR in dB and capacity in bit/s of that link, as predicted.
    var snr: Double
    var capacity: Double
    var budgetBits: Int
}

extension ControllerRole {
    /// Takes a report in as topology's `controller:` lets it come: late, with an error, or not at all.
    mutating func learn(_ report: ChannelReport, now: Instant) -> [Action] {
        guard let link = links[report.link] else { return [] }
        let settings = topology.controller
        if settings.isIdeal { return hear(report, now: now) }
        var random = RandomStream(
            seed: topology.seed, name: "feedback/\(link.settings.streamName)", index: report.block)
        let isLost = random.uniform() < settings.reportLoss
        let error = random.normal() * settings.estimationError
        let isEndless = report.duration >= BlockRecord.endless
        if isLost, !isEndless {
            lostReports += 1
            return []
        }
        var heard = report
        heard.snr *= pow(10, error / 10)
        // The same bandwidth at the SNR that is believed.
        let law = link.settings.channel.rate
        let worth = law.efficiency(report.snr)
        if worth > 1e-12 { heard.capacity = report.capacity * law.efficiency(heard.snr) / worth }
        let due = report.start + .seconds(settings.reportDelay)
        return due > now ? [plan(.heard(heard), at: due)] : hear(heard, now: now)
    }

    package mutating func hear(_ report: ChannelReport, now: Instant) -> [Action] {
        guard var link = links[report.link] else { return [] }
        link.estimator.observe(
            snr: 10 * log10(max(report.snr, 1e-12)), start: Double(report.start.nanoseconds) / 1e9,
            duration: report.duration.seconds)
        let worth = link.settings.channel.rate.efficiency(report.snr)
        if worth > 1e-9 { link.bandwidth = report.capacity / worth }
        if link.report.map({ $0.block <= report.block }) ?? true { link.report = report }
        links[report.link] = link
        return transmitterOfLink[report.link].map { settle($0, now: now) } ?? []
    }

    enum CapacityForecast {
        /// No report yet, or none that tells when a better time comes.
        case unknown
        /// The block under way ends too soon; another begins then.
        case wait(until: Instant)
        case ready(ChannelEstimate)
    }

    /// What an image that is settled now can count on.
    ///
    /// The budget counts on one capacity: the block must outlast encoding and T_max, if blocks ever can. A channel
    /// faster than that is used on its latest report, which the record shows.
    /// - Parameter asks: whether an external policy is yet to be asked, which takes its time.
    func outlook(of route: Route, now: Instant, asks: Bool = true) -> CapacityForecast {
        let blocks = route.links.compactMap { links[$0.name]?.report }
        guard blocks.count == route.links.count else { return .unknown }
        let scheme = scheme(of: route.transmitter)
        let needed = encodeGuard + (asks ? answerGuard : .zero) + .seconds(scheme.budget)
        if topology.controller.isIdeal {
            let mustWait = blocks.contains { block in
                let end = block.start + block.duration
                return needed <= block.duration ? now + needed > end : now > end && block.duration > .milliseconds(5)
            }
            if mustWait { return .unknown }
        } else {
            // The block under way may not have been reported: its edges follow from the run's clock.
            let edges = blocks.compactMap { block -> Instant? in
                let coherence = links[block.link]?.settings.channel.coherence
                let (first, length) =
                    coherence.map { (origin, Instant.Span.seconds($0)) } ?? (block.start, block.duration)
                guard needed <= length else { return nil }
                let passed = max(0, (now - first).nanoseconds / length.nanoseconds)
                let end = Instant(nanoseconds: first.nanoseconds + (passed + 1) * length.nanoseconds)
                return now + needed > end ? end : nil
            }
            if let edge = edges.max() { return .wait(until: edge) }
        }
        return belief(route, blocks, at: now + encodeGuard).map { .ready($0) } ?? .unknown
    }

    /// Where a shared band gives each link an equal part, and hops forward datagram by datagram: each after the first
    /// delays by one of them.
    private func belief(_ route: Route, _ blocks: [ChannelReport], at instant: Instant) -> ChannelEstimate? {
        let states = zip(route.links, blocks).map {
            link, report -> (report: ChannelReport, snr: Double, capacity: Double, part: Double) in
            var (snr, capacity) = (10 * log10(max(report.snr, 1e-12)), report.capacity)
            if !topology.controller.isIdeal, let state = links[link.name],
                let predicted = state.estimator.snr(at: Double(instant.nanoseconds) / 1e9)
            {
                snr = predicted
                capacity = state.bandwidth * link.channel.rate.efficiency(pow(10, predicted / 10))
            }
            return (report, snr, capacity, capacity / Double(sharers[link.name] ?? 1))
        }
        guard let narrowest = states.min(by: { $0.part < $1.part }) else { return nil }
        let scheme = scheme(of: route.transmitter)
        let held = (route.links.count - 1) * (scheme.slicePayload + 256) * 8
        let bits = max(0, Int(saturating: min(1e15, (narrowest.part * scheme.budget).rounded(.down))) - held)
        return ChannelEstimate(
            report: narrowest.report, snr: narrowest.snr, capacity: narrowest.capacity, budgetBits: bits)
    }
}
