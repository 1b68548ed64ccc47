import CKernels

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

    /// The loop's name among the kernels.
    var function: Int32 {
        switch self {
        case .silu: Int32(CKERNELS_SILU)
        case .gelu: Int32(CKERNELS_GELU)
        case .quickGELU: Int32(CKERNELS_QUICK_GELU)
        case .tanhGELU: Int32(CKERNELS_TANH_GELU)
        case .relu: Int32(CKERNELS_RELU)
        }
    }

    func apply(_ values: UnsafeMutablePointer<Float>, count: Int) {
        ckernels_activate(function, count, 1, 0, values, values)
    }

    /// In place, on all threads.
    public func apply(_ x: inout Tensor) {
        let count = x.count
        x.values.withUnsafeMutableBufferPointer { buffer in
            let shared = Shared(buffer.baseAddress!)
            inParallel(count, grain: 1 << 14) { range in apply(shared.pointer + range.lowerBound, count: range.count) }
        }
    }
}
