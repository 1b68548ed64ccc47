import EntropyCoding
import FeatureMaps
import Imaging
import Neural
import SideInformation

/// What a receiver makes of a stream, whole or not.
public struct Decoding: Sendable {
    /// x̂ where cells arrived, mid-grey elsewhere.
    public let image: Image
    /// The cells the transmitter selected.
    public let requestedMask: Mask
    /// The cells whose slice arrived intact.
    public let receivedMask: Mask
    /// θ at gain 1 of the cells in ``requestedMask``, shape (channels, rows, columns); elsewhere without meaning.
    public let scales: Tensor
    public let gain: Double
    /// Slices that arrived and did not decode.
    public let damagedSlices: [Int]
}

extension Catalogue {
    /// The picture of what arrived.
    ///
    /// - Throws: ``CodecFailure`` where the stream was made with other weights, or its ŝ does not decode. A slice that
    ///   does not decode counts as lost.
    public func decode(_ stream: Bitstream) throws -> Decoding {
        let symbols = try decodeSymbols(stream)
        let backbone = backbones[symbols.entry.backbone]
        let (rows, columns) = Self.latentSize(width: stream.header.width, height: stream.header.height)
        let image = backbone.picture(
            symbols, mask: symbols.received, rows: rows, columns: columns, width: stream.header.width,
            height: stream.header.height)
        return Decoding(
            image: image, requestedMask: stream.mask, receivedMask: symbols.received,
            scales: Analysis.planar(symbols.scales, channels: backbone.m, rows: rows, columns: columns),
            gain: Double(symbols.entry.gain),
            damagedSlices: symbols.damaged)
    }

    /// What the entropy decoder gives: symbols and θ, cell by cell.
    struct DecodedSymbols {
        let entry: Entry
        /// (cells, channels); 0 where nothing arrived.
        var values: [Int32]
        /// θ in fixed point, (cells, channels).
        let scales: [Int32]
        var received: Mask
        var damaged: [Int]
    }

    func decodeSymbols(_ stream: Bitstream) throws -> DecodedSymbols {
        let header = stream.header
        guard header.model == UInt32(truncatingIfNeeded: identity) else {
            throw CodecFailure.otherModel(expected: UInt32(truncatingIfNeeded: identity), found: header.model)
        }
        let entry = try entry(of: header)
        let backbone = backbones[entry.backbone]
        let mask = stream.mask
        let (rows, columns, channels) = (mask.height, mask.width, backbone.m)
        let hyperCells = HyperRegion.cells(for: mask)
        guard let hyper = backbone.decodeHyper(stream.sections.hyper, cells: hyperCells, gain: entry.gain) else {
            throw CodecFailure.malformed(section: "hyper section", reason: "its bytes are no coded ŝ of this size")
        }
        let scales =
            mask.count == 0
            ? [Int32](repeating: 0, count: rows * columns * channels)
            : backbone.scales(
                of: hyper, step: backbone.step(gain: entry.gain), rows: rows / 4, columns: columns / 4,
                needed: hyperCells)
        var result = DecodedSymbols(
            entry: entry, values: .init(repeating: 0, count: rows * columns * channels), scales: scales,
            received: Mask(width: columns, height: rows, repeating: false), damaged: [])
        guard mask.count > 0 else { return result }
        let order = ScanOrder(rows: rows, columns: columns).cells.filter { mask.values[Int($0)] }
        let indexer = ScaleIndexer(ladder: backbone.scales.ladder, gain: Double(entry.gain))
        let scan = ScanNeighbours(order: order, rows: rows, columns: columns)
        for (index, slice) in stream.slices.enumerated() {
            guard let slice else { continue }
            let places = stream.table.entries[index].cells
            if let symbols = backbone.decode(
                slice: slice, places: places, scan: scan, scales: scales, indexer: indexer)
            {
                result.insert(symbols, cells: order[places], channels: channels)
            } else {
                result.damaged.append(index)
            }
        }
        return result
    }

    private func entry(of header: Bitstream.Header) throws -> Entry {
        if let gain = header.gain { return Entry(backbone: entries[referenceRate - 1].backbone, gain: gain) }
        try check(rate: header.rate)
        return entries[header.rate - 1]
    }
}

extension Catalogue.DecodedSymbols {
    fileprivate mutating func insert(_ symbols: [Int32], cells: ArraySlice<Int32>, channels: Int) {
        for (place, cell) in cells.enumerated() {
            values.replaceSubrange(
                Int(cell) * channels..<(Int(cell) + 1) * channels,
                with: symbols[place * channels..<(place + 1) * channels])
            received.values[Int(cell)] = true
        }
    }
}

