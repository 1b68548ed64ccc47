import Determinism
import Foundation

/// |h|² ∼ Gamma(m, 1/m), m ≥ ½.
struct NakagamiFading: FadingLaw {
    /// m.
    let shape: Double
    /// Hertz; 0: independent from block to block.
    let doppler: Double

    let name = "nakagami"
    var values: [FadingValue] { [.init(label: "m", value: shape)] + (doppler > 0 ? [.doppler(doppler)] : []) }

    func problem(link: String) -> ChannelError? {
        let most = NakagamiProcess.largestShape
        return require(shape >= 0.5 && shape.isFinite, "Nakagami m", shape, "at least 0.5", link: link)
            ?? requireDoppler(doppler, link: link)
            ?? require(
                doppler == 0 || shape <= most, "Nakagami m", shape, "at most \(Int(most)) with a Doppler frequency",
                link: link)
    }

    func correlation(after lag: Double) -> Double { doppler > 0 ? abs(j0(2 * Double.pi * doppler * lag)) : 0 }

    func course(_ draws: FadingDraws) -> any FadingCourse {
        doppler > 0
            ? Moving(process: .init(seed: draws.seed, name: draws.stream, doppler: doppler, shape: shape))
            : Drawn(shape: shape, draws: draws)
    }

    private struct Moving: FadingCourse {
        let process: NakagamiProcess
        func fade(_ block: inout ChannelBlock, at time: Double) { block.gain = process.power(at: time) }
    }

    private struct Drawn: FadingCourse {
        let shape: Double
        let draws: FadingDraws

        func fade(_ block: inout ChannelBlock, at time: Double) {
            var stream = draws.stream(of: block)
            block.gain = stream.gamma(shape: shape) / shape
        }
    }
}

extension FadingModel {
    /// |h|² ∼ Gamma(m, 1/m); m ≥ ½ (1: Rayleigh). Independent from block to block if `doppler` is 0; otherwise of the
    /// waves of Clarke's model, the powers of two instants being correlated by J₀²(2πf_Dτ) where 2m is whole.
    public static func nakagami(shape: Double, doppler: Double = 0) -> FadingModel {
        .law(NakagamiFading(shape: shape, doppler: doppler))
    }
}
