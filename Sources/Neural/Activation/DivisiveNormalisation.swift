import CKernels

/// Generalised divisive normalisation (Ballé et al., 2016): y_i = x_i / √(β_i + Σ_j γ_ij x_j²); the inverse multiplies.
public struct DivisiveNormalisation: Sendable {
    public let channels: Int
    public let inverse: Bool
    /// β, one for each channel and 1 for each beyond, so that zeros stay zeros.
    private let beta: [Float]
    /// γ transposed, (channels + zeros × channels + zeros).
    private let gamma: [Float]

    public init(_ parameters: Parameters, inverse: Bool = false) {
        let channels = parameters.beta.count
        self.channels = channels
        self.inverse = inverse
        let pitch = FeatureMap.padded(channels)
        beta = parameters.beta + [Float](repeating: 1, count: pitch - channels)
        gamma = PanelWeights.pack(inner: pitch, columns: channels) {
            $0 < channels ? parameters.gamma.values[$1 * channels + $0] : 0
        }
    }

    public func callAsFunction(_ x: FeatureMap) -> FeatureMap {
        precondition(x.channels == channels, "normalisation of \(channels) channels applied to \(x.channels)")
        let pixels = x.rows * x.columns
        let scratch = Scratch(count: PixelActivation.normalisation(self).scratch(pitch: x.pitch))
        return FeatureMap(rows: x.rows, columns: x.columns, channels: channels) { values in
            x.withValues { values.update(from: $0, count: pixels * x.pitch) }
            apply(values, pixels: pixels, scratch: scratch.floats)
        }
    }

    /// In place on pixels of all channels.
    package func apply(_ x: UnsafeMutablePointer<Float>, pixels: Int, scratch: UnsafeMutablePointer<Float>) {
        ckernels_normalise(pixels, beta.count / PanelWeights.lanes, gamma, beta, inverse ? 1 : 0, x, scratch)
    }
}

extension DivisiveNormalisation {
    public struct Parameters: Sendable {
        /// Positive, one for each channel.
        public let beta: [Float]
        /// (channels, channels), not negative: γ_ij is what channel j adds to the norm of channel i.
        public let gamma: Tensor

        public init(beta: [Float], gamma: Tensor) {
            precondition(gamma.shape == [beta.count, beta.count], "γ must be square, as many rows as β has entries")
            (self.beta, self.gamma) = (beta, gamma)
        }

        /// As CompressAI stores them: v ↦ max(v, bound)² − pedestal, with pedestal 2⁻³⁶ and the bound that keeps
        /// β ≥ 10⁻⁶ and γ ≥ 0.
        ///
        /// - Throws: ``SafeTensors/Failure`` where a parameter is missing or of the wrong shape.
        public init(_ file: SafeTensors, prefix: String, channels: Int) throws {
            let pedestal: Float = 0x1p-36
            func undo(_ values: [Float], minimum: Float) -> [Float] {
                let bound = (minimum + pedestal).squareRoot()
                return values.map {
                    let v = max($0, bound)
                    return v * v - pedestal
                }
            }
            let gamma = try file.tensor(prefix + ".gamma", shape: [channels, channels])
            self.init(
                beta: undo(try file.tensor(prefix + ".beta", shape: [channels]).values, minimum: 1e-6),
                gamma: Tensor(shape: gamma.shape, values: undo(gamma.values, minimum: 0)))
        }

        /// Those of some channels among themselves.
        public func selecting(_ channels: [Int]) -> Parameters {
            Parameters(
                beta: channels.map { beta[$0] },
                gamma: gamma.selecting(channels, along: 0).selecting(channels, along: 1))
        }
    }
}
