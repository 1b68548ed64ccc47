import EntropyCoding
import Imaging
import Neural
import SideInformation

extension Catalogue {
    /// The bitstream of the selected cells at a rate.
    ///
    /// - Parameters:
    ///   - analysis: the photo's latent and hyperlatent.
    ///   - rate: from 1 (lowest).
    ///   - mask: the selected cells, on the latent's grid.
    ///   - importance: orders the slices, on the same grid.
    ///   - prompt: the caption that goes along.
    ///   - alpha: the threshold the mask came from, for the record.
    ///   - referenceInformation: the denominator of GVIF.
    ///   - slicePayload: the most bytes a slice may have.
    ///   - layout: goes along where given; in a preamble of its own section.
    /// - Throws: ``CodecFailure``.
    public func encode(
        _ analysis: Analysis, rate: Int, mask: Mask, importance: Plane, prompt: String, alpha: Float,
        referenceInformation: Float,
        slicePayload: Int = 1100, layout: Layout? = nil
    ) throws -> Bitstream {
        try check(rate: rate)
        return try encode(
            analysis, rate: rate, entry: entries[rate - 1], mask: mask, importance: importance, prompt: prompt,
            alpha: alpha,
            referenceInformation: referenceInformation, slicePayload: slicePayload, layout: layout)
    }

    /// The same at any gain of the reference backbone, between the catalogue's own too.
    public func encode(
        _ analysis: Analysis, gain: Double, mask: Mask, importance: Plane, prompt: String, alpha: Float,
        referenceInformation: Float,
        slicePayload: Int = 1100, layout: Layout? = nil
    ) throws -> Bitstream {
        guard gain > 1e-4, gain < 1e4 else { throw CodecFailure.unsuitableRequest("a gain of \(gain)") }
        return try encode(
            analysis, rate: 0, entry: Entry(backbone: entries[referenceRate - 1].backbone, gain: Float(gain)),
            mask: mask, importance: importance,
            prompt: prompt, alpha: alpha, referenceInformation: referenceInformation, slicePayload: slicePayload,
            layout: layout)
    }

    /// What everything but the slices will take, were `mask` sent: exact but for ŝ and the slice table,
    /// which are predicted.
    public func sideInformation(
        _ analysis: Analysis, rate: Int, mask: Mask, prompt: String, featureBits: Double = 0, slicePayload: Int = 1100
    ) -> SectionBits {
        var coder = BitEncoder()
        MaskCode.encode(mask, with: &coder)
        let promptBits = 8 * PromptCode.encode(PromptCode.sendable(prompt)).count
        // About two bytes a slice: its cells, its length, its place.
        let slices = Int((featureBits / Double(8 * slicePayload)).rounded(.up))
        return SectionBits(
            header: 21 * 8, prompt: promptBits, mask: 8 * coder.finish().count + 16 * slices,
            hyper: 8 * Int((analysis.hyperBits(rate: rate, mask: mask) / 8 + 3).rounded(.up)),
            features: 0)
    }

    /// The bits of header, prompt and mask for a candidate mask: what Adaptation adds to the features and ŝ.
    public func maskBits(_ mask: Mask) -> Int {
        var coder = BitEncoder()
        MaskCode.encode(mask, with: &coder)
        return 8 * coder.finish().count
    }

