import EntropyCoding
import Imaging
import Neural
import SideInformation
import Synchronization

/// What one encoding pass knows of a picture, for every rate of the catalogue.
public struct Analysis: Sendable {
    /// One backbone's view: y and θ at gain 1, cell by cell (all channels of a cell side by side).
    struct Latent: Sendable {
        let backbone: Int
        let channels: Int
        /// y, (cells, channels).
        let values: [Float]
        /// z, (n, rows/4, columns/4), before quantisation.
        let hyper: Tensor
        /// ẑ's symbols and θ (cells, channels) in fixed point, for a quantisation step of 1.
        let plain: Quantised
        /// The same θ in single precision, (channels, rows, columns).
        let scales: Tensor
        /// What each cell of ẑ costs at a quantisation step of 1, in bits.
        let hyperBits: [Float]
    }

    /// ẑ and what follows from it.
    struct Quantised: Sendable {
        let symbols: [Int32]
        let scales: [Int32]
    }

    public let width: Int
    public let height: Int
    public let rows: Int
    public let columns: Int
    let catalogue: Catalogue
    let latents: [Latent]

    /// Channels of the reference rate's y.
    public var channels: Int { latent(rate: catalogue.referenceRate).channels }
    public var cells: Int { rows * columns }

    func latent(rate: Int) -> Latent { latents[catalogue.entries[rate - 1].backbone] }

    /// θ of the reference rate's backbone at gain 1, shape (channels, rows, columns).
    public var scales: Tensor { scales(rate: catalogue.referenceRate) }

    /// θ at gain 1 of the backbone behind a rate, shape (channels, rows, columns).
    public func scales(rate: Int) -> Tensor {
        let latent = latent(rate: rate)
        let gain = catalogue.entries[rate - 1].gain
        if catalogue.backbones[latent.backbone].step(gain: gain) == 1 { return latent.scales }
        return Self.planar(
            quantised(latent, gain: gain).scales, channels: latent.channels, rows: rows, columns: columns)
    }

    /// y of the reference rate's backbone at gain 1, before quantisation, shape (channels, rows, columns).
    public func features() -> Tensor {
        let latent = latent(rate: catalogue.referenceRate)
        let (channels, cells) = (latent.channels, cells)
        var result = Tensor(shape: [channels, rows, columns])
        for cell in 0..<cells {
            for channel in 0..<channels {
                result.values[channel * cells + cell] = latent.values[cell * channels + channel]
            }
        }
        return result
    }

    static func planar(_ scales: [Int32], channels: Int, rows: Int, columns: Int) -> Tensor {
        let cells = rows * columns
        let unit: Float = 1 / Float(1 << HyperSynthesis.outputFractionBits)
        let values = [Float](unsafeUninitializedCapacity: scales.count) { buffer, count in
            scales.withUnsafeBufferPointer { scales in
                for cell in 0..<cells {
                    for channel in 0..<channels {
                        buffer[channel * cells + cell] = Float(scales[cell * channels + channel]) * unit
                    }
                }
            }
            count = scales.count
        }
        return Tensor(shape: [channels, rows, columns], values: values)
    }

    /// ẑ and θ for a gain: the same for all gains, unless the model's quantisation step of ẑ depends on it.
    func quantised(_ latent: Latent, gain: Float) -> Quantised {
        let backbone = catalogue.backbones[latent.backbone]
        let step = backbone.step(gain: gain)
        return step == 1 ? latent.plain : backbone.quantise(latent.hyper, step: step)
    }

    // MARK: bits, before anything is coded

    /// What the symbols of each cell cost at a rate, in bits: −log₂ P of the coder's own tables, summed over channels;
    /// where the model predicts, with all neighbours that come before in the scan.
    public func cellBits(rate: Int) -> [Float] { cellBits(catalogue.entries[rate - 1]) }

    /// The same at any gain of the reference rate's backbone.
    public func cellBits(gain: Double) -> [Float] { cellBits(entry(gain)) }

    private func entry(_ gain: Double) -> Catalogue.Entry {
        Catalogue.Entry(backbone: catalogue.entries[catalogue.referenceRate - 1].backbone, gain: Float(gain))
    }

    private func cellBits(_ entry: Catalogue.Entry) -> [Float] {
        let latent = latents[entry.backbone]
        let backbone = catalogue.backbones[latent.backbone]
        let quantiser = SymbolQuantiser(backbone, gain: entry.gain)
        let quantised = quantised(latent, gain: entry.gain)
        let channels = latent.channels
        let coder = backbone.scales.coder
        let tables = coder.tables
        var result = [Float](repeating: 0, count: cells)
        result.withUnsafeMutableBufferPointer { result in
            nonisolated(unsafe) let result = result.baseAddress!
            let cells = cells
            let step = max(1, (cells + 15) / 16)
            let zeroCosts = tables.offsets.indices.map { coder.cost(symbol: 0, context: $0) }
            coder.withCosts { costs, starts, offsets in
                nonisolated(unsafe) let (costs, starts, offsets) = (costs, starts, offsets)
                forEachConcurrently((cells + step - 1) / step) { piece in
                    latent.values.withUnsafeBufferPointer { values in
                        quantised.scales.withUnsafeBufferPointer { scales in
                            quantiser.withTables { symbol in
                                for cell in piece * step..<min(cells, (piece + 1) * step) {
                                    var sum: Float = 0
                                    for i in cell * channels..<(cell + 1) * channels {
                                        let (symbol, table) = symbol(values[i], scales[i])
                                        let t = Int(table)
                                        guard symbol != 0 else {
                                            sum += zeroCosts[t]
                                            continue
                                        }  // most of them
                                        let k = symbol &- offsets[t]
                                        if k >= 0, k < tables.limit(t) {
                                            sum += costs[Int(starts[t]) + Int(k)]
                                        } else {
                                            sum += coder.cost(symbol: symbol, context: t)
                                        }
                                    }
                                    result[cell] = sum
                                }
                            }
                        }
                    }
                }
            }
        }
        let indexer = ScaleIndexer(ladder: backbone.scales.ladder, gain: Double(entry.gain))
        for (cell, saved) in savings(
            latent, quantised, quantiser, ofCells: nil,
            { symbol, scale in
                Double(coder.cost(symbol: symbol, context: Int(indexer.index(of: scale))))
            })
        {
            result[cell] -= Float(saved)
        }
        return result
    }

