import FeatureMaps
import Neural

/// Block transforms with residual blocks between them, made for processors: few, dense products, no map wider than the
/// picture itself.
///
///     x ─ 8×8 ─► projection ─► blocks at 1/8 ─ 2×2 ─► projection ─► blocks at 1/16 ─► y
struct BlockAnalysis: Sendable {
    private let fine: SquareProjection
    private let fineBlocks: [DepthwiseResidualBlock]
    private let coarse: SquareProjection
    private let coarseBlocks: [DepthwiseResidualBlock]

    /// - Throws: ``SafeTensors/Failure`` where a tensor is missing or of the wrong shape.
    init(_ file: SafeTensors, m: Int) throws {
        let channels = try BlockTransform.fineChannels(file)
        fine = try .init(file, "analysis.fine", .apart, side: BlockTransform.fineSide, inner: 3, outer: channels)
        fineBlocks = try BlockTransform.blocks(file, "analysis.fine", channels: channels)
        coarse = try .init(file, "analysis.coarse", .apart, side: BlockTransform.coarseSide, inner: channels, outer: m)
        coarseBlocks = try BlockTransform.blocks(file, "analysis.coarse", channels: m)
    }

    var reach: Int { BlockTransform.reach(coarse: coarseBlocks, fine: fineBlocks) }

    func callAsFunction(_ x: FeatureMap) -> FeatureMap {
        let fineMap = fineBlocks.reduce(fine(x)) { $1($0) }
        return coarseBlocks.reduce(coarse(fineMap)) { $1($0) }
    }

    /// For a picture of so many rows of cells that comes in bands of whole cells, from the top: takes the next band,
    /// returns the next rows of y, nil where these need what is still to come. The whole picture's results,
    /// bit for bit.
    func bands(rows: Int) -> (_ x: FeatureMap) -> FeatureMap? {
        let side = BlockTransform.coarseSide
        let fineRolling = RollingBlocks(fineBlocks, rows: side * rows, multiple: side)
        let coarseRolling = RollingBlocks(coarseBlocks, rows: rows)
        return { x in coarseRolling(fineRolling(fine(x)).map { coarse($0) }) }
    }
}

/// The way back:
///
///     ŷ ─► blocks at 1/16 ─► projection ─ 2×2 ─► blocks at 1/8 ─► projection ─ 8×8 ─► x̂
struct BlockSynthesis: Sendable {
    private let coarseBlocks: [DepthwiseResidualBlock]
    private let coarse: SquareProjection
    private let fineBlocks: [DepthwiseResidualBlock]
    private let fine: SquareProjection

    /// - Throws: ``SafeTensors/Failure`` where a tensor is missing or of the wrong shape.
    init(_ file: SafeTensors, m: Int) throws {
        let channels = try BlockTransform.fineChannels(file)
        coarseBlocks = try BlockTransform.blocks(file, "synthesis.coarse", channels: m)
        coarse = try .init(
            file, "synthesis.coarse", .joining, side: BlockTransform.coarseSide, inner: channels, outer: m)
        fineBlocks = try BlockTransform.blocks(file, "synthesis.fine", channels: channels)
        fine = try .init(file, "synthesis.fine", .joining, side: BlockTransform.fineSide, inner: 3, outer: channels)
    }

    var reach: Int { BlockTransform.reach(coarse: coarseBlocks, fine: fineBlocks) }

    func callAsFunction(_ y: FeatureMap, cells: Region? = nil) -> FeatureMap {
        // From the picture back to the cells: each block needs what its taps reach around the pixels that are asked
        // for.
        var needed = cells?.enlarged(by: BlockTransform.coarseSide)
        let last = needed
        let fineRegions = Self.regions(of: fineBlocks, results: &needed)
        needed = needed?.halved()
        let joined = needed
        let coarseRegions = Self.regions(of: coarseBlocks, results: &needed)
        var x = y
        for (block, region) in zip(coarseBlocks, coarseRegions) { x = block(x, pixels: region) }
        x = coarse(x, pixels: joined)
        for (block, region) in zip(fineBlocks, fineRegions) { x = block(x, pixels: region) }
        return fine(x, dense: true, pixels: last)
    }

    /// Which results of each block are needed for the given ones of the last;
    /// then what the first needs stands in `results`.
    private static func regions(of blocks: [DepthwiseResidualBlock], results: inout Region?) -> [Region?] {
        var regions: [Region?] = []
        for block in blocks.reversed() {
            regions.append(results)
            for _ in 0..<block.reach { results = results?.dilated() }
        }
        return regions.reversed()
    }
}

/// What both directions share.
private enum BlockTransform {
    /// Pixels a side of a first square.
    static let fineSide = 8
    /// First squares a side of a cell.
    static let coarseSide = 2

    /// Channels at an eighth of the picture's side.
    static func fineChannels(_ file: SafeTensors) throws -> Int {
        let name = "analysis.fine.projection.weight"
        let channels = file.shape(of: name)?.first ?? 0
        guard (1...1024).contains(channels) else {
            throw CodecFailure.unsuitableModel(path: file.path, reason: "\(name) has \(channels) rows; expected 1…1024")
        }
        return channels
    }

    /// In cells, rounded up to an even number.
    static func reach(coarse: [DepthwiseResidualBlock], fine: [DepthwiseResidualBlock]) -> Int {
        let pixels = fine.reduce(0) { $0 + $1.reach }
        let cells = coarse.reduce((pixels + coarseSide - 1) / coarseSide) { $0 + $1.reach }
        return (cells + 1) / 2 * 2
    }

    /// As many blocks as the file has.
    static func blocks(_ file: SafeTensors, _ stage: String, channels: Int) throws -> [DepthwiseResidualBlock] {
        var blocks: [DepthwiseResidualBlock] = []
        while let shape = file.shape(of: "\(stage).blocks.\(blocks.count).widen.weight"), blocks.count < 64 {
            let name = "\(stage).blocks.\(blocks.count)"
            let hidden = shape.first ?? 0
            guard (1...4096).contains(hidden) else {
                throw CodecFailure.unsuitableModel(
                    path: file.path, reason: "\(name).widen.weight has \(hidden) rows; expected 1…4096")
            }
            func bias(_ layer: String, _ count: Int) throws -> [Float] {
                try file.tensor("\(name).\(layer).bias", shape: [count]).values
            }
            blocks.append(
                DepthwiseResidualBlock(
                    spatial: (
                        try file.tensor("\(name).spatial.weight", shape: [channels, 1, 5, 5]),
                        try bias("spatial", channels)
                    ),
                    widen: (
                        try file.tensor("\(name).widen.weight", shape: [hidden, channels]), try bias("widen", hidden)
                    ),
                    narrow: (
                        try file.tensor("\(name).narrow.weight", shape: [channels, hidden]),
                        try bias("narrow", channels)
                    )))
        }
        return blocks
    }
}

extension SquareProjection {
    /// - Parameters:
    ///   - inner: channels of the map of larger extent.
    ///   - outer: channels of the other.
    fileprivate init(
        _ file: SafeTensors, _ stage: String, _ direction: Direction, side: Int, inner: Int, outer: Int
    ) throws {
        let square = side * side * inner
        let shape = direction == .apart ? [outer, square] : [square, outer]
        let name = "\(stage).projection"
        self.init(
            direction, side: side, weight: try file.tensor(name + ".weight", shape: shape),
            bias: try file.tensor(name + ".bias", shape: [shape[0]]).values)
    }
}