    private func encode(
        _ analysis: Analysis, rate: Int, entry: Entry, mask: Mask, importance: Plane, prompt: String, alpha: Float,
        referenceInformation: Float,
        slicePayload: Int, layout: Layout?
    ) throws -> Bitstream {
        guard mask.width == analysis.columns, mask.height == analysis.rows, importance.width == mask.width,
            importance.height == mask.height
        else {
            throw CodecFailure.unsuitableRequest(
                "mask \(mask.width)×\(mask.height) and importance \(importance.width)×\(importance.height) "
                    + "on a latent of \(analysis.columns)×\(analysis.rows)"
            )
        }
        guard alpha >= 0, alpha <= 1, referenceInformation.isFinite, referenceInformation >= 0 else {
            throw CodecFailure.unsuitableRequest("α of \(alpha) and reference information of \(referenceInformation)")
        }
        let latent = analysis.latents[entry.backbone]
        let backbone = backbones[entry.backbone]
        guard (backbone.leastSlicePayload...SliceTable.greatestByteCount).contains(slicePayload) else {
            throw CodecFailure.unsuitableSlicePayload(
                slicePayload, least: backbone.leastSlicePayload, channels: backbone.m)
        }
        let quantised = analysis.quantised(latent, gain: entry.gain)
        let hyper = backbone.encodeHyper(quantised.symbols, cells: HyperRegion.cells(for: mask), gain: entry.gain)
        let order = ScanOrder(rows: mask.height, columns: mask.width).cells.filter { mask.values[Int($0)] }
        let scan = ScanNeighbours(order: order, rows: mask.height, columns: mask.width)
        var features = FeatureCells(latent, quantised: quantised, scan: scan, backbone: backbone, gain: entry.gain)
        var segments: [(entry: SliceTable.Entry, bytes: [UInt8], importance: Double)] = []
        var position = 0
        while position < order.count {
            let (end, bytes) = features.segment(from: position, payload: slicePayload)
            let weight =
                order[position..<end].reduce(0.0) { $0 + Double(importance.values[Int($1)]) } / Double(end - position)
            segments.append((.init(cells: position..<end, byteCount: bytes.count), bytes, weight))
            position = end
        }
        // Descending importance; equals keep the scan's order.
        segments = segments.enumerated().sorted {
            ($0.element.importance, -$0.offset) > ($1.element.importance, -$1.offset)
        }.map(\.element)
        let text = PromptCode.sendable(prompt)
        return Bitstream(
            header: .init(
                width: analysis.width, height: analysis.height, rate: rate, gain: rate == 0 ? entry.gain : nil,
                alpha: (alpha * 10000).rounded() / 10000, model: UInt32(truncatingIfNeeded: identity),
                referenceInformation: referenceInformation),
            prompt: text, layout: layout, mask: mask,
            table: SliceTable(entries: segments.map(\.entry)), hyper: hyper,
            slices: segments.map(\.bytes))
    }
}

/// The symbols and contexts of the selected cells, in scan order, ready to be cut into slices.
struct FeatureCells {
    let channels: Int
    private(set) var symbols: [Int32]
    private(set) var contexts: [UInt8]
    /// Bits of each cell, but for channels that are predicted: what they cost depends on where the slice begins.
    private var costs: [Float]
    private let coder: SymbolCoder
    private let predicted: PredictedSymbols?
    private let indexer: ScaleIndexer

    init(
        _ latent: Analysis.Latent, quantised: Analysis.Quantised, scan: ScanNeighbours, backbone: Backbone, gain: Float
    ) {
        let (channels, order) = (latent.channels, scan.order)
        let coder = backbone.scales.coder
        let quantiser = SymbolQuantiser(backbone, gain: gain)
        var symbols = [Int32](repeating: 0, count: order.count * channels)
        var contexts = [UInt8](repeating: 0, count: order.count * channels)
        var costs = [Float](repeating: 0, count: order.count)
        let unpredicted = backbone.prediction?.channels.map(\.number) ?? []
        quantiser.withTables { symbol in
            for (place, cell) in order.enumerated() {
                var sum: Float = 0
                for c in 0..<channels {
                    let from = Int(cell) * channels + c
                    let (symbol, table) = symbol(latent.values[from], quantised.scales[from])
                    symbols[place * channels + c] = symbol
                    contexts[place * channels + c] = table
                    sum += coder.cost(symbol: symbol, context: Int(table))
                }
                for c in unpredicted {
                    let i = place * channels + c
                    sum -= coder.cost(symbol: symbols[i], context: Int(contexts[i]))
                }
                costs[place] = sum
            }
        }
        predicted = backbone.prediction.map {
            PredictedSymbols(
                $0, scan: scan, channels: channels, scales: quantised.scales, symbol: { symbols[$0 * channels + $1] })
        }
        indexer = ScaleIndexer(ladder: backbone.scales.ladder, gain: Double(gain))
        (self.channels, self.coder) = (channels, coder)
        (self.symbols, self.contexts, self.costs) = (symbols, contexts, costs)
    }

