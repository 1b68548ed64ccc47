import CKernels

/// A convolution of feature maps by Winograd's minimal filtering, its activation fused.
///
/// A tile of 2×2 results takes 16 products a pair of channels where three taps meet three, 12 where three meet two, 9
/// where two meet two (`WinogradConvolution.h`). A 5×5 kernel of stride 2 falls into those four phases, with or without
/// transposition: 49 products for four results where the definition takes 100.
///
///     patches ─► Bᵀ d B ─► 16 products over the channels of many tiles ─► Aᵀ m A ─► + bias, activation ─► pixels
///
/// Forward, the phases of the input meet in the same 16 products; transposed, they are 49 kinds of results of the same
/// 16 transformed values. No result depends on what its taps do not reach (but for `levelByFours`), nor on which tiles
/// are computed together. Where a layer has few tiles its weights are most of what is read,
/// and threads share its outputs too.
public struct WinogradConvolution: Sendable {
    public enum Kind: Sendable {
        /// 5×5, stride 2, padding 2: weights (outputs, inputs, 5, 5).
        case halving
        /// 3×3, padding 1: weights (outputs, inputs, 3, 3).
        case level
        /// The same by F(4,3): 36 products for 4×4 results, whose rounding depends on the whole tile and its border.
        case levelByFours
        /// Transposed 5×5, stride 2, padding 2, output padding 1: weights (inputs, outputs, 5, 5).
        case doubling
    }

    public let kind: Kind
    public let inputs: Int
    public let outputs: Int
    public let activation: PixelActivation
    package let bias: [Float]
    package let zeros: [Float]
    package let points: [Point]
    /// The 49 values of four phases (or 16 of one): which point, and which of its slots.
    package let places: [(point: Int, slot: Int)]
    private(set) var weights: [Float]

    /// One of the 16 products: how many phases meet in its sums or come out of it, and where its weights begin.
    package struct Point: Sendable {
        let slotsIn: Int
        let slotsOut: Int
        let weights: Int
        /// Slots of the points before this one.
        let slotsInBefore: Int
        let slotsOutBefore: Int
    }

    /// Results of a tile: 2×2, or 4×4 by F(4,3) and where the four phases are pixels of their own.
    package var side: Int { kind == .doubling || kind == .levelByFours ? 4 : 2 }
    /// Pixels along a patch that is transformed in one.
    package var size: Int { kind == .levelByFours ? 6 : 4 }
    /// Outputs whose products and results are made together: all where phases or a normalisation join them.
    package var group: Int {
        kind == .level || kind == .levelByFours ? activation.bounds == nil ? pitchOut : min(pitchOut, 128) : pitchOut
    }
    package var pitchIn: Int { FeatureMap.padded(inputs) }
    package var pitchOut: Int { FeatureMap.padded(outputs) }

