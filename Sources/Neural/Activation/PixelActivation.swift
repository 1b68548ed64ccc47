import CKernels

/// What a layer of feature maps does to its sums before it writes them.
public enum PixelActivation: Sendable {
    case none
    case relu
    /// min(max(x, 0), 6), as in networks made for small devices.
    case relu6
    /// x, or slope·x below zero.
    case leakyRelu(slope: Float)
    /// Generalised divisive normalisation or its inverse, across all output channels.
    case normalisation(DivisiveNormalisation)

    /// What an activation that is a clamp leaves of the numbers; nil for others.
    package var bounds: (lower: Float, upper: Float)? {
        switch self {
        case .none: (-.infinity, .infinity)
        case .relu: (0, .infinity)
        case .relu6: (0, 6)
        case .leakyRelu, .normalisation: nil
        }
    }

    /// Floats of scratch that ``apply(_:pixels:pitch:scratch:)`` needs.
    package func scratch(pitch: Int) -> Int {
        if case .normalisation = self { 2 * Int(CKERNELS_NORM_ROWS) * pitch } else { 0 }
    }

    /// In place on pixels that lie `pitch` apart.
    @inline(__always)
    package func apply(_ x: UnsafeMutablePointer<Float>, pixels: Int, pitch: Int, scratch: UnsafeMutablePointer<Float>)
    {
        switch self {
        case .none: break
        case .relu: ckernels_clamp(1, pixels * pitch, 0, .infinity, x, 0)
        case .relu6: ckernels_clamp(1, pixels * pitch, 0, 6, x, 0)
        case .leakyRelu(let slope): for i in 0..<pixels * pitch { x[i] = x[i] < 0 ? slope * x[i] : x[i] }
        case .normalisation(let normalisation): normalisation.apply(x, pixels: pixels, scratch: scratch)
        }
    }
}
