import FeatureMaps
import Neural

/// A classifier's convolutions, up to the last feature map, of whichever architecture the tensors' names tell.
enum ClassifierBackbone: Sendable {
    case residual(ResidualNetwork)
    case efficient(EfficientNetwork)

    /// - Returns: the network and the name of the linear layer after it.
    /// - Throws: `SafeTensors.Failure` or ``SemanticsFailure``.
    static func load(_ file: SafeTensors, preprocessing: Preprocessing) throws -> (ClassifierBackbone, head: String) {
        if let names = EfficientNetworkNames(file) {
            let weights = FoldedWeights(
                file: file, epsilon: try file.number("batch_norm_epsilon") ?? 1e-3, padding: preprocessing.padding)
            return (.efficient(try EfficientNetwork(weights, names: names)), names.classifier)
        }
        return (.residual(try ResidualNetwork(file)), "fc")
    }

    /// C_f.
    var channels: Int {
        switch self {
        case .residual(let network): network.channels
        case .efficient(let network): network.channels
        }
    }

    func callAsFunction(_ x: FeatureMap) -> FeatureMap {
        switch self {
        case .residual(let network): network(x)
        case .efficient(let network): network(x)
        }
    }
}
