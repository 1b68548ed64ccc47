import Foundation

/// The sinusoidal position of a diffusion step (diffusers' `Timesteps`).
public struct TimestepEmbedding: Sendable {
    /// Numbers per step.
    public let width: Int
    /// Cosines first, as every published denoiser has it.
    public let flipSineToCosine: Bool
    public let frequencyShift: Float

    public init(width: Int, flipSineToCosine: Bool = true, frequencyShift: Float = 0) {
        self.width = width
        self.flipSineToCosine = flipSineToCosine
        self.frequencyShift = frequencyShift
    }

    /// sin and cos of step·10000^(−i / (width/2 − shift)).
    public func callAsFunction(_ step: Int) -> [Float] {
        let half = width / 2
        let angles = (0..<half).map { i in
            Double(step) * exp(-log(10_000) * Double(i) / (Double(half) - Double(frequencyShift)))
        }
        let (sines, cosines) = (angles.map { Float(sin($0)) }, angles.map { Float(cos($0)) })
        return (flipSineToCosine ? cosines + sines : sines + cosines) + (width % 2 == 1 ? [0] : [])
    }
}
