import Determinism

/// Everything one link does to datagrams. Plain values in SI units; whoever reads a topology fills them in.
///
/// ```
/// arrival ─► queue ─► drain at C(t) = B·log₂(1+SNR(t)) ─► loss ─► corruption ─► duplication ─┐
///              ▲                          │                                                  │
///              └─ HARQ: failed codewords ─┘                due ◄─ delay, jitter, reordering ◄─┘
/// ```
public struct LinkConfiguration: Sendable {
    /// Names the link's random streams: two links of one name and seed fade alike.
    public var name: String
    /// B in hertz (one complex channel use per second and hertz). Ignored by traces of rates.
    public var bandwidth: Double
    /// Mean receive SNR E|h|²/σ², linear. For a trace of SNR, a factor on the trace's values; leave 1.
    public var meanSNR: Double
    public var fading: FadingModel = .none
    /// What an SNR is worth in bits, and how often codewords fail for it. Ignored by traces of rates.
    public var rate = RateLaw.shannon
    /// Length of a coherence block; nil: one block for ever (or the trace's own blocks).
    public var coherence: Instant.Span?
    /// Slow log-normal variation on top of any fading.
    public var shadowing: Shadowing?

    /// Independent loss per datagram.
    public var loss = 0.0
    /// Loss in bursts, on top of `loss`.
    public var bursts: GilbertElliott?
    /// Probability that a datagram arrives with flipped bits.
    public var corruption = 0.0
    /// Probability that a datagram arrives twice.
    public var duplication = 0.0
    public var reordering: Reordering?
    public var propagation: Instant.Span = .zero
    /// The largest random delay on top, uniform; datagrams may overtake.
    public var jitter: Instant.Span = .zero

    public var queue = QueueConfiguration()
    public var latePackets: LatePackets = .abandon
    public var accounting: Accounting = .payload
    /// Bytes added to each datagram's length under `.wire` accounting, for instance 28 for IPv4 and UDP headers.
    public var overheadBytes = 0
    /// Relative share in the order of a priority scheduler: higher goes first.
    public var priority = 0

    /// - Parameters:
    ///   - name: names the link's random streams.
    ///   - bandwidth: hertz.
    ///   - meanSNR: linear; see `Decibels.linear`.
    public init(name: String, bandwidth: Double, meanSNR: Double) {
        self.name = name
        self.bandwidth = bandwidth
        self.meanSNR = meanSNR
    }

    /// The first value that makes no sense, if any.
    public var problem: ChannelError? {
        func probability(_ value: Double, _ name: String) -> ChannelError? {
            value >= 0 && value <= 1 ? nil : .outOfRange(link: self.name, quantity: name, value: value, expected: "0…1")
        }
        if !(bandwidth > 0 && bandwidth.isFinite) {
            return .outOfRange(link: name, quantity: "bandwidth", value: bandwidth, expected: "above 0 Hz")
        }
        if !(meanSNR >= 0 && meanSNR.isFinite) {
            return .outOfRange(link: name, quantity: "SNR", value: meanSNR, expected: "finite, at least 0")
        }
        if let coherence, coherence < .init(nanoseconds: 1000) {
            return .outOfRange(
                link: name, quantity: "coherence time", value: coherence.seconds, expected: "at least 1 µs")
        }
        if propagation < .zero {
            return .outOfRange(link: name, quantity: "delay", value: propagation.seconds, expected: "at least 0 s")
        }
        if jitter < .zero {
            return .outOfRange(link: name, quantity: "jitter", value: jitter.seconds, expected: "at least 0 s")
        }
        if coherence == nil && (fading.needsCoherence || shadowing != nil) { return .noCoherence(link: name) }
        return probability(loss, "loss") ?? probability(corruption, "corruption") ?? probability(
            duplication, "duplication")
            ?? probability(reordering?.probability ?? 0, "reordering") ?? bursts?.problem(link: name) ?? fading.problem(
                link: name)
            ?? rate.problem(link: name) ?? shadowing?.problem(link: name) ?? queue.problem(link: name)
    }
}

/// Which bits of a datagram the channel's capacity is spent on.
public enum Accounting: String, Sendable, CaseIterable {
    /// Section bytes alone: the paper's R.
    case payload
    /// The whole UDP payload, seal and headers included, plus `overheadBytes`.
    case wire
}
