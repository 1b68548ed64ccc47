import Determinism

/// A two-state Markov chain stepped once per packet: losses come in bursts whose lengths are geometric.
public struct GilbertElliott: Sendable, Equatable {
    /// Probability of going from good to bad before a packet.
    public var enter: Double
    /// Probability of going from bad to good.
    public var leave: Double
    /// Loss probability in the good state.
    public var lossInGood: Double
    /// Loss probability in the bad state.
    public var lossInBad: Double

    public init(enter: Double, leave: Double, lossInGood: Double = 0, lossInBad: Double = 1) {
        self.enter = enter
        self.leave = leave
        self.lossInGood = lossInGood
        self.lossInBad = lossInBad
    }

    func problem(link: String) -> ChannelError? {
        for (value, quantity) in [
            (enter, "burst enter"), (leave, "burst leave"), (lossInGood, "loss while good"),
            (lossInBad, "loss while bad"),
        ]
        where !(value >= 0 && value <= 1) {
            return .outOfRange(link: link, quantity: quantity, value: value, expected: "0…1")
        }
        return nil
    }
}

/// Packets that are held back until others have overtaken them.
public struct Reordering: Sendable, Equatable {
    /// Probability that a packet is held back.
    public var probability: Double
    /// By how many packets it is overtaken.
    public var distance: Int
    /// How long it waits for them at most.
    public var patience: Instant.Span

    public init(probability: Double, distance: Int = 3, patience: Instant.Span = .milliseconds(20)) {
        self.probability = probability
        self.distance = distance
        self.patience = patience
    }
}

/// Draws the fate of each packet after it has drained. Draw n of each kind belongs to the n-th packet of the link.
struct Fates: Sendable {
    struct Fate {
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
    mutating func next(_ configuration: LinkConfiguration) -> Fate {
        packets += 1
        var fate = Fate()
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
