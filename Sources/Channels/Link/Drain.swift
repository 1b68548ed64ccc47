import Determinism

/// The server of a link: one packet at a time drains through the channel's capacity, or takes a trace's opportunities.
///
/// The end of the packet in service is known as soon as it begins, because the channel's future is a function of the
/// seed; whatever changes that future (`changed(at:)`) first settles what has drained until then.
struct Drain: Sendable {
    private(set) var process: ChannelProcess
    var bandwidth: Double
    var meanSNR: Double
    private(set) var law: RateLaw
    /// Closed while the link is down or another link holds the shared band.
    private(set) var isOpen = true
    /// Where the past ends: nothing can be served before.
    private(set) var floor: ExactInstant
    private var left = 0.0
    /// Bits a channel use of the packet in service, where it does not go by the block's.
    private var efficiency: Double?
    private(set) var isBusy = false
    /// Whether a bit of the packet in service has been served, as of the last settlement.
    private(set) var hasBegun = false
    /// When the packet in service ends; nil while it cannot (or beyond the look-ahead).
    private(set) var finish: ExactInstant?
    // Opportunities: the next one to use, and what those before it have left over for packets that were waiting then.
    private var opportunities: OpportunityTrace?
    private var cursor: UInt64 = 0
    private var spare = 0.0

    private var horizon = ChannelBlock.never
    private static let lookAhead: Instant.Span = .seconds(3600)

    init(_ configuration: LinkConfiguration, seed: UInt64, origin: Instant) {
        process = ChannelProcess(configuration, seed: seed, origin: origin)
        bandwidth = configuration.bandwidth
        meanSNR = configuration.meanSNR
        law = configuration.rate
        floor = ExactInstant(Instant(nanoseconds: .min))
        if case .opportunities(let trace) = configuration.fading { opportunities = trace } else { opportunities = nil }
    }

    /// Another channel from the floor on; call `settle` before and `changed` after it.
    mutating func reconfigure(_ configuration: LinkConfiguration) {
        process = ChannelProcess(configuration, seed: process.seed, origin: process.origin)
        bandwidth = configuration.bandwidth
        meanSNR = configuration.meanSNR
        law = configuration.rate
        if case .opportunities(let trace) = configuration.fading { opportunities = trace } else { opportunities = nil }
        (cursor, spare) = (0, 0)
        if opportunities != nil { skipOpportunities(until: Instant(nanoseconds: floor.nanoseconds)) }
    }

    /// Starts on a packet that may be served from `ready` on.
    /// - Parameters:
    ///   - horizon: an end beyond it need not be known.
    ///   - efficiency: bits a channel use, whatever the channel is like; nil: as the law has it for each block.
    mutating func begin(
        bits: Double, ready: Instant, horizon: Instant = ChannelBlock.never, efficiency: Double? = nil
    ) {
        let start = max(floor, ExactInstant(ready))
        if opportunities != nil, ExactInstant(ready) >= floor { skipOpportunities(until: ready) }
        floor = start
        left = bits
        self.efficiency = efficiency
        self.horizon = horizon
        isBusy = true
        hasBegun = false
        predict()
    }

    /// Takes back `begin`: the packet will not be served.
    mutating func cancel() {
        isBusy = false
        left = 0
        finish = nil
    }

    /// The packet in service has left (finished, or given up at `instant`).
    mutating func end(at instant: ExactInstant) {
        if opportunities != nil {
            if finish == instant {
                consume(until: instant.ceiling)
            } else {
                settle(to: instant.ceiling)
            }
        }
        floor = max(floor, instant)
        isBusy = false
        left = 0
        finish = nil
    }

    /// Accounts for what has drained until `instant`; call it before anything about the channel changes.
    mutating func settle(to instant: Instant) {
        let now = ExactInstant(instant)
        guard now > floor else { return }
        if isBusy && isOpen {
            if opportunities != nil {
                consume(until: instant)
            } else {
                let served = CapacityIntegrator.bits(from: floor, to: now) { segment(at: $0) }
                if served > 0 { hasBegun = true }
                left = max(0, left - served)
            }
        }
        // An idle server lets its opportunities pass.
        if opportunities != nil && !isBusy { skipOpportunities(until: instant) }
        floor = now
    }

