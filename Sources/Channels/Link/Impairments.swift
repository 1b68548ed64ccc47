import Determinism

/// Draws the fate of each packet after it has drained. Draw n of each kind belongs to the n-th packet of the link.
struct Impairments: Sendable {
    struct PacketFate {
        var isLost = false
        var isCorrupted = false
        var isDuplicated = false
        var isHeldBack = false
        /// Random part of the delay, for the packet and for its copy.
        var jitter: Instant.Span = .zero
        var copyJitter: Instant.Span = .zero
        var noise: UInt64 = 0
    }

    private let seed: UInt64
    private let name: String
    private var stream: RandomStream
    /// Its own, so that a law of rates with errors leaves all other draws where they were.
    private var codewords: RandomStream
    private var packets: UInt64 = 0
    private var drawn: UInt64 = 0
    private var isBad: Bool?

    init(seed: UInt64, link: String, incarnation: Int = 0) {
        self.seed = seed
        name = "link/\(link)/packets" + (incarnation == 0 ? "" : "/\(incarnation)")
        stream = RandomStream(seed: seed, name: name)
        codewords = RandomStream(seed: seed, name: name + "/codewords")
    }

    mutating func codewordDraw() -> Double { codewords.uniform() }

    /// One number for each codeword of a packet that may be sent again; the packet's own, whatever became of others.
    mutating func codewordDraws() -> RandomStream {
        defer { drawn += 1 }
        return RandomStream(seed: seed, name: name + "/harq", index: drawn)
    }

    /// The fate of the next packet. Nine words are drawn whatever happens, so that a changed probability of one
    /// impairment leaves the others' draws where they were.
    mutating func next(_ configuration: LinkConfiguration) -> PacketFate {
        packets += 1
        var fate = PacketFate()
        let (lossDraw, stateDraw, burstDraw) = (stream.uniform(), stream.uniform(), stream.uniform())
        let (corruptionDraw, duplicationDraw, reorderingDraw) = (stream.uniform(), stream.uniform(), stream.uniform())
        let (jitterDraw, copyDraw) = (stream.uniform(), stream.uniform())
        fate.noise = stream.next()
        fate.isLost = lossDraw < configuration.loss
        if let bursts = configuration.bursts {
            // The chain starts in its stationary state.
            let bad =
                isBad.map { $0 ? stateDraw >= bursts.leave : stateDraw < bursts.enter }
                ?? (stateDraw < bursts.enter / max(.leastNonzeroMagnitude, bursts.enter + bursts.leave))
            isBad = bad
            if burstDraw < (bad ? bursts.lossInBad : bursts.lossInGood) { fate.isLost = true }
        }
        fate.isCorrupted = corruptionDraw < configuration.corruption
        fate.isDuplicated = duplicationDraw < configuration.duplication
        fate.isHeldBack = reorderingDraw < (configuration.reordering?.probability ?? 0)
        let range = Double(configuration.jitter.nanoseconds)
        fate.jitter = .init(nanoseconds: Int64(saturating: range * jitterDraw))
        fate.copyJitter = .init(nanoseconds: Int64(saturating: range * copyDraw))
        return fate
    }
}
