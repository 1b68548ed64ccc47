/// How the channel coefficient h varies from block to block.
///
/// Each law is a ``FadingLaw`` in a file of its own, which adds its name here: `.rice(factor: 4)`.
public enum FadingModel: Sendable {
    /// E|h|² = 1, so that the mean SNR is the configuration's.
    case law(any FadingLaw)
    /// Values from a file.
    case trace(ChannelTrace)
    /// Delivery opportunities from a file, by Mahimahi's rules.
    case opportunities(OpportunityTrace)

    /// |h| = 1: additive white Gaussian noise alone.
    public static let none = FadingModel.law(ConstantGain())

    /// False for a channel that never changes.
    public var isConstant: Bool { if case .law(let law) = self { law.isConstant } else { false } }

    /// Whether blocks need a length: a file brings its own.
    var needsCoherence: Bool { if case .law(let law) = self { !law.isConstant } else { false } }

    func problem(link: String) -> ChannelError? {
        if case .law(let law) = self { law.problem(link: link) } else { nil }
    }
}

private struct ConstantGain: FadingLaw, FadingCourse {
    let name = "awgn"
    let isConstant = true
    var values: [FadingValue] { [] }
    func problem(link: String) -> ChannelError? { nil }
    func correlation(after lag: Double) -> Double { 1 }
    func course(_ draws: FadingDraws) -> any FadingCourse { self }
    func fade(_ block: inout ChannelBlock, at time: Double) {}
}
