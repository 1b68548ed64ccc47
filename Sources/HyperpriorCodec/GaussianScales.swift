import EntropyCoding
import Neural

/// The zero-mean Gaussian conditional of ŷ: a ladder of standard deviations, one integer table each.
///
/// The reference's ladder has 64 rungs, 13 % apart, and takes the rung above; where most symbols are 0 that costs
/// 2 % of the bits. This one puts further rungs between (three below a deviation of 1, one above) and takes the
/// nearest. Every table is made by the reference's rule.
struct GaussianScales: Sendable {
    /// The model's own ladder, ascending; in single precision as the reference keeps it.
    let table: [Float]
    /// The refined ladder.
    let ladder: [Float]
    let coder: SymbolCoder

    /// −Φ⁻¹(10⁻⁹/2): a table reaches this many deviations to each side.
    static let reach = 6.109410204869002

    /// exp of 64 evenly spaced logarithms between ln 0.11 and ln 256.
    static let standardTable: [Float] = {
        let (from, to) = (ReproducibleMath.log(0.11), ReproducibleMath.log(256))
        let step = Float((to - from) / 63)
        return (0..<64).map { i in
            // The reference builds the line from both ends in single precision.
            let exponent = i < 32 ? Float(from) + step * Float(i) : Float(to) - step * Float(63 - i)
            return Float(ReproducibleMath.exp(Double(exponent)))
        }
    }()

    init(table: [Float] = standardTable) {
        self.table = table
        var ladder: [Float] = []
        for (low, high) in zip(table, table.dropFirst()) {
            let pieces = table.count > 64 ? 1 : low < 1 ? 4 : 2
            let ratio = ReproducibleMath.log(Double(high) / Double(low)) / Double(pieces)
            for piece in 0..<pieces { ladder.append(Float(Double(low) * ReproducibleMath.exp(ratio * Double(piece)))) }
        }
        ladder.append(table.last!)
        self.ladder = ladder
        coder = SymbolCoder(Self.update(ladder))
    }

    /// The tables of every standard deviation: mass between the half-integers, in single precision.
    static func update(_ table: [Float]) -> CumulativeTables {
        var tables = CumulativeTables()
        var rungs = [(cumulative: [UInt32], offset: Int32)](repeating: ([], 0), count: table.count)
        rungs.withUnsafeMutableBufferPointer { rungs in
            nonisolated(unsafe) let rungs = rungs  // every rung is one thread's; the longest begin
            forEachConcurrently(table.count) { i in
                let rung = table.count - 1 - i
                rungs[rung] = distribution(scale: table[rung])
            }
        }
        for rung in rungs { tables.append(cumulative: rung.cumulative, offset: rung.offset) }
        return tables
    }

    private static func distribution(scale: Float) -> (cumulative: [UInt32], offset: Int32) {
        let centre = Int((scale * Float(reach)).rounded(.up))
        func cumulative(_ x: Float) -> Float {
            0.5 * Float(ReproducibleMath.erfc(Double(Float(-0.7071067811865476) * x)))
        }
        var mass = [Float](repeating: 0, count: 2 * centre + 2)
        // An interval begins where the one before ends: −0.5 − d is 0.5 − (d + 1) exactly.
        var lower = cumulative((-0.5 - Float(centre)) / scale)
        mass[2 * centre + 1] = 2 * lower
        for k in 0...centre {
            let upper = cumulative((0.5 - Float(centre - k)) / scale)
            mass[k] = upper - lower
            mass[2 * centre - k] = mass[k]
            lower = upper
        }
        return (CumulativeTables.quantised(mass), -Int32(centre))
    }

    /// The least standard deviation.
    static let least = 0.11

