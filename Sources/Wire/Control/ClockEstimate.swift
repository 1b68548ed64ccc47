import Determinism

/// The distance between two hosts' clocks, from exchanges of timestamps (as NTP does it).
///
/// ```
/// prober   sent ──────────► received   replier
///          back ◄────────── sent
/// ```
/// offset = ((received − probeSent) + (sent − back)) / 2. However the two ways share the round trip, the truth lies
/// within half of what the round trip took beyond the replier's own time: that is the error stated. The exchange with
/// the least error counts; its error grows with its age, since clocks drift apart.
public struct ClockEstimate: Sendable {
    public struct Exchange: Sendable, Equatable {
        /// To be added to the prober's clock to get the replier's.
        public var offset: Instant.Span
        /// The truth lies within ± this.
        public var error: Instant.Span
        /// When, on the prober's clock.
        public var at: Instant
    }

    /// Drift between the clocks of two computers, at most.
    public static let drift = 50e-6
    private var exchanges: [Exchange] = []
    private static let kept = 16

    public init() {}

    public var count: Int { exchanges.count }

    /// Takes in a reply that came `back` at the prober; one that contradicts itself is not believed.
    public mutating func take(_ reply: ClockReply, back: Instant) {
        let roundTrip = (back - reply.probeSent).nanoseconds - (reply.sent - reply.received).nanoseconds
        guard roundTrip >= 0, reply.sent >= reply.received else { return }
        let offset = ((reply.received - reply.probeSent).nanoseconds + (reply.sent - back).nanoseconds) / 2
        exchanges.append(
            Exchange(offset: .init(nanoseconds: offset), error: .init(nanoseconds: (roundTrip + 1) / 2), at: back))
        if exchanges.count > Self.kept { exchanges.removeFirst() }
    }

    /// The best exchange, its error as of `now`; nil before the first.
    public func best(at now: Instant) -> Exchange? {
        exchanges.map { exchange in
            var aged = exchange
            aged.error = aged.error + .seconds(Self.drift * max(0, (now - exchange.at).seconds))
            return aged
        }.min { $0.error < $1.error }
    }
}
