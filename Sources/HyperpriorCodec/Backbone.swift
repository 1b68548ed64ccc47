import EntropyCoding
import Imaging
import Neural
import SideInformation

/// One scale-hyperprior network with its entropy model, from a state dict in CompressAI's names or the block
/// transform's.
///
///     x ─► g_a ─► y ──────────────► Q ─► ŷ ─► g_s ─► x̂
///                 └► |·| ─► h_a ─► z ─► Q ─► ẑ ─► h_s ─► θ
///
/// N and M are read off the shapes, the ``Architecture`` off the names. `ScaleHyperprior` has the one gain 1;
/// `ScaleHyperpriorVbr` brings its gains, reconstruction offsets,
/// and perhaps a quantisation step of ẑ that depends on the gain.
struct Backbone: Sendable {
    let n: Int
    let m: Int
    let identity: UInt64
    let gains: [Float]
    let prior: FactorisedPrior
    let scales: GaussianScales
    let hyperSynthesis: HyperSynthesis
    let offsets: ReconstructionOffsets?
    let hyperStep: HyperStep?
    let prediction: SpatialPrediction?
    /// Whether symbols are rounded by what they cost (``SymbolQuantiser``) or, as CompressAI does, to the nearest.
    let weighsRounding: Bool
    /// g_a: a picture ↦ y.
    let analyse: LatentAnalysis
    /// g_s: ŷ ↦ a picture.
    let synthesise: LatentSynthesis
    /// h_a: z of y, a quarter of its rows and columns, n channels.
    let analyseScales: HyperAnalysis
    /// The coder of ẑ where its quantisation step is 1 at every gain.
    private let hyperCoder: SymbolCoder?

    /// Pixels a latent cell covers in each direction.
    static let cellSize = Layout.cellSize

    /// - Throws: ``SafeTensors/Failure``, ``CodecFailure/unsuitableModel(path:reason:)``.
    init(path: String) throws {
        let file = try SafeTensors(path: path)
        let architecture = try Architecture(file)
        let (n, m) = try architecture.channels(in: file)
        weighsRounding = architecture == .blockTransform
        (self.n, self.m) = (n, m)
        // Parts that do not need each other, on all threads; the first that fails is told of, in this order.
        nonisolated(unsafe) var parts = Parts()
        forEachConcurrently(5) { part in
            switch part {
            case 0: parts.identity = Result { try Self.identity(of: file) }
            case 1: parts.analysis = Result { try LatentAnalysis(file, architecture, n: n, m: m) }
            case 2: parts.synthesis = Result { try LatentSynthesis(file, architecture, n: n, m: m) }
            case 3: parts.hyperSynthesis = Result { try HyperSynthesis(file, architecture, n: n, m: m) }
            default: parts.hyperAnalysis = Result { try HyperAnalysis(file, architecture, n: n, m: m) }
            }
        }
        analyse = try parts.analysis!.get()
        synthesise = try parts.synthesis!.get()
        analyseScales = try parts.hyperAnalysis!.get()
        hyperSynthesis = try parts.hyperSynthesis!.get()
        prior = try FactorisedPrior(file, prefix: "entropy_bottleneck", channels: n)
        scales = try Self.scales(file)
        gains = try Self.gains(file)
        let isVariable = file.shape(of: "Gain") != nil
        offsets = isVariable ? try ReconstructionOffsets(file) : nil
        hyperStep = isVariable && file.shape(of: "gayn2zqstep.0.weight") != nil ? try HyperStep(file) : nil
        prediction = try SpatialPrediction(file, channels: m)
        hyperCoder = try Self.hyperCoder(file, prior, step: hyperStep, gains: gains)
        identity = try parts.identity!.get()
    }

    private static func scales(_ file: SafeTensors) throws -> GaussianScales {
        let name = "gaussian_conditional.scale_table"
        let isStored = file.shape(of: name).map { $0.first ?? 0 > 0 } ?? false
        let table = isStored ? try file.tensor(name).values : GaussianScales.standardTable
        guard (2...256).contains(table.count), table[0] > 0, table.last! <= 4096,
            zip(table, table.dropFirst()).allSatisfy({ $0 < $1 })
        else {
            throw CodecFailure.unsuitableModel(
                path: file.path, reason: "\(name) is not 2…256 rising positive numbers")
        }
        // Stored tables of the Gaussians say nothing that the ladder does not; they are only checked.
        _ = try CumulativeTables(file, prefix: "gaussian_conditional", count: table.count)
        return GaussianScales(table: table)
    }

