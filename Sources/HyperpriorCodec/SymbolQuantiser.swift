import EntropyCoding
import Neural

/// y and θ to symbols and their tables at one gain: to the nearest integer, or to the one below it in size where that
/// saves more than it spoils.
///
/// A block transform is nearly orthonormal, so that a symbol's squared error is the picture's, whatever its channel. Of
/// |g·y| = a, rounded to q, the smaller q − 1 is sent where
///
///     (a − r(q − 1))² + κ·c(q − 1) < (a − r(q))² + κ·c(q)
///
/// with c the bits of the coder's own table, r where the decoder puts a symbol back, and κ what a bit is worth. Solved
/// for a, that is one threshold for each table and size. Decoders need not know.
struct SymbolQuantiser: Sendable {
    /// κ, in squared quantisation steps a bit. At high rates a bit is worth 0.1155 (−∂D/∂R of D = 2^(−2R)/12); 0.6 of
    /// that, measured, where most symbols are 0.
    static let worthOfBit: Float = 0.07
    /// Sizes that may be lowered; greater ones are seldom, and cost little more than the size below.
    static let sizes = 15

    private let gain: Float
    private let indexer: ScaleIndexer
    /// |g·y| from which a size is kept, (tables, sizes).
    private let thresholds: [Float]

    init(_ backbone: Backbone, gain: Float) {
        self.gain = gain
        let (ladder, coder) = (backbone.scales.ladder, backbone.scales.coder)
        indexer = ScaleIndexer(ladder: ladder, gain: Double(gain))
        guard backbone.weighsRounding else {
            thresholds = [Float](repeating: 0, count: ladder.count * Self.sizes)
            return
        }
        let deviations = ladder.map { max(Float(GaussianScales.least), $0) }
        let offsets = backbone.offsets?(deviations: deviations, gain: gain) ?? deviations.map { _ in 0 }
        thresholds = ladder.indices.flatMap { t in
            (1...Self.sizes).map { size -> Float in
                let (below, size) = (Int32(size - 1), Int32(size))
                let saved = coder.cost(symbol: size, context: t) - coder.cost(symbol: below, context: t)
                let (low, high) = (below == 0 ? 0 : Float(below) - offsets[t], Float(size) - offsets[t])
                return high > low ? (low + high) / 2 + Self.worthOfBit * saved / (2 * (high - low)) : 0
            }
        }
    }

    /// The tables without their bounds' checks: for the symbols' loops.
    struct Unchecked {
        fileprivate let gain: Float
        fileprivate let index: ScaleIndexer.Unchecked
        fileprivate let thresholds: UnsafePointer<Float>

        /// The symbol of y, and the number of its table by θ in fixed point, both at gain 1.
        @inline(__always)
        func callAsFunction(_ y: Float, _ scale: Int32) -> (symbol: Int32, table: UInt8) {
            let table = index(scale)
            let nearest = Symbols.nearest(y, gain)
            let size = Int(nearest.magnitude)
            guard size > 0, size <= SymbolQuantiser.sizes,
                abs(y * gain) < thresholds[Int(table) &* SymbolQuantiser.sizes &+ size &- 1]
            else { return (nearest, table) }
            return (nearest &- nearest.signum(), table)
        }
    }

    @inline(__always)
    func withTables<R>(_ body: (_ symbol: Unchecked) throws -> R) rethrows -> R {
        try thresholds.withUnsafeBufferPointer { thresholds in
            try indexer.withTables { index in
                try body(Unchecked(gain: gain, index: index, thresholds: thresholds.baseAddress!))
            }
        }
    }

    /// The symbols of y, whose θ (fixed point) lie in the same order.
    func symbols(_ values: [Float], scales: [Int32]) -> [Int32] {
        withTables { symbol in zip(values, scales).map { symbol($0, $1).symbol } }
    }
}

enum Symbols {
    /// Round half to even, as the reference does; |result| ≤ 2²².
    @inline(__always)
    static func nearest(_ y: Float, _ gain: Float) -> Int32 {
        // Adding 1.5·2²³ leaves no fractional bits, and rounds as IEEE does.
        let magic: Float = 12_582_912
        let scaled = max(-4_194_303, min(4_194_303, y * gain))
        return Int32(bitPattern: (scaled + magic).bitPattern) &- Int32(bitPattern: magic.bitPattern)
    }
}
