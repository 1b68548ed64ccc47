/// h_k = ρ·h_{k−1} + √(1−ρ²)·w_k with w ∼ CN(0, 1).
struct GaussMarkovFading: FadingLaw {
    /// ρ from one block to the next.
    let correlation: Double

    let name = "gaussMarkov"
    var values: [FadingValue] { [.init(label: "correlation", value: correlation)] }

    func problem(link: String) -> ChannelError? {
        require(correlation >= 0 && correlation < 1, "correlation", correlation, "0…1, below 1", link: link)
    }

    /// Of successive blocks, whatever their length.
    func correlation(after lag: Double) -> Double { correlation }

    func course(_ draws: FadingDraws) -> any FadingCourse {
        Course(sequence: GaussMarkovSequence(seed: draws.seed, name: draws.stream, correlation: correlation))
    }

    private struct Course: FadingCourse {
        var sequence: GaussMarkovSequence

        mutating func fade(_ block: inout ChannelBlock, at time: Double) {
            let (real, imaginary) = sequence.complex(at: block.number)
            block.gain = (real * real + imaginary * imaginary) / 2
        }
    }
}

extension FadingModel {
    /// h_k = ρ·h_{k−1} + √(1−ρ²)·w_k with w ∼ CN(0, 1).
    public static func gaussMarkov(correlation: Double) -> FadingModel {
        .law(GaussMarkovFading(correlation: correlation))
    }
}
