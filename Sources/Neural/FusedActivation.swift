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
    public let inverse: Bool
    /// γ, (channels × channels), not negative.
    private let weights: PackedWeights

    public init(beta: [Float], gamma: Tensor, inverse: Bool = false) {
        let channels = beta.count
        precondition(gamma.shape == [channels, channels], "γ must be square, as many rows as β has entries")
        self.beta = beta
        self.inverse = inverse
        weights = PackedWeights(rows: channels, inner: channels) { gamma.values[$0 * channels + $1] }
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
        let step = PackedWeights.padded(columns: 480)
        var result = x
        result.values.withUnsafeMutableBufferPointer { values in
            nonisolated(unsafe) let values = values.baseAddress!
            let size = PackedWeights.panelSize + channels * step + scratch(columns: step)
            let memory = (0..<ComputeThreads.count).map { _ in Scratch(count: size) }
            parallelFor((plane + step - 1) / step) { worker, piece in
                let panel = memory[worker].floats
                let x = panel + PackedWeights.panelSize
                let columns = min(step, plane - piece * step)
                x.update(repeating: 0, count: channels * step)
                for channel in 0..<channels { (x + channel * step).update(from: values + channel * plane + piece * step, count: columns) }
                apply(x, columns: columns, leading: step, scratch: x + channels * step, panel: panel)
                for channel in 0..<channels { (values + channel * plane + piece * step).update(from: x + channel * step, count: columns) }
            }
        }
        return result
    }

    /// Floats of scratch that ``apply(_:columns:leading:scratch:panel:)`` needs for rows of `columns`.
    func scratch(columns: Int) -> Int { (beta.count + weights.paddedRows) * PackedWeights.padded(columns: columns) }

    /// In place on (channels × columns) numbers whose rows lie `leading` apart, a whole number of column groups.
    func apply(
        _ x: UnsafeMutablePointer<Float>, columns: Int, leading: Int, scratch: UnsafeMutablePointer<Float>, panel: UnsafeMutablePointer<Float>
    ) {
        let channels = beta.count
        let width = PackedWeights.padded(columns: columns)
        let squares = scratch
        let norms = scratch + channels * width
        for channel in 0..<channels {
            let row = x + channel * leading
            let square = squares + channel * width
            for i in 0..<width { square[i] = row[i] * row[i] }
        }
        for channel in 0..<weights.paddedRows {
            (norms + channel * width).update(repeating: channel < channels ? beta[channel] : 0, count: width)
        }
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: channels) { offsets in
            for channel in 0..<channels { offsets[channel] = Int32(channel * width) }
            weights.multiply(squares, offsets: offsets.baseAddress!, columns: columns, into: norms, leading: width, panel: panel)
        }
        for channel in 0..<channels {
            let row = x + channel * leading
            let norm = norms + channel * width
            if inverse {
                for i in 0..<columns { row[i] *= norm[i].squareRoot() }
            } else {
                for i in 0..<columns { row[i] /= norm[i].squareRoot() }
            }
        }
    }
}

extension FusedActivation {
    /// Floats of scratch that `apply` needs for rows of `columns`.
    func scratch(channels: Int, columns: Int) -> Int {
        if case .normalisation(let normalisation) = self { normalisation.scratch(columns: columns) } else { 0 }
    }

    /// In place on (channels × columns) numbers whose rows lie `leading` apart, a whole number of column groups.
    @inline(__always)
    func apply(
        _ x: UnsafeMutablePointer<Float>, channels: Int, columns: Int, leading: Int, scratch: UnsafeMutablePointer<Float>,
        panel: UnsafeMutablePointer<Float>
    ) {
        switch self {
        case .none: break
        case .relu:
            for channel in 0..<channels {
                let row = x + channel * leading
                for i in 0..<columns { row[i] = max(row[i], 0) }
            }
        case .normalisation(let normalisation):
            normalisation.apply(x, columns: columns, leading: leading, scratch: scratch, panel: panel)
        }
    }
}
