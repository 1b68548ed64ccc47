import Neural

/// The kinds of network that a checkpoint may hold, told by its tensors' names. What differs between them ends with y
/// and θ: entropy models, bitstream, gains, masks and slices are the same.
enum Architecture: Sendable {
    /// CompressAI's `ScaleHyperprior` and `ScaleHyperpriorVbr`:
    /// four strided layers with divisive normalisation each way.
    case scaleHyperprior
    /// Projections of squares with residual blocks between them (`Scripts/train/learning/block_transform.py`); the
    /// hyperprior works in logarithms.
    case blockTransform

    /// - Throws: ``SafeTensors/Failure/missing(path:name:)`` where the names are of neither kind.
    init(_ file: SafeTensors) throws {
        if file.shape(of: "g_a.0.weight") != nil {
            self = .scaleHyperprior
        } else if file.shape(of: "analysis.fine.projection.weight") != nil {
            self = .blockTransform
        } else {
            throw SafeTensors.Failure.missing(path: file.path, name: "g_a.0.weight")
        }
    }

    /// Channels of z and of y.
    ///
    /// - Throws: ``SafeTensors/Failure``, ``CodecFailure/unsuitableModel(path:reason:)``.
    func channels(in file: SafeTensors) throws -> (n: Int, m: Int) {
        // The first extent of each is asked for.
        let (hidden, latent) =
            switch self {
            case .scaleHyperprior: ("g_a.0.weight", "g_a.6.weight")
            case .blockTransform: ("hyper_analysis.2.weight", "analysis.coarse.projection.weight")
            }
        func extent(_ name: String) throws -> Int {
            guard let shape = file.shape(of: name) else {
                throw SafeTensors.Failure.missing(path: file.path, name: name)
            }
            return shape.first ?? 0
        }
        let (n, m) = (try extent(hidden), try extent(latent))
        guard (1...256).contains(n), (1...1024).contains(m) else {
            throw CodecFailure.unsuitableModel(
                path: file.path,
                reason: "\(hidden) and \(latent) have \(n) and \(m) channels; expected 1…256 and 1…1024")
        }
        return (n, m)
    }
}
