import FeatureMaps
import Neural

/// A picture ↦ y, by either kind of network.
enum LatentAnalysis: Sendable {
    case strided(Deferred<AnalysisTransform>)
    case blocks(BlockAnalysis)

    init(_ file: SafeTensors, _ architecture: Architecture, n: Int, m: Int) throws {
        switch architecture {
        case .scaleHyperprior:
            let parameters = try TransformParameters(file, .analysis, n: n, m: m)
            self = .strided(Deferred { AnalysisTransform(parameters.withoutDeadChannels()) })
        case .blockTransform: self = .blocks(try BlockAnalysis(file, m: m))
        }
    }

    /// How many cells beyond its own a cell of y depends on: even, since tiles are of two cells.
    var reach: Int {
        switch self {
        case .strided: AnalysisTransform.reach
        case .blocks(let transform): transform.reach
        }
    }

    /// - Parameter x: in [0, 1], three channels and 16·rows by 16·columns.
    /// - Returns: M channels, rows by columns.
    func callAsFunction(_ x: FeatureMap) -> FeatureMap {
        switch self {
        case .strided(let transform): transform.value(x)
        case .blocks(let transform): transform(x)
        }
    }
}

/// ŷ ↦ a picture, by either kind of network.
enum LatentSynthesis: Sendable {
    case strided(Deferred<SynthesisTransform>)
    case blocks(BlockSynthesis)

    init(_ file: SafeTensors, _ architecture: Architecture, n: Int, m: Int) throws {
        switch architecture {
        case .scaleHyperprior:
            let parameters = try TransformParameters(file, .synthesis, n: n, m: m)
            self = .strided(Deferred { SynthesisTransform(parameters.withoutDeadChannels()) })
        case .blockTransform: self = .blocks(try BlockSynthesis(file, m: m))
        }
    }

    /// How many cells beyond its own a pixel depends on: even, as the analysis's.
    var reach: Int {
        switch self {
        case .strided: SynthesisTransform.reach
        case .blocks(let transform): transform.reach
        }
    }

    /// - Returns: x̂, not yet limited to [0, 1]. Where `cells` are given, only their pixels are computed, and what
    ///   these need; the others hold anything.
    func callAsFunction(_ y: FeatureMap, cells: Region? = nil) -> FeatureMap {
        switch self {
        case .strided(let transform): transform.value(y, cells: cells)
        case .blocks(let transform): transform(y, cells: cells)
        }
    }
}
