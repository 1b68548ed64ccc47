import CKernels

extension WinogradConvolution {
    /// How the tiles of one call are laid out in a worker's memory.
    package struct Job: Sendable {
        /// Tiles at once: few enough that their values stay near, many enough that the weights are not read too often.
        let block: Int
        let blocks: Int
        /// Pieces of work that a block's outputs are: one, or a group of them each.
        let parts: Int
        /// Floats of transformed values, products, results, and the activation's scratch.
        let values: Int
        let products: Int
        let results: Int
        let scratch: Int
        /// Where the values of a block's first tile lie, and how far on those of the next.
        let starts: [Int32]
        let steps: [Int32]

        init(_ layer: WinogradConvolution, tiles: Int) {
            let (pitchIn, pitchOut, group) = (layer.pitchIn, layer.pitchOut, layer.group)
            // Alike for all threads, at most two groups of twelve rows of a product.
            let (most, threads, groups) = (24, ComputeThreads.count, (pitchOut + group - 1) / group)
            var blocks = (tiles + most - 1) / most
            parts = blocks >= 4 * threads ? 1 : groups
            while blocks * parts < 8 * threads, blocks * parts % threads > 0, blocks < tiles { blocks += 1 }
            let block = (tiles + blocks - 1) / blocks
            (self.block, self.blocks) = (block, blocks)
            let last = layer.points.last!
            values = (last.slotsInBefore + last.slotsIn) * block * pitchIn
            products = (last.slotsOutBefore + last.slotsOut) * block * group
            results = layer.side * layer.side * block * pitchOut
            scratch = values + products + results + layer.activation.scratch(pitch: pitchOut)
            let forward = layer.kind != .doubling
            starts = layer.places.map { place in
                let point = layer.points[place.point]
                return Int32(
                    forward
                        ? (block * point.slotsInBefore + place.slot) * pitchIn
                        : (block * point.slotsOutBefore + place.slot) * pitchOut)
            }
            steps = layer.places.map {
                Int32(forward ? layer.points[$0.point].slotsIn * pitchIn : layer.points[$0.point].slotsOut * pitchOut)
            }
        }
    }

    /// Bᵀ d B of all tiles of a block.
    package func transform(
        _ tiles: ArraySlice<Int32>, _ job: Job, from x: MapWindow, nothing: UnsafePointer<Float>,
        values: UnsafeMutablePointer<Float>
    ) {
        let gridColumns = tileExtent(x.columns)
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: places.count) { offsets in
            withUnsafeTemporaryAllocation(of: UnsafePointer<Float>?.self, capacity: places.count) { patch in
                for (i, tile) in tiles.enumerated() {
                    gather(
                        row: Int(tile) / gridColumns, column: Int(tile) % gridColumns, from: x, nothing: nothing,
                        into: patch.baseAddress!)
                    if kind == .halving {
                        for j in 0..<49 { offsets[j] = job.starts[j] &+ Int32(i) &* job.steps[j] }
                        ckernels_transform_phases(patch.baseAddress!, pitchIn, values, offsets.baseAddress!)
                    } else {
                        ckernels_transform_patch(
                            size, patch.baseAddress!, pitchIn, values + i * pitchIn, job.block * pitchIn)
                    }
                }
            }
        }
    }

    /// Products and results of a block's tiles, of the outputs from `group` on.
    package func compute(
        _ tiles: ArraySlice<Int32>, group first: Int, _ job: Job, to y: MapWindow, memory: UnsafeMutablePointer<Float>
    ) {
        let products = memory + job.values
        let width = min(group, pitchOut - first)
        weights.withUnsafeBufferPointer { weights in
            for point in points {
                let (inner, columns) = (point.slotsIn * pitchIn, point.slotsOut * width)
                ckernels_row_product(
                    tiles.count, columns / PanelWeights.lanes, 1, inner,
                    memory + job.block * point.slotsInBefore * pitchIn, inner, 0,
                    weights.baseAddress! + point.weights + inner * first, zeros, nil, 0, nil,
                    products + job.block * point.slotsOutBefore * width, columns)
            }
        }
        let pixels = products + job.products
        if kind != .doubling, let (lower, upper) = activation.bounds {
            return place(
                tiles, first, width, products: products, step: job.block * width, spare: pixels,
                bounds: [lower, upper],
                to: y)
        }
        let results = side * side
        if kind == .doubling {
            withUnsafeTemporaryAllocation(of: Int32.self, capacity: 49) { offsets in
                for i in 0..<tiles.count {
                    for j in 0..<49 { offsets[j] = job.starts[j] &+ Int32(i) &* job.steps[j] }
                    ckernels_results_of_phases(
                        products, offsets.baseAddress!, pitchOut, bias, pixels + i * results * pitchOut)
                }
            }
        } else {
            for i in 0..<tiles.count {
                let own = (0..<results).map { Optional(pixels + (i * results + $0) * pitchOut) }
                ckernels_results(size, products + i * pitchOut, job.block * pitchOut, pitchOut, bias, nil, own)
            }
        }
        activation.apply(pixels, pixels: tiles.count * results, pitch: pitchOut, scratch: pixels + job.results)
        let gridColumns = (y.columns + side - 1) / side
        for (i, tile) in tiles.enumerated() {
            let (top, left) = (Int(tile) / gridColumns * side, Int(tile) % gridColumns * side)
            let columns = min(side, y.columns - left)
            for row in 0..<min(side, y.rows - top) {
                y.pixel(top + row, left).update(
                    from: pixels + (i * results + row * side) * pitchOut, count: columns * pitchOut)
            }
        }
    }

    /// Aᵀ m A of a block's tiles, limited, where it belongs; what lies beyond the map goes to `spare`.
    private func place(
        _ tiles: ArraySlice<Int32>, _ first: Int, _ width: Int, products: UnsafePointer<Float>, step: Int,
        spare: UnsafeMutablePointer<Float>, bounds: [Float], to y: MapWindow
    ) {
        let gridColumns = (y.columns + side - 1) / side
        let isBounded = bounds[0] > -.infinity
        withUnsafeTemporaryAllocation(of: UnsafeMutablePointer<Float>?.self, capacity: side * side) { target in
            for (i, tile) in tiles.enumerated() {
                let (top, left) = (Int(tile) / gridColumns * side, Int(tile) % gridColumns * side)
                for j in 0..<side * side {
                    let (row, column) = (top + j / side, left + j % side)
                    target[j] = row < y.rows && column < y.columns ? y.pixel(row, column) + first : spare
                }
                bias.withUnsafeBufferPointer { bias in
                    bounds.withUnsafeBufferPointer { bounds in
                        ckernels_results(
                            size, products + i * width, step, width, bias.baseAddress! + first,
                            isBounded ? bounds.baseAddress! : nil, target.baseAddress!)
                    }
                }
            }
        }
    }

    /// The pixels a tile depends on; `nothing` beyond the edges.
    @inline(__always)
    private func gather(
        row: Int, column: Int, from x: MapWindow, nothing: UnsafePointer<Float>,
        into patch: UnsafeMutablePointer<UnsafePointer<Float>?>
    ) {
        let (extent, step, before) = kind == .halving ? (7, 4, 2) : (size, size - 2, 1)
        let (top, left) = (step * row - before, step * column - before)
        var next = patch
        for y in top..<top + extent {
            let isInside = y >= 0 && y < x.rows
            for x0 in left..<left + extent {
                next.pointee = isInside && x0 >= 0 && x0 < x.columns ? UnsafePointer(x.pixel(y, x0)) : nothing
                next += 1
            }
        }
    }
}