    /// To be called after a change (and `settle`): predicts the end anew.
    mutating func changed() { if isBusy { predict() } }

    mutating func open(_ open: Bool, at instant: Instant) {
        guard open != isOpen else { return }
        settle(to: instant)
        isOpen = open
        if open && opportunities != nil { skipOpportunities(until: instant) }
        changed()
    }

    /// Whether at least one bit of the packet in service will have been served by `instant`.
    mutating func hasServed(by instant: Instant) -> Bool {
        if hasBegun { return true }
        guard isBusy, isOpen, ExactInstant(instant) > floor else { return false }
        if opportunities != nil { return spare > 0 || opportunityTime(cursor) <= instant }
        return CapacityIntegrator.bits(from: floor, to: ExactInstant(instant)) { segment(at: $0) } > 0
    }

    /// Instantaneous capacity in bit/s, whether or not the link is open.
    mutating func capacity(at instant: Instant) -> Double {
        if let opportunities { return opportunities.meanRate }
        return process.block(at: instant).rate(bandwidth: bandwidth, meanSNR: meanSNR, law: law)
    }

    mutating func block(at instant: Instant) -> ChannelBlock { process.block(at: instant) }
    mutating func block(_ number: UInt64) -> ChannelBlock { process.block(number) }
    func number(at instant: Instant) -> UInt64 { process.number(at: instant) }

    private mutating func segment(at instant: Instant) -> CapacitySegment {
        let block = process.block(at: instant)
        return CapacitySegment(
            start: block.start, end: block.end,
            rate: efficiency.map { bandwidth * $0 }
                ?? block.rate(bandwidth: bandwidth, meanSNR: meanSNR, law: law))
    }

    private mutating func predict() {
        guard isOpen else {
            finish = nil
            return
        }
        if opportunities != nil {
            predictOpportunities()
        } else {
            // A channel that will never carry anything need not be searched for an end.
            if meanSNR == 0, efficiency == nil, process.block(at: Instant(nanoseconds: floor.nanoseconds)).rate == nil {
                finish = left > 0 ? nil : floor
                return
            }
            let limit = horizon.nanoseconds == .max ? Instant(nanoseconds: .max - 1) : horizon
            let sight = min(limit, Instant(nanoseconds: floor.nanoseconds + Self.lookAhead.nanoseconds))
            finish = CapacityIntegrator.finish(of: left, from: floor, horizon: sight + .init(nanoseconds: 1)) {
                segment(at: $0)
            }
        }
    }

    // MARK: opportunities

    private func opportunityTime(_ index: UInt64) -> Instant { process.origin + opportunities!.time(index) }

    /// Opportunities up to and including `instant` have passed unused, and so has what one of them left over.
    private mutating func skipOpportunities(until instant: Instant) {
        cursor = max(cursor, opportunities!.first(after: instant - process.origin))
        spare = 0
    }

    private mutating func predictOpportunities() {
        guard left > spare else {
            finish = floor
            return
        }
        let quantum = Double(OpportunityTrace.bytesPerOpportunity * 8)
        let needed = ((left - spare) / quantum).rounded(.up)
        finish = ExactInstant(opportunityTime(cursor + UInt64(needed) - 1))
    }

    /// Uses the opportunities up to and including `instant` on the packet in service.
    private mutating func consume(until instant: Instant) {
        let quantum = Double(OpportunityTrace.bytesPerOpportunity * 8)
        let fromSpare = min(left, spare)
        left -= fromSpare
        spare -= fromSpare
        if fromSpare > 0 { hasBegun = true }
        while left > 0 {
            let moment = opportunityTime(cursor)
            guard moment <= instant else { break }
            cursor += 1
            hasBegun = true
            let used = min(left, quantum)
            left -= used
            spare = quantum - used
        }
        floor = max(floor, ExactInstant(instant))
    }
}
