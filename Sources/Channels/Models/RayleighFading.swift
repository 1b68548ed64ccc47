import Determinism

/// h ∼ CN(0, 1), independent from block to block.
struct RayleighFading: FadingLaw {
    let name = "rayleigh"
    var values: [FadingValue] { [] }
    func problem(link: String) -> ChannelError? { nil }
    func correlation(after lag: Double) -> Double { 0 }
    func course(_ draws: FadingDraws) -> any FadingCourse { Course(draws: draws) }

    private struct Course: FadingCourse {
        let draws: FadingDraws

        func fade(_ block: inout ChannelBlock, at time: Double) {
            var stream = draws.stream(of: block)
            block.gain = stream.exponential()
        }
    }
}

extension FadingModel {
    /// h ∼ CN(0, 1), independent from block to block.
    public static let rayleigh = FadingModel.law(RayleighFading())
}

extension FadingDraws {
    /// A stream of the block's own.
    func stream(of block: ChannelBlock) -> RandomStream { RandomStream(seed: seed, name: stream, index: block.number) }
}
