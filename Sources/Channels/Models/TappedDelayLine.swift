import Determinism
import Foundation

/// The power-delay profiles of 3GPP TR 38.901, tables 7.7.2-1 to 7.7.2-5.
public enum TapProfile: String, Sendable, CaseIterable {
    case a = "TDL-A", b = "TDL-B", c = "TDL-C", d = "TDL-D", e = "TDL-E"

    /// Delay in units of the delay spread, mean power in dB, and the power in dB of a constant (line-of-sight) part.
    struct Tap: Sendable {
        var delay: Double
        var power: Double
        var direct: Double?
    }

    var taps: [Tap] {
        switch self {
        case .a:
            Self.scattered([
                (0, -13.4), (0.3819, 0), (0.4025, -2.2), (0.5868, -4), (0.4610, -6), (0.5375, -8.2), (0.6708, -9.9),
                (0.5750, -10.5),
                (0.7618, -7.5), (1.5375, -15.9), (1.8978, -6.6), (2.2242, -16.7), (2.1718, -12.4), (2.4942, -15.2),
                (2.5119, -10.8),
                (3.0582, -11.3), (4.0810, -12.7), (4.4579, -16.2), (4.5695, -18.3), (4.7966, -18.9), (5.0066, -16.6),
                (5.3043, -19.9),
                (9.6586, -29.7),
            ])
        case .b:
            Self.scattered([
                (0, 0), (0.1072, -2.2), (0.2155, -4), (0.2095, -3.2), (0.2870, -9.8), (0.2986, -1.2), (0.3752, -3.4),
                (0.5055, -5.2),
                (0.3681, -7.6), (0.3697, -3), (0.5700, -8.9), (0.5283, -9), (1.1021, -4.8), (1.2756, -5.7),
                (1.5474, -7.5),
                (1.7842, -1.9), (2.0169, -7.6), (2.8294, -12.2), (3.0219, -9.8), (3.6187, -11.4), (4.1067, -14.9),
                (4.2790, -9.2),
                (4.7834, -11.3),
            ])
        case .c:
            Self.scattered([
                (0, -4.4), (0.2099, -1.2), (0.2219, -3.5), (0.2329, -5.2), (0.2176, -2.5), (0.6366, 0), (0.6448, -2.2),
                (0.6560, -3.9),
                (0.6584, -7.4), (0.7935, -7.1), (0.8213, -10.7), (0.9336, -11.1), (1.2285, -5.1), (1.3083, -6.8),
                (2.1704, -8.7),
                (2.7105, -13.2), (4.2589, -13.9), (4.6003, -13.9), (5.4902, -15.8), (5.6077, -17.1), (6.3065, -16),
                (6.6374, -15.7),
                (7.0427, -21.6), (8.6523, -22.8),
            ])
        case .d:
            [Tap(delay: 0, power: -13.5, direct: -0.2)]
                + Self.scattered([
                    (0.035, -18.8), (0.612, -21), (1.363, -22.8), (1.405, -17.9), (1.804, -20.1), (2.596, -21.9),
                    (1.775, -22.9),
                    (4.042, -27.8), (7.937, -23.6), (9.424, -24.8), (9.708, -30), (12.525, -27.7),
                ])
        case .e:
            [Tap(delay: 0, power: -22.03, direct: -0.03)]
                + Self.scattered([
                    (0.5133, -15.8), (0.5440, -18.1), (0.5630, -19.8), (0.5440, -22.9), (0.7112, -22.4),
                    (1.9092, -18.6),
                    (1.9293, -20.8), (1.9589, -22.6), (2.6426, -22.3), (3.7136, -25.6), (5.4524, -20.2),
                    (12.0034, -29.8),
                    (20.6519, -29.2),
                ])
        }
    }

    private static func scattered(_ pairs: [(Double, Double)]) -> [Tap] { pairs.map { Tap(delay: $0.0, power: $0.1) } }
}

/// A tapped delay line over one band: its frequency response at equidistant frequencies, block by block.
struct TappedDelayLine: Sendable {
    private let delays: [Double]  // seconds
    private let amplitudes: [Double]  // of the scattered part, per component
    private let direct: [Double]  // amplitude of the constant part
    private let processes: [ClarkeProcess]
    private let seed: UInt64
    private let name: String
    private let doppler: Double
    // e^{−j2πfτ} for each (frequency, tap), row by row.
    private let rotation: [(Double, Double)]
    private let frequencies: Int

    init(_ profile: TapProfile, delaySpread: Double, doppler: Double, bandwidth: Double, seed: UInt64, name: String) {
        let taps = profile.taps
        let total = taps.reduce(0) { $0 + Decibels.linear($1.power) + ($1.direct.map(Decibels.linear) ?? 0) }
        delays = taps.map { $0.delay * delaySpread }
        amplitudes = taps.map { (Decibels.linear($0.power) / total / 2).squareRoot() }
        direct = taps.map { ($0.direct.map(Decibels.linear) ?? 0) / total }.map { $0.squareRoot() }
        processes =
            doppler > 0
            ? taps.indices.map { ClarkeProcess(seed: seed, name: "\(name)/tap \($0)", doppler: doppler, factor: 0) }
            : []
        self.seed = seed
        self.name = name
        self.doppler = doppler
        // Eight samples per period of the fastest ripple (1/longest delay), at least 16 and at most 512 in all.
        let longest = delays.max() ?? 0
        frequencies = min(512, max(16, Int(saturating: (8 * bandwidth * longest).rounded(.up))))
        var rotation: [(Double, Double)] = []
        for index in 0..<frequencies {
            let frequency = bandwidth * ((Double(index) + 0.5) / Double(frequencies) - 0.5)
            for delay in delays {
                let angle = -2 * Double.pi * frequency * delay
                rotation.append((cos(angle), sin(angle)))
            }
        }
        self.rotation = rotation
    }

    /// Complex tap coefficients of a block; E Σ|a|² = 1.
    func coefficients(block: UInt64, time: Double) -> [(Double, Double)] {
        var stream = RandomStream(seed: seed, name: name, index: block)
        return delays.indices.map { tap in
            var (x, y): (Double, Double)
            if processes.isEmpty {
                (x, y) = stream.normalPair()
            } else {
                (x, y) = processes[tap].coefficient(at: time)
                (x, y) = (x * 2.squareRoot(), y * 2.squareRoot())
            }
            (x, y) = (x * amplitudes[tap], y * amplitudes[tap])
            if direct[tap] > 0 {
                let angle = 2 * Double.pi * 0.7 * doppler * time
                (x, y) = (x + direct[tap] * cos(angle), y + direct[tap] * sin(angle))
            }
            return (x, y)
        }
    }

    /// |H(f)|² at the band's frequencies.
    func gains(block: UInt64, time: Double) -> [Double] {
        let taps = coefficients(block: block, time: time)
        return (0..<frequencies).map { frequency in
            var (real, imaginary) = (0.0, 0.0)
            for (index, tap) in taps.enumerated() {
                let (c, s) = rotation[frequency * taps.count + index]
                real += tap.0 * c - tap.1 * s
                imaginary += tap.0 * s + tap.1 * c
            }
            return real * real + imaginary * imaginary
        }
    }
}