    /// As many cells from `start` on as fit, and their bytes.
    mutating func segment(from start: Int, payload: Int) -> (end: Int, bytes: [UInt8]) {
        // 20 bits for the coder's start and end.
        let room = Float(8 * payload - 20)
        var end = start
        var sum: Float = 0
        while end < costs.count {
            sum += costs[end] + predict(end, from: start)
            guard sum <= room else { break }
            end += 1
        }
        end = max(end, start + 1)
        while true {
            let bytes = encode(start..<end)
            if bytes.count <= payload { return (end, bytes) }
            if end > start + 1 {
                end -= 1
                continue
            }
            // One cell that does not fit: its outliers are limited to what the tables hold, at most 16 bits each.
            limit(start)
        }
    }

    /// Puts differences in the place of the predicted channels' symbols, for a slice that begins at `start`.
    /// - Returns: what they cost, in bits.
    private mutating func predict(_ place: Int, from start: Int) -> Float {
        guard let predicted else { return 0 }
        var sum: Float = 0
        predicted.forEachDifference(at: place, from: start) { channel, difference, scale in
            let table = indexer.index(of: scale)
            symbols[place * channels + channel] = difference
            contexts[place * channels + channel] = table
            sum += coder.cost(symbol: difference, context: Int(table))
        }
        return sum
    }

    private func encode(_ cells: Range<Int>) -> [UInt8] {
        symbols.withUnsafeBufferPointer { symbols in
            contexts.withUnsafeBufferPointer { contexts in
                let range = cells.lowerBound * channels..<cells.upperBound * channels
                return coder.encode(
                    symbols: .init(rebasing: symbols[range]), contexts: .init(rebasing: contexts[range]))
            }
        }
    }

    private mutating func limit(_ cell: Int) {
        for i in cell * channels..<(cell + 1) * channels {
            let t = Int(contexts[i])
            let offset = coder.tables.offsets[t]
            symbols[i] = max(offset, min(offset + coder.tables.limit(t) - 1, symbols[i]))
        }
    }
}

extension Backbone {
    /// The least `slicePayload`: a cell fits whose every symbol takes the 16 bits of the rarest table entry.
    var leastSlicePayload: Int { Self.leastSlicePayload(channels: m) }
    static func leastSlicePayload(channels: Int) -> Int { 2 * channels + 16 }

    /// What each cell of ẑ costs, in bits.
    func hyperCosts(_ symbols: [Int32], gain: Float) -> [Float] {
        let coder = hyperCoder(gain: gain)
        let plane = symbols.count / n
        var costs = [Float](repeating: 0, count: plane)
        for channel in 0..<n {
            for cell in 0..<plane {
                costs[cell] += coder.cost(symbol: symbols[channel * plane + cell], context: channel)
            }
        }
        return costs
    }

    /// ẑ's symbols at the given cells, channel by channel.
    func encodeHyper(_ symbols: [Int32], cells: [Bool], gain: Float) -> [UInt8] {
        var (chosen, contexts) = ([Int32](), [UInt8]())
        for channel in 0..<n {
            for cell in cells.indices where cells[cell] {
                chosen.append(symbols[channel * cells.count + cell])
                contexts.append(UInt8(channel))
            }
        }
        guard !chosen.isEmpty else { return [] }
        return chosen.withUnsafeBufferPointer { chosen in
            contexts.withUnsafeBufferPointer { hyperCoder(gain: gain).encode(symbols: chosen, contexts: $0) }
        }
    }

    /// All of ẑ's symbols, those not sent 0; nil where the bytes do not decode.
    func decodeHyper(_ bytes: [UInt8], cells: [Bool], gain: Float) -> [Int32]? {
        let count = cells.reduce(0) { $0 + ($1 ? 1 : 0) }
        var contexts: [UInt8] = []
        contexts.reserveCapacity(n * count)
        for channel in 0..<n { contexts += [UInt8](repeating: UInt8(channel), count: count) }
        var chosen = [Int32](repeating: 0, count: contexts.count)
        guard count > 0 || bytes.isEmpty else { return nil }
        let intact = chosen.withUnsafeMutableBufferPointer { chosen in
            contexts.withUnsafeBufferPointer { hyperCoder(gain: gain).decode(bytes[...], contexts: $0, into: chosen) }
        }
        guard intact else { return nil }
        var symbols = [Int32](repeating: 0, count: n * cells.count)
        var next = 0
        for channel in 0..<n {
            for cell in cells.indices where cells[cell] {
                symbols[channel * cells.count + cell] = chosen[next]
                next += 1
            }
        }
        return symbols
    }
}
