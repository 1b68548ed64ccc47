import Determinism

/// A constant path and a scattered rest, independent from block to block.
struct RiceFading: FadingLaw {
    /// K, the ratio of their powers (linear).
    let factor: Double

    let name = "rice"
    var values: [FadingValue] { [.factor(factor)] }
    func problem(link: String) -> ChannelError? { requireFactor(factor, link: link) }
    func correlation(after lag: Double) -> Double { 0 }
    func course(_ draws: FadingDraws) -> any FadingCourse { Course(factor: factor, draws: draws) }

    private struct Course: FadingCourse {
        let factor: Double
        let draws: FadingDraws

        func fade(_ block: inout ChannelBlock, at time: Double) {
            var stream = draws.stream(of: block)
            let (x, y) = stream.normalPair()
            let direct = (factor / (factor + 1)).squareRoot()
            let scattered = (0.5 / (factor + 1)).squareRoot()
            let (real, imaginary) = (direct + scattered * x, scattered * y)
            block.gain = real * real + imaginary * imaginary
        }
    }
}

extension FadingModel {
    /// A constant path and a scattered rest; `factor` K is the ratio of their powers (linear).
    public static func rice(factor: Double) -> FadingModel { .law(RiceFading(factor: factor)) }
}
