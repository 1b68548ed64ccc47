/// What a convolution does to its sums before it writes them: fused, so that a tile leaves the cache only once.
public enum FusedActivation: Sendable {
    case none
    case relu
    /// Generalised divisive normalisation or its inverse, across all output channels.
    case normalisation(DivisiveNormalisation)
}

/// Generalised divisive normalisation (Ballé et al., 2016): y_i = x_i / √(β_i + Σ_j γ_ij x_j²); the inverse multiplies.
public struct DivisiveNormalisation: Sendable {
    /// β, one for each channel, positive.
    public let beta: [Float]
    /// γ, shape (channels, channels), not negative.
    public let gamma: Tensor
    public let inverse: Bool

    public init(beta: [Float], gamma: Tensor, inverse: Bool = false) {
        precondition(gamma.shape == [beta.count, beta.count], "γ must be square, as many rows as β has entries")
        self.beta = beta
        self.gamma = gamma
        self.inverse = inverse
    }

    /// From the parameters as CompressAI stores them: v ↦ max(v, bound)² − pedestal, with pedestal 2⁻³⁶ and the
    /// bound that keeps β ≥ 10⁻⁶ and γ ≥ 0.
    ///
    /// - Throws: ``SafeTensors/Failure`` where a parameter is missing or of the wrong shape.
    public init(_ file: SafeTensors, prefix: String, channels: Int, inverse: Bool) throws {
        let pedestal: Float = 0x1p-36
        func undo(_ values: [Float], minimum: Float) -> [Float] {
            let bound = (minimum + pedestal).squareRoot()
            return values.map { let v = max($0, bound); return v * v - pedestal }
        }
        let beta = try file.tensor(prefix + ".beta", shape: [channels])
        let gamma = try file.tensor(prefix + ".gamma", shape: [channels, channels])
        self.init(
            beta: undo(beta.values, minimum: 1e-6), gamma: Tensor(shape: gamma.shape, values: undo(gamma.values, minimum: 0)), inverse: inverse)
    }

    public func callAsFunction(_ x: Tensor) -> Tensor {
        let channels = beta.count
        precondition(x.shape[0] == channels, "normalisation of \(channels) channels applied to \(x.shape)")
        let plane = x.count / max(1, channels)
        var result = x
        let step = 512
        result.values.withUnsafeMutableBufferPointer { values in
            let base = values.baseAddress!
            nonisolated(unsafe) let shared = base
            let scratch = (0..<ComputeThreads.count).map { _ in Scratch(count: 2 * channels * step) }
            parallelFor((plane + step - 1) / step) { worker, piece in
                let from = piece * step
                apply(shared + from, columns: min(step, plane - from), leading: plane, scratch: scratch[worker].floats)
            }
        }
        return result
    }

    /// In place on (channels × columns) numbers whose rows lie `leading` apart; scratch holds 2·channels·columns.
    func apply(_ x: UnsafeMutablePointer<Float>, columns: Int, leading: Int, scratch: UnsafeMutablePointer<Float>) {
        let channels = beta.count
        let squares = scratch
        let norms = scratch + channels * columns
        for channel in 0..<channels {
            let row = x + channel * leading
            let square = squares + channel * columns
            for i in 0..<columns { square[i] = row[i] * row[i] }
        }
        gamma.values.withUnsafeBufferPointer {
            multiplyHere(rows: channels, columns: columns, inner: channels, $0.baseAddress!, squares, norms)
        }
        for channel in 0..<channels {
            let row = x + channel * leading
            let norm = norms + channel * columns
            let beta = beta[channel]
            if inverse {
                for i in 0..<columns { row[i] *= (norm[i] + beta).squareRoot() }
            } else {
                for i in 0..<columns { row[i] /= (norm[i] + beta).squareRoot() }
            }
        }
    }
}

extension FusedActivation {
    /// How many floats of scratch `apply` needs for (channels × columns).
    func scratch(channels: Int, columns: Int) -> Int {
        if case .normalisation = self { 2 * channels * columns } else { 0 }
    }

    /// In place on (channels × columns) numbers whose rows lie `leading` apart.
    @inline(__always)
    func apply(_ x: UnsafeMutablePointer<Float>, channels: Int, columns: Int, leading: Int, scratch: UnsafeMutablePointer<Float>) {
        switch self {
        case .none: break
        case .relu:
            for channel in 0..<channels {
                let row = x + channel * leading
                for i in 0..<columns { row[i] = max(row[i], 0) }
            }
        case .normalisation(let normalisation):
            normalisation.apply(x, columns: columns, leading: leading, scratch: scratch)
        }
    }
}
