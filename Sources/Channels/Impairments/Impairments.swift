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
