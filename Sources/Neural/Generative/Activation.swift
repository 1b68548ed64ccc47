/// The pointwise functions that published denoisers and text encoders use, by the names in their `config.json`.
public enum Activation: String, Sendable, CaseIterable {
    /// x·σ(x), also called swish.
    case silu
    /// x·Φ(x), by the error function.
    case gelu
    /// x·σ(1.702 x).
    case quickGELU = "quick_gelu"
    /// ½x(1 + tanh(√(2/π)(x + 0.044715 x³))).
    case tanhGELU = "gelu_new"
    case relu

    /// - Parameter name: as in `config.json`; nil for names unknown here.
    public init?(name: String) {
        switch name {
        case "swish": self = .silu
        case "gelu_pytorch_tanh": self = .tanhGELU
        default: self.init(rawValue: name)
        }
    }

    @inline(__always)
    func callAsFunction(_ x: SIMD8<Float>) -> SIMD8<Float> {
        switch self {
        case .silu: x / (1 + vectorExponential(-x))
        case .gelu: Self.exactGELU(x)
        case .quickGELU: x / (1 + vectorExponential(-1.702 * x))
        // ½(1 + tanh u) = σ(2u)
        case .tanhGELU: x / (1 + vectorExponential(-1.595_769_12 * (x + 0.044_715 * x * x * x)))
        case .relu: x.replacing(with: 0, where: x .< 0)
        }
    }

    func apply(_ values: UnsafeMutablePointer<Float>, count: Int) {
        switch self {
        case .silu: mapVectors(values, count: count) { Activation.silu($0) }
        case .gelu: mapVectors(values, count: count) { Activation.gelu($0) }
        case .quickGELU: mapVectors(values, count: count) { Activation.quickGELU($0) }
        case .tanhGELU: mapVectors(values, count: count) { Activation.tanhGELU($0) }
        case .relu: mapVectors(values, count: count) { Activation.relu($0) }
        }
    }

    /// In place, on all threads.
    public func apply(_ x: inout Tensor) {
        let count = x.count
        x.values.withUnsafeMutableBufferPointer { buffer in
            let shared = Shared(buffer.baseAddress!)
            inParallel(count, grain: 1 << 14) { range in apply(shared.pointer + range.lowerBound, count: range.count) }
        }
    }

    /// x·Φ(x) with erf by Abramowitz and Stegun 7.1.26 (absolute error 1.5·10⁻⁷, a unit in the last place of 1).
    @inline(__always)
    static func exactGELU(_ x: SIMD8<Float>) -> SIMD8<Float> {
        let u = x * 0.707_106_78
        let magnitude = u.replacing(with: -u, where: u .< 0)
        let t = 1 / (1 + 0.327_591_1 * magnitude)
        var p = t * 1.061_405_429 - 1.453_152_027
        p = p * t + 1.421_413_741
        p = p * t - 0.284_496_736
        p = p * t + 0.254_829_592
        // ½·erfc|u|: its complement where x is positive.
        let tail = 0.5 * p * t * vectorExponential(-(u * u))
        return x * tail.replacing(with: 1 - tail, where: u .> 0)
    }
}
