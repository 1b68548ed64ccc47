import Neural
import SideInformation

/// Prediction of a symbol from its channel's symbols in neighbouring cells; what is coded is the difference.
///
/// The transforms leave the mean colours alike from cell to cell. Of the k neighbours that came before a cell in its
/// slice, of sum Σ, the symbol of a channel is predicted as ⌊w(k)·Σ + ½⌋, and the difference's standard deviation is
/// d(k)·θ. w and d are the model's (`prediction.weight` and `prediction.deviation`, (M, 4) for k = 1 … 4); channels
/// whose d is 1 are not predicted. All arithmetic is of integers: both ends must agree.
struct SpatialPrediction: Sendable {
    struct Channel: Sendable {
        let number: Int
        /// w(k) and d(k) for k = 0 … 4, in parts of 2¹⁶.
        fileprivate let weights: [Int64]
        fileprivate let deviations: [Int64]
    }

    let channels: [Channel]
    private static let names = ("prediction.weight", "prediction.deviation")

    /// Nil where the model has none.
    /// - Throws: ``SafeTensors/Failure``, ``CodecFailure/unsuitableModel(path:reason:)``.
    init?(_ file: SafeTensors, channels m: Int) throws {
        guard file.shape(of: Self.names.0) != nil else { return nil }
        let weights = try file.tensor(Self.names.0, shape: [m, 4]).values
        let deviations = try file.tensor(Self.names.1, shape: [m, 4]).values
        guard weights.allSatisfy({ abs($0) <= 4 }), deviations.allSatisfy({ $0 >= 0 && $0 <= 1 }) else {
            throw CodecFailure.unsuitableModel(
                path: file.path, reason: "\(Self.names.0) is not within ±4, or \(Self.names.1) not within 0…1")
        }
        func parts(_ values: ArraySlice<Float>) -> [Int64] { values.map { Int64(($0 * 65536).rounded()) } }
        channels = (0..<m).compactMap { channel in
            let row = 4 * channel..<4 * channel + 4
            guard deviations[row].contains(where: { $0 < 1 }) else { return nil }
            return Channel(
                number: channel, weights: [0] + parts(weights[row]), deviations: [65536] + parts(deviations[row]))
        }
        if channels.isEmpty { return nil }
    }
}

extension SpatialPrediction.Channel {
    /// ⌊w(k)·Σ + ½⌋.
    func prediction(sum: Int64, count: Int) -> Int64 { (weights[count] * sum + 1 << 15) >> 16 }

    /// d(k)·θ, in fixed point as θ.
    func scale(_ scale: Int32, count: Int) -> Int32 {
        Int32(truncatingIfNeeded: (Int64(scale) * deviations[count]) >> 16)
    }
}

/// The symbols of the predicted channels of cells in scan order, and what is coded in their place.
struct PredictedSymbols: Sendable {
    let channels: [SpatialPrediction.Channel]
    private let scan: ScanNeighbours
    /// Symbols, and θ in fixed point, (places, predicted channels).
    private var symbols: [Int32] = []
    private var scales: [Int32] = []

    /// - Parameters:
    ///   - count: channels of a cell.
    ///   - scales: θ of all cells in fixed point at gain 1, (cells, channels).
    ///   - symbol: of a place in the scan and a channel.
    init(
        _ prediction: SpatialPrediction, scan: ScanNeighbours, channels count: Int, scales: [Int32],
        symbol: (_ place: Int, _ channel: Int) -> Int32
    ) {
        (channels, self.scan) = (prediction.channels, scan)
        symbols.reserveCapacity(scan.order.count * channels.count)
        self.scales.reserveCapacity(scan.order.count * channels.count)
        for (place, cell) in scan.order.enumerated() {
            for channel in channels {
                symbols.append(symbol(place, channel.number))
                self.scales.append(scales[Int(cell) * count + channel.number])
            }
        }
    }

    /// `body` gets, for each predicted channel of the cell at `place` in a slice that begins at `first`, what is coded:
    /// the difference and its θ.
    func forEachDifference(
        at place: Int, from first: Int, _ body: (_ channel: Int, _ difference: Int32, _ scale: Int32) -> Void
    ) {
        let near = scan.before(place, from: first)
        for (index, channel) in channels.enumerated() {
            let own = place * channels.count + index
            let sum = near.sum(of: symbols, stride: channels.count, offset: index)
            let difference = Int64(symbols[own]) - channel.prediction(sum: sum, count: near.count)
            body(channel.number, Int32(clamping: difference), channel.scale(scales[own], count: near.count))
        }
    }

    /// By how much `cost` of what is coded is below that of the symbols themselves, cell by cell, were all one slice.
    func savings(_ cost: (_ symbol: Int32, _ scale: Int32) -> Double) -> [(cell: Int, saved: Double)] {
        scan.order.indices.map { place in
            var saved = 0.0
            for own in place * channels.count..<(place + 1) * channels.count {
                saved += cost(symbols[own], scales[own])
            }
            forEachDifference(at: place, from: 0) { saved -= cost($1, $2) }
            return (Int(scan.order[place]), saved)
        }
    }
}

extension SpatialPrediction {
    /// Table numbers of a slice's symbols, (cells, channels), as prediction narrows them.
    func narrow(
        _ contexts: UnsafeMutablePointer<UInt8>, slice: Range<Int>, scan: ScanNeighbours, scales: [Int32],
        channels count: Int, indexer: ScaleIndexer
    ) {
        for place in slice {
            let near = scan.before(place, from: slice.lowerBound).count
            for channel in channels {
                let scale = scales[Int(scan.order[place]) * count + channel.number]
                contexts[(place - slice.lowerBound) * count + channel.number] = indexer.index(
                    of: channel.scale(scale, count: near))
            }
        }
    }

    /// Puts the symbols themselves in the place of a slice's decoded differences, (cells, channels).
    func restore(_ symbols: inout [Int32], slice: Range<Int>, scan: ScanNeighbours, channels count: Int) {
        for place in slice {
            let near = scan.before(place, from: slice.lowerBound).shifted(by: slice.lowerBound)
            for channel in channels {
                let sum = near.sum(of: symbols, stride: count, offset: channel.number)
                let own = (place - slice.lowerBound) * count + channel.number
                // What a damaged stream decodes to may be anything.
                symbols[own] = Int32(
                    clamping: Int64(symbols[own]) + channel.prediction(sum: sum, count: near.count))
            }
        }
    }
}
