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
