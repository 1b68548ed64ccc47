import FeatureMaps
import Neural

/// g_a: a picture ↦ y.
struct AnalysisTransform: Sendable {
    private let beside: PictureAnalysis
    private let deeper: [WinogradConvolution]

    /// How many cells beyond its own a cell depends on: even, since tiles are of two cells.
    static let reach = 2

    init(_ parameters: TransformParameters) {
        precondition(parameters.direction == .analysis, "a synthesis is no analysis")
        func activation(_ layer: Int) -> PixelActivation {
            layer < 3 ? .normalisation(parameters.normalisation(after: layer)) : .none
        }
        let halvings = (1..<4).map {
            WinogradConvolution(
                .halving, weight: parameters.kernels[$0], bias: parameters.biases[$0], activation: activation($0))
        }
        let first = PictureConvolution(
            weight: parameters.kernels[0], bias: parameters.biases[0], activation: activation(0))
        (beside, deeper) = (PictureAnalysis(first: first, second: halvings[0]), Array(halvings[1...]))
    }

    /// - Parameter x: in [0, 1], three channels and 16·rows by 16·columns.
    /// - Returns: M channels, rows by columns.
    func callAsFunction(_ x: FeatureMap) -> FeatureMap { deeper.reduce(beside(x)) { $1($0) } }
}

/// g_s: ŷ ↦ a picture.
struct SynthesisTransform: Sendable {
    private let deeper: [WinogradConvolution]
    private let beside: PictureReconstruction

    /// How many cells beyond its own a pixel depends on: even, since tiles are of two cells.
    static let reach = 2

    init(_ parameters: TransformParameters) {
        precondition(parameters.direction == .synthesis, "an analysis is no synthesis")
        let doublings = (0..<3).map {
            WinogradConvolution(
                .doubling, weight: parameters.kernels[$0], bias: parameters.biases[$0],
                activation: .normalisation(parameters.normalisation(after: $0)))
        }
        let picture = PictureSynthesis(weight: parameters.kernels[3], bias: parameters.biases[3])
        (deeper, beside) = (Array(doublings[..<2]), PictureReconstruction(third: doublings[2], last: picture))
    }

    /// - Returns: x̂, not yet limited to [0, 1]. Where `cells` are given, only their pixels are computed, and what
    ///   these need; the others hold anything.
    func callAsFunction(_ y: FeatureMap, cells: Region? = nil) -> FeatureMap {
        // From the picture back to the cells: each tile of 2×2 inputs needs the pixels around it.
        let second = cells?.enlarged(by: 2).dilated().dilated().halved()
        let first = second?.dilated().halved()
        return beside(deeper[1](deeper[0](y, tiles: first), tiles: second), cells: cells)
    }
}