    public init(_ kind: Kind, weight: Tensor, bias: [Float], activation: PixelActivation = .none) {
        let transposed = kind == .doubling
        precondition(
            weight.shape.count == 4 && weight.shape[2] == weight.shape[3]
                && weight.shape[2] == Self.extents(kind).kernel, "weights \(weight.shape)")
        (inputs, outputs) = transposed ? (weight.shape[0], weight.shape[1]) : (weight.shape[1], weight.shape[0])
        precondition(bias.count == outputs, "a convolution has one bias for each output channel")
        self.kind = kind
        self.activation = activation
        let (pitchIn, pitchOut) = (FeatureMap.padded(inputs), FeatureMap.padded(outputs))
        self.bias = bias + [Float](repeating: 0, count: pitchOut - outputs)
        zeros = .init(repeating: 0, count: 4 * pitchOut)
        var points: [Point] = []
        var (next, slotsIn, slotsOut) = (0, 0, 0)
        let isLevel = kind == .level || kind == .levelByFours
        let along = kind == .levelByFours ? 6 : 4
        for p in 0..<along {
            for q in 0..<along {
                let slots = isLevel ? 1 : (p == 0 ? 1 : 2) * (q == 0 ? 1 : 2)
                let point = Point(
                    slotsIn: transposed ? 1 : slots, slotsOut: transposed ? slots : 1, weights: next,
                    slotsInBefore: slotsIn, slotsOutBefore: slotsOut)
                points.append(point)
                next += slots * pitchIn * pitchOut
                slotsIn += point.slotsIn
                slotsOut += point.slotsOut
            }
        }
        // Index 0…3 along one direction: the points of the first phase; 4…6: points 1…3 of the second.
        let extent = Self.extents(kind).transformed
        places = (0..<extent * extent).map { i in
            let (y, x) = (i / extent, i % extent)
            guard !isLevel else { return (i, 0) }
            let (p, q) = (y < 4 ? y : y - 3, x < 4 ? x : x - 3)
            return (4 * p + q, (y < 4 ? 0 : 1) * (q == 0 ? 1 : 2) + (x < 4 ? 0 : 1))
        }
        self.points = points
        weights = []
        weights = Self.transformed(
            weight, kind: kind, inputs: inputs, outputs: outputs, points: points, places: places, count: next,
            group: transposed ? .max : group)
    }

    public func outputExtent(_ extent: Int) -> Int {
        switch kind {
        case .halving: (extent + 1) / 2
        case .level, .levelByFours: extent
        case .doubling: 2 * extent
        }
    }

    /// The extent of the grid of tiles for an input's.
    package func tileExtent(_ extent: Int) -> Int { (outputExtent(extent) + side - 1) / side }

    /// - Parameters:
    ///   - x: of ``inputs`` channels.
    ///   - tiles: of the output (2×2 pixels, doubling 4×4), which to compute; the others' pixels hold anything.
    ///     nil: all.
    public func callAsFunction(_ x: FeatureMap, tiles: Region? = nil) -> FeatureMap {
        precondition(x.channels == inputs, "a convolution of \(inputs) channels applied to \(x.channels)")
        let (rows, columns) = (outputExtent(x.rows), outputExtent(x.columns))
        return FeatureMap(rows: rows, columns: columns, channels: outputs) { values in
            let y = MapWindow(values: values, firstRow: 0, rows: rows, columns: columns, pitch: pitchOut)
            run(chosen(tiles, rows: 0..<tileExtent(x.rows), columns: tileExtent(x.columns)), from: x.window, to: y)
        }
    }

    /// The numbers of the tiles to compute in some rows of the grid.
    package func chosen(_ tiles: Region?, rows: Range<Int>, columns: Int) -> [Int32] {
        let all = Int32(rows.lowerBound * columns)..<Int32(rows.upperBound * columns)
        guard let tiles else { return Array(all) }
        precondition(tiles.width == columns && tiles.height >= rows.upperBound, "the region is not the output's")
        return all.filter { tiles.values[Int($0)] }
    }

    /// Computes tiles of `y`; each pixel is written by one thread.
    package func run(_ tiles: [Int32], from x: MapWindow, to y: MapWindow) {
        guard !tiles.isEmpty else { return }
        let job = Job(self, tiles: tiles.count)
        let memory = (0..<min(ComputeThreads.count, job.blocks * job.parts)).map { _ in Scratch(count: job.scratch) }
        let nothing = Scratch(count: pitchIn)
        nothing.floats.update(repeating: 0, count: pitchIn)
        let groups = (pitchOut + group - 1) / group
        parallelFor(job.blocks * job.parts) { worker, piece in
            let (block, part) = (piece / job.parts, piece % job.parts)
            guard block * job.block < tiles.count else { return }
            let own = tiles[block * job.block..<min(tiles.count, (block + 1) * job.block)]
            transform(own, job, from: x, nothing: nothing.floats, values: memory[worker].floats)
            for group in job.parts == 1 ? 0..<groups : part..<part + 1 {
                compute(own, group: group * self.group, job, to: y, memory: memory[worker].floats)
            }
        }
    }
}