    /// What prediction from neighbours saves of each cell's bits, were all cells, or `mask`'s, in one slice.
    private func savings(
        _ latent: Latent, _ quantised: Quantised, _ quantiser: SymbolQuantiser, ofCells mask: Mask?,
        _ cost: (_ symbol: Int32, _ scale: Int32) -> Double
    ) -> [(cell: Int, saved: Double)] {
        guard let prediction = catalogue.backbones[latent.backbone].prediction else { return [] }
        let all = ScanOrder(rows: rows, columns: columns).cells
        let order = mask.map { mask in all.filter { mask.values[Int($0)] } } ?? all
        return quantiser.withTables { symbol in
            PredictedSymbols(
                prediction, scan: ScanNeighbours(order: order, rows: rows, columns: columns),
                channels: latent.channels, scales: quantised.scales,
                symbol: { place, channel in
                    let i = Int(order[place]) * latent.channels + channel
                    return symbol(latent.values[i], quantised.scales[i]).symbol
                }
            ).savings(cost)
        }
    }

    /// What ẑ costs at a rate, in bits, if only the part that θ of `mask`'s cells depends on is sent (nil: all).
    public func hyperBits(rate: Int, mask: Mask? = nil) -> Double { hyperBits(catalogue.entries[rate - 1], mask) }

    /// The same at any gain of the reference rate's backbone.
    public func hyperBits(gain: Double, mask: Mask? = nil) -> Double { hyperBits(entry(gain), mask) }

    private func hyperBits(_ entry: Catalogue.Entry, _ mask: Mask?) -> Double {
        let latent = latents[entry.backbone]
        let backbone = catalogue.backbones[latent.backbone]
        let step = backbone.step(gain: entry.gain)
        let costs =
            step == 1
            ? latent.hyperBits : backbone.hyperCosts(quantised(latent, gain: entry.gain).symbols, gain: entry.gain)
        guard let mask else { return costs.reduce(0) { $0 + Double($1) } }
        return zip(costs, HyperRegion.cells(for: mask)).reduce(0) { $0 + ($1.1 ? Double($1.0) : 0) }
    }

    /// −log₂ of the likelihood of the masked cells' symbols under the model itself (Eq. 4), in bits: what the range
    /// coder's integer tables approximate, as one slice. Slow; for reports. The cores share the cells,
    /// and the sum is made in their order.
    public func theoreticalBits(rate: Int, mask: Mask) -> Double {
        let entry = catalogue.entries[rate - 1]
        let latent = latent(rate: rate)
        let quantised = quantised(latent, gain: entry.gain)
        let quantiser = SymbolQuantiser(catalogue.backbones[latent.backbone], gain: entry.gain)
        let unit = Double(entry.gain) / Double(1 << HyperSynthesis.outputFractionBits)
        let information = SymbolInformation()
        let chosen = (0..<cells).filter { mask.values[$0] }
        let (share, most) = (64, 16 * 64)
        var sum = 0.0
        for first in stride(from: 0, to: chosen.count, by: most) {
            let part = chosen[first..<min(chosen.count, first + most)]
            let values = Mutex([[Double]](repeating: [], count: (part.count + share - 1) / share))
            forEachConcurrently((part.count + share - 1) / share) { number in
                let own = quantiser.withTables { symbol in
                    part.dropFirst(number * share).prefix(share).flatMap { cell in
                        (cell * latent.channels..<(cell + 1) * latent.channels).map { i in
                            information.of(
                                symbol(latent.values[i], quantised.scales[i]).symbol,
                                scale: Double(quantised.scales[i]) * unit)
                        }
                    }
                }
                values.withLock { $0[number] = own }
            }
            for own in values.withLock({ $0 }) { for value in own { sum += value } }
        }
        for (_, saved) in savings(
            latent, quantised, quantiser, ofCells: mask,
            { symbol, scale in
                information.of(symbol, scale: Double(scale) * unit)
            })
        {
            sum -= saved
        }
        return sum
    }
}

/// Which cells of ẑ the standard deviations of given cells of y depend on.
enum HyperRegion {
    /// - Returns: rows/4 × columns/4 truth values.
    static func cells(for mask: Mask) -> [Bool] {
        let (rows, columns) = (mask.height / 4, mask.width / 4)
        var result = [Bool](repeating: false, count: rows * columns)
        // A cell needs its neighbours (3×3); each of the two deconvolutions reaches ⌈(x−2)/2⌉…⌊(x+2)/2⌋.
        func reach(_ x: Int, _ extent: Int) -> ClosedRange<Int> {
            var (low, high) = (max(0, x - 1), min(4 * extent - 1, x + 1))
            for size in [2 * extent, extent] {
                low = max(0, (low - 1) >> 1)
                high = min(size - 1, (high + 2) >> 1)
            }
            return low...high
        }
        let columnReach = (0..<mask.width).map { reach($0, columns) }
        for row in 0..<mask.height {
            let rowReach = reach(row, rows)
            for column in 0..<mask.width where mask[row, column] {
                for y in rowReach {
                    for x in columnReach[column] { result[y * columns + x] = true }
                }
            }
        }
        return result
    }
}
