import Neural

/// Mean and covariance of the features of a set of pictures.
public struct FeatureStatistics: Sendable {
    public let count: Int
    public let mean: [Double]
    public let covariance: SymmetricMatrix

    public var order: Int { mean.count }

    /// - Parameter features: one vector a picture, all of one length; the covariance is the unbiased one.
    /// - Throws: ``FidelityFailure/tooFewSamples(count:)`` for fewer than two.
    public init(_ features: [[Float]]) throws(FidelityFailure) {
        guard features.count >= 2, let order = features.first?.count else {
            throw .tooFewSamples(count: features.count)
        }
        precondition(features.allSatisfy { $0.count == order }, "features of different lengths")
        var mean = [Double](repeating: 0, count: order)
        for vector in features {
            for i in 0..<order { mean[i] += Double(vector[i]) }
        }
        for i in 0..<order { mean[i] /= Double(features.count) }
        let centred = features.flatMap { vector in (0..<order).map { Double(vector[$0]) - mean[$0] } }
        count = features.count
        self.mean = mean
        covariance = SymmetricMatrix(
            outerProductsOf: centred, count: features.count, order: order, factor: 1 / Double(features.count - 1))
    }

    /// What to tell the reader where the estimate rests on too few pictures: a covariance of `order` dimensions has
    /// full rank only from order + 1 samples on, and the distance is biased upwards below that.
    public func warning(of set: String) -> String? {
        count > order
            ? nil
            : "\(set): \(count) pictures for \(order) features; at least \(order + 1) are needed, "
                + "the distance is biased upwards"
    }
}

/// |μ₁ − μ₂|² + Tr(Σ₁ + Σ₂ − 2(Σ₁Σ₂)^½), the squared Fréchet distance of two Gaussians (Heusel et al., 2017).
///
/// The trace of (Σ₁Σ₂)^½ is that of (Σ₁^½·Σ₂·Σ₁^½)^½, a symmetric problem: real by construction, where a general matrix
/// root may turn complex. With the features of pytorch-fid's Inception-v3 this is FID;
/// with others it is named after them.
///
/// - Throws: ``FidelityFailure/differentFeatures(_:_:)`` or ``FidelityFailure/notFinite``.
public func frechetDistance(_ a: FeatureStatistics, _ b: FeatureStatistics) throws(FidelityFailure) -> Double {
    guard a.order == b.order else { throw .differentFeatures(a.order, b.order) }
    guard let root = a.covariance.squareRoot(),
        let (eigenvalues, _) = root.congruence(of: b.covariance).eigenDecomposition(vectors: false)
    else { throw .notFinite }
    let means = zip(a.mean, b.mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    let traces = (0..<a.order).reduce(0) {
        $0 + a.covariance.values[$1 * (a.order + 1)] + b.covariance.values[$1 * (a.order + 1)]
    }
    // A squared distance is never negative; of equal sets, rounding leaves a little on either side of zero.
    return max(0, means + traces - 2 * eigenvalues.reduce(0) { $0 + max(0, $1).squareRoot() })
}

/// What keeps a measure from being computed.
public enum FidelityFailure: Error, CustomStringConvertible, Equatable {
    case tooFewSamples(count: Int)
    case differentFeatures(Int, Int)
    case notFinite
    case differentSizes(String, String)
    case unsupportedNetwork(path: String, reason: String)

    public var description: String {
        switch self {
        case .tooFewSamples(let count): "\(count) pictures: a covariance needs at least two"
        case .differentFeatures(let a, let b): "features of \(a) and \(b) dimensions cannot be compared"
        case .notFinite: "the features' covariance holds numbers that are not finite"
        case .differentSizes(let a, let b): "\(a) and \(b) differ in size"
        case .unsupportedNetwork(let path, let reason): "\(path): \(reason)"
        }
    }
}
