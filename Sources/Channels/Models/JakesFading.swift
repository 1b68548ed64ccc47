import Foundation

/// Clarke's model, sampled at the start of each block.
struct JakesFading: FadingLaw {
    /// Hertz.
    let doppler: Double
    /// Relative power of a constant path (linear).
    let factor: Double

    var name: String { factor > 0 ? "rice" : "jakes" }
    var values: [FadingValue] { (factor > 0 ? [.factor(factor)] : []) + [.doppler(doppler)] }

    func problem(link: String) -> ChannelError? {
        requireDoppler(doppler, link: link) ?? requireFactor(factor, link: link)
    }

    /// J₀, or with a constant path of 0.7 f_D the root of what powers have in common: (J₀² + 2K·J₀·cos) / (1 + 2K).
    func correlation(after lag: Double) -> Double {
        let phase = 2 * Double.pi * doppler * lag
        let bessel = j0(phase)
        guard factor > 0 else { return abs(bessel) }
        let power = (bessel * bessel + 2 * factor * bessel * cos(0.7 * phase)) / (1 + 2 * factor)
        return max(0, power).squareRoot()
    }

    func course(_ draws: FadingDraws) -> any FadingCourse {
        Course(process: ClarkeProcess(seed: draws.seed, name: draws.stream, doppler: doppler, factor: factor))
    }

    private struct Course: FadingCourse {
        let process: ClarkeProcess

        func fade(_ block: inout ChannelBlock, at time: Double) {
            let (real, imaginary) = process.coefficient(at: time)
            block.gain = real * real + imaginary * imaginary
        }
    }
}

extension FadingModel {
    /// Clarke's model as a sum of sinusoids: autocorrelation J₀(2πf_Dτ). `factor` adds a constant path of that relative
    /// power with a Doppler shift of its own (0: none).
    public static func jakes(doppler: Double, factor: Double = 0) -> FadingModel {
        .law(JakesFading(doppler: doppler, factor: factor))
    }
}
