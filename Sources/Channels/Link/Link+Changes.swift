import Determinism

/// What may change on a link while it runs.
extension Link {
    /// A change of the channel that takes effect at an instant.
    public enum Change: Sendable, Equatable {
        /// Linear mean SNR.
        case meanSNR(Double)
        /// Hertz.
        case bandwidth(Double)
        case loss(Double)
        case corruption(Double)
        case duplication(Double)
        case propagation(Instant.Span)
        case jitter(Instant.Span)
        /// A link that is down serves nothing; what waits, waits until its deadline.
        case down(Bool)
    }

    /// Applies `change` at `instant`; bring the link forward to `instant` first.
    public mutating func apply(_ change: Change, at instant: Instant) {
        drain.settle(to: instant)
        switch change {
        case .meanSNR(let value): (configuration.meanSNR, drain.meanSNR) = (value, value)
        case .bandwidth(let value): (configuration.bandwidth, drain.bandwidth) = (value, value)
        case .loss(let value): configuration.loss = value
        case .corruption(let value): configuration.corruption = value
        case .duplication(let value): configuration.duplication = value
        case .propagation(let value): configuration.propagation = value
        case .jitter(let value): configuration.jitter = value
        case .down(let value):
            isDown = value
            drain.open(isGranted && !isDown, at: instant)
        }
        drain.changed()
    }

    /// Puts another configuration in force at `instant`; bring the link forward to `instant` first.
    ///
    /// The name stays, and with it the random streams. Blocks are counted anew from the origin where their length
    /// changes.
    /// - Throws: `ChannelError` naming what makes no sense; then nothing has changed.
    public mutating func reconfigure(_ new: LinkConfiguration, at instant: Instant) throws(ChannelError) {
        if let problem = new.problem { throw problem }
        drain.settle(to: instant)
        configuration = new
        drain.reconfigure(new)
        drain.changed()
    }

    /// Gives or takes the shared band; bring the link forward to `instant` first.
    mutating func grant(_ granted: Bool, at instant: Instant) {
        isGranted = granted
        drain.open(isGranted && !isDown, at: instant)
    }

    /// Whether the link could use the band if it had it.
    var wantsBand: Bool { current != nil && !isDown }
    mutating func momentaryCapacity(at instant: Instant) -> Double { drain.capacity(at: instant) }
}
