/// Log-normal shadowing: the mean SNR in decibels varies as a Gauss–Markov process around the configured one.
public struct Shadowing: Sendable, Equatable {
    /// Standard deviation in decibels.
    public var deviation: Double
    /// Blocks after which the correlation has fallen to 1/e; 0: independent from block to block.
    public var decorrelationBlocks: Double

    public init(deviation: Double, decorrelationBlocks: Double = 0) {
        self.deviation = deviation
        self.decorrelationBlocks = decorrelationBlocks
    }

    func problem(link: String) -> ChannelError? {
        if !(deviation >= 0 && deviation.isFinite) {
            return .outOfRange(link: link, quantity: "shadowing", value: deviation, expected: "at least 0 dB")
        }
        if !(decorrelationBlocks >= 0 && decorrelationBlocks.isFinite) {
            return .outOfRange(
                link: link, quantity: "shadowing's decorrelation", value: decorrelationBlocks,
                expected: "at least 0 blocks")
        }
        return nil
    }
}
