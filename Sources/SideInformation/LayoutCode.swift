import EntropyCoding

/// How a layout's symbols are written: the step, how many coefficients of each plane, then each by binary decisions
/// whose probabilities depend on its place and on the neighbours already known. All of it is integer arithmetic.
struct LayoutCode {
    /// Coefficients of Y, Cb and Cr at most.
    static let counts = [256, 64, 64]
    static let stepCount = 20
    static let greatestMagnitude: Int32 = 511
    /// How many coefficients of a plane may be told of; the rest are 0.
    private static let classes = [0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 144, 256]

    /// (u, v), cycles across and down, by frequency over the photo's own sides.
    let places: [(u: Int, v: Int)]
    /// For each place those of (u − 1, v) and (u, v − 1); −1 where there is none.
    private let neighbours: [(Int, Int)]

    init(width: Int, height: Int) {
        var found: [(frequency: Int, u: Int, v: Int)] = []
        for v in 0..<64 {
            for u in 0..<64 { found.append((u * u * height * height + v * v * width * width, u, v)) }
        }
        found.sort { ($0.frequency, $0.v, $0.u) < ($1.frequency, $1.v, $1.u) }
        let places = found.prefix(Self.counts[0]).map { (u: $0.u, v: $0.v) }
        var index = [Int](repeating: -1, count: 64 * 64)
        for (k, place) in places.enumerated() { index[64 * place.v + place.u] = k }
        neighbours = places.map { place in
            (
                place.u > 0 ? index[64 * place.v + place.u - 1] : -1,
                place.v > 0 ? index[64 * (place.v - 1) + place.u] : -1
            )
        }
        self.places = places
    }

    /// The first of the three probabilities of a coefficient.
    @inline(__always)
    func context(plane: Int, place k: Int, step: Int, symbols: [[Int32]]) -> Int {
        let (left, above) = neighbours[k]
        var near = (left >= 0 ? abs(symbols[plane][left]) : 0) + (above >= 0 ? abs(symbols[plane][above]) : 0)
        if plane == 2 { near += abs(symbols[1][k]) }
        // Step q is 2^(q/4) grey levels: q quarters of an octave.
        let level = LayoutTables.deviations[plane][k] - step - LayoutTables.leastLevel
        return 3 * (3 * min(LayoutTables.levelCount - 1, max(0, level)) + Int(min(2, near)))
    }

    private static func usedClass(_ symbols: [Int32]) -> Int {
        let used = (symbols.lastIndex { $0 != 0 } ?? -1) + 1
        return classes.firstIndex { $0 >= used }!
    }

    private static func classCount(plane: Int) -> Int { classes.firstIndex(of: counts[plane])! + 1 }

    func encode(step: Int, symbols: [[Int32]]) -> [UInt8] {
        var coder = BitEncoder()
        coder.encode(uniform: step, below: Self.stepCount)
        for plane in 0..<3 {
            let kind = Self.usedClass(symbols[plane])
            coder.encode(uniform: kind, below: Self.classCount(plane: plane))
            for k in 0..<Self.classes[kind] {
                let p = context(plane: plane, place: k, step: step, symbols: symbols)
                let magnitude = abs(symbols[plane][k])
                for size in 0..<min(magnitude + 1, Self.greatestMagnitude) {
                    coder.encode(magnitude > size, probability: LayoutTables.probabilities[p + Int(min(2, size))])
                }
                if magnitude > 0 { coder.encode(symbols[plane][k] < 0, probability: 1 << 15) }
            }
        }
        return coder.finish()
    }

    /// Any bytes are some layout's.
    func decode(_ bytes: [UInt8]) -> (step: Int, symbols: [[Int32]]) {
        var coder = BitDecoder(bytes[...])
        let step = coder.decode(uniformBelow: Self.stepCount)
        var symbols = Self.counts.map { [Int32](repeating: 0, count: $0) }
        for plane in 0..<3 {
            for k in 0..<Self.classes[coder.decode(uniformBelow: Self.classCount(plane: plane))] {
                let p = context(plane: plane, place: k, step: step, symbols: symbols)
                var magnitude: Int32 = 0
                while magnitude < Self.greatestMagnitude,
                    coder.decode(probability: LayoutTables.probabilities[p + Int(min(2, magnitude))])
                {
                    magnitude += 1
                }
                if magnitude > 0 { symbols[plane][k] = coder.decode(probability: 1 << 15) ? -magnitude : magnitude }
            }
        }
        return (step, symbols)
    }

    /// −log₂ P of one symbol in its context.
    static func cost(_ symbol: Int32, context p: Int) -> Double {
        let magnitude = abs(symbol)
        guard magnitude > 0 else { return costs[2 * p] }
        var bits = 1 + costs[2 * p + 1]
        if magnitude > 1 { bits += costs[2 * p + 3] + Double(magnitude - 2) * costs[2 * p + 5] }
        if magnitude < greatestMagnitude { bits += costs[2 * (p + Int(min(2, magnitude)))] }
        return bits
    }

    /// Bits of each decision, no and yes.
    private static let costs: [Double] = LayoutTables.probabilities.flatMap { p in
        [-ReproducibleMath.log(Double(65536 - Int(p)) / 65536), -ReproducibleMath.log(Double(p) / 65536)].map {
            $0 / 0.6931471805599453
        }
    }

    /// What all symbols take under the model, in bits, the step and the counts included.
    func information(step: Int, symbols: [[Int32]]) -> Double {
        var bits = ReproducibleMath.log(Double(Self.stepCount)) / 0.6931471805599453
        for plane in 0..<3 {
            bits += ReproducibleMath.log(Double(Self.classCount(plane: plane))) / 0.6931471805599453
            for k in 0..<Self.classes[Self.usedClass(symbols[plane])] {
                bits += Self.cost(
                    symbols[plane][k], context: context(plane: plane, place: k, step: step, symbols: symbols))
            }
        }
        return bits
    }
}