extension Backbone {
    /// The symbols of a slice's cells, (cells, channels); nil where it is damaged.
    fileprivate func decode(
        slice: [UInt8], places: Range<Int>, scan: ScanNeighbours, scales: [Int32], indexer: ScaleIndexer
    ) -> [Int32]? {
        var contexts = [UInt8](repeating: 0, count: places.count * m)
        var symbols = [Int32](repeating: 0, count: places.count * m)
        contexts.withUnsafeMutableBufferPointer { contexts in
            scales.withUnsafeBufferPointer { scales in
                for place in places {
                    let cell = Int(scan.order[place])
                    let from = UnsafeBufferPointer(rebasing: scales[cell * m..<(cell + 1) * m])
                    indexer.indices(of: from, into: contexts.baseAddress! + (place - places.lowerBound) * m)
                }
            }
            prediction?.narrow(
                contexts.baseAddress!, slice: places, scan: scan, scales: scales, channels: m, indexer: indexer)
        }
        let isIntact = contexts.withUnsafeBufferPointer { contexts in
            symbols.withUnsafeMutableBufferPointer {
                self.scales.coder.decode(slice[...], contexts: contexts, into: $0)
            }
        }
        guard isIntact else { return nil }
        prediction?.restore(&symbols, slice: places, scan: scan, channels: m)
        return symbols
    }
}

extension Backbone {
    /// ŷ of some rows of cells: symbols put back within their intervals and divided by the gain.
    func latent(_ symbols: Catalogue.DecodedSymbols, rows: Range<Int>, columns: Int) -> FeatureMap {
        FeatureMap(rows: rows.count, columns: columns, channels: m) {
            fill($0, pitch: FeatureMap.pitch(channels: m), with: symbols, rows: rows, columns: columns)
        }
    }

    func fill(
        _ values: UnsafeMutablePointer<Float>, pitch: Int, with symbols: Catalogue.DecodedSymbols, rows: Range<Int>,
        columns: Int
    ) {
        let gain = symbols.entry.gain
        let rescale = 1 / gain
        let cells = rows.count * columns
        let base = rows.lowerBound * columns * m
        values.update(repeating: 0, count: cells * pitch)
        // The non-zero symbols, gathered, so that the offsets' network sees dense arrays.
        var places: [Int32] = []
        var deviations: [Float] = []
        let unit = 1 / Float(1 << HyperSynthesis.outputFractionBits)
        for i in 0..<cells * m where symbols.values[base + i] != 0 {
            places.append(Int32(i))
            if offsets != nil { deviations.append(max(0.11, Float(symbols.scales[base + i]) * unit * gain)) }
        }
        let corrections = offsets?(deviations: deviations, gain: gain)
        for (k, place) in places.enumerated() {
            let symbol = symbols.values[base + Int(place)]
            let magnitude = Float(abs(symbol)) - (corrections?[k] ?? 0)
            let (cell, channel) = Int(place).quotientAndRemainder(dividingBy: m)
            values[cell * pitch + channel] = (symbol < 0 ? -magnitude : magnitude) * rescale
        }
    }

    /// x̂ as 8-bit pixels, in bands; mid-grey outside `mask`'s cells.
    func picture(
        _ symbols: Catalogue.DecodedSymbols, mask: Mask, rows: Int, columns: Int, width: Int, height: Int
    ) -> Image {
        var image = Image(width: width, height: height, grey: 128)
        let full = !mask.values.contains(false)
        let continuation =
            full ? nil : BorderContinuation(symbols: symbols.values, channels: m, received: symbols.received)
        let band = Self.bandRows(columns: columns)
        for top in stride(from: 0, to: rows, by: band) {
            let bottom = min(rows, top + band)
            guard full || mask.values[top * columns..<bottom * columns].contains(true) else { continue }
            let wide = max(0, top - synthesise.reach)..<min(rows, bottom + synthesise.reach)
            let y = latent(symbols, rows: wide, of: rows, columns: columns, continuation: continuation)
            var region: Region?
            if !full || wide != top..<bottom {
                var needed = [Bool](repeating: false, count: wide.count * columns)
                for row in top..<bottom {
                    for column in 0..<columns {
                        needed[(row - wide.lowerBound) * columns + column] = mask.values[row * columns + column]
                    }
                }
                region = Region(height: wide.count, width: columns, values: needed)
            }
            let x = synthesise(y, cells: region)
            x.withValues { x in
                image.pixels.withUnsafeMutableBufferPointer { pixels in
                    for row in Self.cellSize * top..<min(height, Self.cellSize * bottom) {
                        let line = x + 3 * (row - Self.cellSize * wide.lowerBound) * Self.cellSize * columns
                        let target = pixels.baseAddress! + 3 * row * width
                        for cell in 0..<(width + Self.cellSize - 1) / Self.cellSize
                        where mask.values[row / Self.cellSize * columns + cell] {
                            for i in 3 * cell * Self.cellSize..<3 * min(width, (cell + 1) * Self.cellSize) {
                                target[i] = UInt8(min(1, max(0, line[i])) * 255 + 0.5)
                            }
                        }
                    }
                }
            }
        }
        return image
    }
}