    /// −log₂ of the likelihood itself (bounded at 10⁻⁹), in bits: what the tables approximate.
    static func information(symbol: Int32, scale: Double) -> Double {
        let s = max(scale, least)
        let distance = Double(abs(symbol))
        let c = 0.7071067811865476
        let p =
            0.5 * (ReproducibleMath.erfc((distance - 0.5) / s * c) - ReproducibleMath.erfc((distance + 0.5) / s * c))
        return -ReproducibleMath.log(max(p, 1e-9)) / 0.6931471805599453
    }
}

/// ``GaussianScales/information(symbol:scale:)`` with the commonest results worked out once: small symbols at the least
/// standard deviation, which is that of every channel in which nothing happens.
struct SymbolInformation: Sendable {
    private let quiet = (0..<16).map { GaussianScales.information(symbol: $0, scale: GaussianScales.least) }

    /// In bits.
    func of(_ symbol: Int32, scale: Double) -> Double {
        let size = Int(abs(symbol))
        return scale <= GaussianScales.least && size < quiet.count
            ? quiet[size] : GaussianScales.information(symbol: symbol, scale: scale)
    }
}

/// From fixed-point standard deviations at gain 1 to table numbers at some gain.
///
/// The nearest rung is taken: g·θ is compared with the geometric means of neighbours. The comparison is made between
/// integers, θ > ⌊mean·2ᶠ/g⌋, whose right side takes a root and a division, correctly rounded: the same on every
/// machine. A first guess comes from θ's leading eight bits; less than one rung fits between two guesses.
struct ScaleIndexer: Sendable {
    static let fractionBits = HyperSynthesis.outputFractionBits
    private let thresholds: [Int32]
    private let guesses: [UInt8]

    init(ladder: [Float], gain: Double) {
        let last = ladder.count - 1
        let thresholds = (0..<last).map { i -> Int32 in
            let mean = (Double(ladder[i]) * Double(ladder[i + 1])).squareRoot()
            return Int32(min(Double(Int32.max - 1), (mean * Double(1 << Self.fractionBits) / gain).rounded(.down)))
        }
        self.thresholds = thresholds + [Int32.max]
        var guesses: [UInt8] = []
        var index = 0
        for key in 0..<Self.keys {
            let least = Self.least(key)
            while index < last, Int64(least) > Int64(thresholds[index]) { index += 1 }
            guesses.append(UInt8(index))
        }
        self.guesses = guesses
    }

    /// 256 exact values, then 128 for every further bit of length.
    static let keys = 256 + 23 * 128
    @inline(__always) static func key(_ value: Int32) -> Int {
        let shift = max(0, 24 - value.leadingZeroBitCount)
        return shift << 7 + Int(value >> Int32(shift))
    }
    static func least(_ key: Int) -> Int32 {
        if key < 256 { return Int32(key) }
        let shift = (key >> 7) - 1
        return Int32(key - shift << 7) << Int32(shift)
    }

    /// The tables without their bounds' checks: for the symbols' loops.
    struct Unchecked {
        fileprivate let guesses: UnsafePointer<UInt8>
        fileprivate let thresholds: UnsafePointer<Int32>

        /// The table number of θ ≥ 0 in fixed point.
        @inline(__always)
        func callAsFunction(_ value: Int32) -> UInt8 {
            var index = guesses[ScaleIndexer.key(value)]
            while value > thresholds[Int(index)] { index += 1 }
            return index
        }
    }

    @inline(__always)
    func withTables<R>(_ body: (_ index: Unchecked) throws -> R) rethrows -> R {
        try guesses.withUnsafeBufferPointer { guesses in
            try thresholds.withUnsafeBufferPointer { thresholds in
                try body(Unchecked(guesses: guesses.baseAddress!, thresholds: thresholds.baseAddress!))
            }
        }
    }

    func index(of value: Int32) -> UInt8 { withTables { $0(value) } }

    func indices(of values: UnsafeBufferPointer<Int32>, into result: UnsafeMutablePointer<UInt8>) {
        withTables { index in for i in 0..<values.count { result[i] = index(values[i]) } }
    }
}
