import Foundation
import Imaging

/// How the neighbourhood of a pixel is weighted.
public enum SimilarityWindow: Sendable {
    /// Seven by seven equal weights and sample covariances: the default of scikit-image's `structural_similarity`.
    case uniform
    /// A Gaussian of deviation 1.5 over eleven by eleven pixels, as Wang et al. (2004) proposed it.
    case gaussian

    var weights: [Double] {
        switch self {
        case .uniform: return .init(repeating: 1.0 / 7, count: 7)
        case .gaussian:
            let raw = (-5...5).map { exp(-Double($0 * $0) / (2 * 1.5 * 1.5)) }
            let sum = raw.reduce(0, +)
            return raw.map { $0 / sum }
        }
    }

    /// n/(n − 1) for the sample covariance of the uniform window.
    var covarianceFactor: Double {
        switch self {
        case .uniform: 49.0 / 48
        case .gaussian: 1
        }
    }
}

/// The structural similarity index (Wang et al., 2004), mean over the three channels and over all windows that lie
/// wholly within the picture; range 255, K₁ = 0.01, K₂ = 0.03.
///
/// - Returns: nil where the picture is smaller than the window.
public func structuralSimilarity(_ original: Image, _ received: Image, window: SimilarityWindow = .uniform) -> Double? {
    precondition(original.width == received.width && original.height == received.height, "pictures of different sizes")
    guard min(original.width, original.height) >= window.weights.count else { return nil }
    let terms = (0..<3).map { Similarity(Channel(original, $0), Channel(received, $0), window: window).mean }
    return terms.map(\.similarity).reduce(0, +) / 3
}

/// The multi-scale structural similarity index (Wang et al., 2003): contrast and structure at five scales, each half
/// the last, luminance at the coarsest, with exponents 0.0448, 0.2856, 0.3001, 0.2363 and 0.1333; Gaussian window.
///
/// - Returns: nil where the shorter side has 160 pixels or fewer,
///   since the coarsest scale would be smaller than the window.
public func multiScaleStructuralSimilarity(_ original: Image, _ received: Image) -> Double? {
    precondition(original.width == received.width && original.height == received.height, "pictures of different sizes")
    guard min(original.width, original.height) > 160 else { return nil }
    let exponents = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]
    var sum = 0.0
    for c in 0..<3 {
        var (a, b) = (Channel(original, c), Channel(received, c))
        var product = 1.0
        for (scale, exponent) in exponents.enumerated() {
            let terms = Similarity(a, b, window: .gaussian).mean
            let last = scale == exponents.count - 1
            product *= pow(max(0, last ? terms.similarity : terms.contrastAndStructure), exponent)
            if !last { (a, b) = (a.halved(), b.halved()) }
        }
        sum += product
    }
    return sum / 3
}

/// One colour channel in double precision.
struct Channel {
    let width: Int
    let height: Int
    var values: [Double]

    init(width: Int, height: Int, values: [Double]) {
        self.width = width
        self.height = height
        self.values = values
    }

    init(_ image: Image, _ channel: Int) {
        self.init(
            width: image.width, height: image.height,
            values: (0..<image.width * image.height).map { Double(image.pixels[3 * $0 + channel]) })
    }

    /// Means of two by two pixels; an odd extent is padded by a zero on both sides, whose place in the mean counts.
    func halved() -> Channel {
        let (padX, padY) = (width % 2, height % 2)
        let (newWidth, newHeight) = ((width + 2 * padX - 2) / 2 + 1, (height + 2 * padY - 2) / 2 + 1)
        var result = Channel(
            width: newWidth, height: newHeight, values: .init(repeating: 0, count: newWidth * newHeight))
        for y in 0..<newHeight {
            for x in 0..<newWidth {
                var sum = 0.0
                for sourceY in 2 * y - padY..<2 * y - padY + 2 where sourceY >= 0 && sourceY < height {
                    for sourceX in 2 * x - padX..<2 * x - padX + 2 where sourceX >= 0 && sourceX < width {
                        sum += values[sourceY * width + sourceX]
                    }
                }
                result.values[y * newWidth + x] = sum / 4
            }
        }
        return result
    }

    /// The weighted mean around every pixel whose window lies within: rows first, then columns.
    func filtered(_ weights: [Double]) -> Channel {
        let (newWidth, newHeight) = (width - weights.count + 1, height - weights.count + 1)
        var rows = [Double](repeating: 0, count: newWidth * height)
        var result = [Double](repeating: 0, count: newWidth * newHeight)
        values.withUnsafeBufferPointer { source in
            rows.withUnsafeMutableBufferPointer { rows in
                result.withUnsafeMutableBufferPointer { result in
                    for y in 0..<height {
                        for (offset, weight) in weights.enumerated() {
                            let from = source.baseAddress! + y * width + offset
                            let to = rows.baseAddress! + y * newWidth
                            for x in 0..<newWidth { to[x] += weight * from[x] }
                        }
                    }
                    for y in 0..<newHeight {
                        for (offset, weight) in weights.enumerated() {
                            let from = rows.baseAddress! + (y + offset) * newWidth
                            let to = result.baseAddress! + y * newWidth
                            for x in 0..<newWidth { to[x] += weight * from[x] }
                        }
                    }
                }
            }
        }
        return Channel(width: newWidth, height: newHeight, values: result)
    }

    static func * (a: Channel, b: Channel) -> Channel {
        Channel(width: a.width, height: a.height, values: zip(a.values, b.values).map { $0 * $1 })
    }
}

/// The similarity of two channels: its mean, and that of its contrast-and-structure factor alone.
struct Similarity {
    let mean: (similarity: Double, contrastAndStructure: Double)

    init(_ a: Channel, _ b: Channel, window: SimilarityWindow) {
        let (c1, c2) = (2.55 * 2.55, 7.65 * 7.65)  // (K₁·255)², (K₂·255)²
        let weights = window.weights
        let (meanA, meanB) = (a.filtered(weights).values, b.filtered(weights).values)
        let (aa, bb, ab) = (
            (a * a).filtered(weights).values, (b * b).filtered(weights).values, (a * b).filtered(weights).values
        )
        let factor = window.covarianceFactor
        var (sum, sumContrast) = (0.0, 0.0)
        for i in meanA.indices {
            let (ma, mb) = (meanA[i], meanB[i])
            let variances = factor * (aa[i] - ma * ma) + factor * (bb[i] - mb * mb)
            let contrast = (2 * factor * (ab[i] - ma * mb) + c2) / (variances + c2)
            sumContrast += contrast
            sum += contrast * (2 * ma * mb + c1) / (ma * ma + mb * mb + c1)
        }
        mean = (sum / Double(meanA.count), sumContrast / Double(meanA.count))
    }
}