    /// 1 alone where the model has none.
    private static func gains(_ file: SafeTensors) throws -> [Float] {
        guard file.shape(of: "Gain") != nil else { return [1] }
        let gains = try file.tensor("Gain").values.map(abs)
        guard !gains.isEmpty, gains.count <= 255, gains.allSatisfy({ $0 > 1e-4 && $0 < 1e4 }) else {
            throw CodecFailure.unsuitableModel(
                path: file.path, reason: "Gain is not 1…255 numbers between 0.0001 and 10000")
        }
        return gains
    }

    /// Nil where tables are made for each gain as it is used: those of the extremes then stand for all in the check.
    private static func hyperCoder(
        _ file: SafeTensors, _ prior: FactorisedPrior, step: HyperStep?, gains: [Float]
    ) throws -> SymbolCoder? {
        let failure = CodecFailure.unsuitableModel(
            path: file.path, reason: "entropy_bottleneck gives no distribution: its weights are damaged")
        guard let step else {
            let tables =
                try CumulativeTables(file, prefix: "entropy_bottleneck", count: prior.channels) ?? prior.update()
            guard tables.isValid else { throw failure }
            return SymbolCoder(tables)
        }
        for gain in [gains.min() ?? 1, gains.max() ?? 1] {
            let step = step(gain: gain)
            guard step.isFinite, step > 1e-6, prior.update(step: step).isValid else { throw failure }
        }
        return nil
    }

    /// What is loaded side by side.
    private struct Parts {
        var identity: Result<UInt64, any Error>?
        var analysis: Result<LatentAnalysis, any Error>?
        var synthesis: Result<LatentSynthesis, any Error>?
        var hyperAnalysis: Result<HyperAnalysis, any Error>?
        var hyperSynthesis: Result<HyperSynthesis, any Error>?
    }

    /// A hash of every tensor's name, shape and values, whatever precision stores them.
    private static func identity(of file: SafeTensors) throws -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func mix(_ word: UInt64) {
            hash = (hash ^ word) &* 0x9e37_79b9_7f4a_7c15
            hash ^= hash >> 29
        }
        for name in file.names {
            for byte in name.utf8 { mix(UInt64(byte)) }
            let tensor: Tensor
            do { tensor = try file.tensor(name) } catch SafeTensors.Failure.unsupported { continue }
            for extent in tensor.shape { mix(UInt64(extent)) }
            tensor.values.withUnsafeBufferPointer { for value in $0 { mix(UInt64(value.bitPattern)) } }
        }
        return hash
    }

    /// Whether ẑ is quantised alike at every gain.
    var hasConstantStep: Bool { hyperStep == nil }
    func step(gain: Float) -> Float { hyperStep?(gain: gain) ?? 1 }
    func hyperCoder(gain: Float) -> SymbolCoder { hyperCoder ?? SymbolCoder(prior.update(step: step(gain: gain))) }
}

extension CumulativeTables {
    /// The tables CompressAI stored with a model, if it did.
    ///
    /// - Throws: ``CodecFailure/unsuitableModel(path:reason:)`` where they are not distributions.
    init?(_ file: SafeTensors, prefix: String, count: Int) throws {
        guard let shape = file.shape(of: prefix + "._quantized_cdf"), shape.reduce(1, *) > 0 else { return nil }
        let cumulative = try file.integers(prefix + "._quantized_cdf")
        let lengths = try file.integers(prefix + "._cdf_length", shape: [count]).values.map { Int($0) }
        let offsets = try file.integers(prefix + "._offset", shape: [count]).values
        let failure = CodecFailure.unsuitableModel(
            path: file.path, reason: "\(prefix)._quantized_cdf does not hold rising distributions of 16 bits")
        guard shape.count == 2, shape[0] == count, shape[1] >= 3 else { throw failure }
        // Symbols beyond are none a quantiser makes, and sums of offset and symbol must stay within 32 bits.
        guard offsets.allSatisfy({ abs(Int($0)) <= Self.mostOffset }), shape[1] <= Self.mostOffset else {
            throw CodecFailure.unsuitableModel(
                path: file.path, reason: "\(prefix)._offset lies beyond ±\(Self.mostOffset)")
        }
        self.init()
        for i in 0..<count {
            guard (3...shape[1]).contains(lengths[i]) else { throw failure }
            append(
                cumulative: cumulative.values[i * shape[1]..<i * shape[1] + lengths[i]].map { UInt32(max(0, $0)) },
                offset: offsets[i])
        }
        guard isValid else { throw failure }
    }
}
