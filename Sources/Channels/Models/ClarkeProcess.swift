import Determinism
import Foundation

/// Clarke's isotropic scattering as a sum of sinusoids: h(t) = Σ_n e^{j(2πf_D t cos α_n + φ_n)} / √N.
///
/// Each of the N angles is uniform in its own N-th of the circle and each phase uniform, so that the autocorrelation
/// over realisations is J₀(2πf_Dτ) exactly (Zheng and Xiao, IEEE Trans. Commun. 51, 2003) and the envelope is Rayleigh
/// to within what N = 64 terms allow. A constant path of relative power K may be added.
struct ClarkeProcess: Sendable {
    private static let terms = 64
    private let frequencies: [Double]  // 2πf_D cos α_n
    private let phases: [Double]
    private let scattered: Double
    private let direct: (amplitude: Double, frequency: Double, phase: Double)

    init(seed: UInt64, name: String, doppler: Double, factor: Double) {
        var stream = RandomStream(seed: seed, name: name)
        var frequencies: [Double] = []
        var phases: [Double] = []
        for term in 0..<Self.terms {
            let angle = 2 * Double.pi * (Double(term) + stream.uniform()) / Double(Self.terms)
            frequencies.append(2 * .pi * doppler * cos(angle))
            phases.append(2 * .pi * stream.uniform())
        }
        self.frequencies = frequencies
        self.phases = phases
        scattered = (1 / (factor + 1) / Double(Self.terms)).squareRoot()
        // The direct path comes at 45°, as in 3GPP's profiles with line of sight (0.7 of the largest shift).
        direct = ((factor / (factor + 1)).squareRoot(), 2 * .pi * doppler * 0.7, 2 * .pi * stream.uniform())
    }

    /// h at `time` seconds after the origin.
    func coefficient(at time: Double) -> (Double, Double) {
        var real = 0.0
        var imaginary = 0.0
        for term in 0..<Self.terms {
            let phase = frequencies[term] * time + phases[term]
            real += cos(phase)
            imaginary += sin(phase)
        }
        let phase = direct.frequency * time + direct.phase
        return (scattered * real + direct.amplitude * cos(phase), scattered * imaginary + direct.amplitude * sin(phase))
    }
}
