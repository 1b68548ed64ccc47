/// What an image costs and what it is worth at every (α, Φ): the step functions B(Φ, α; x) and V(Φ, α; x) of (32).
///
/// Both change only where α passes the importance of a cell. Step s selects the cells with I ≥ `alphas[s]`; with all
/// distinct importances as steps the table is exact, thinned to a few dozen it still is exact at each of its steps.
/// The transmitter keeps the exact one and sends the thinned one (`bytes`) to the controller.
public struct ImageProfile: Sendable, Equatable {
    /// Strictly falling thresholds.
    public var alphas: [Float]
    /// How many cells each step selects.
    public var selected: [Int]
    public var cellCount: Int
    public var rateCount: Int
    /// All bits of the picture, `(rate − 1)·steps + step`: header, prompt, ŝ, mask, slices.
    public var bits: [Int]
    /// GVIF (27), laid out like `bits`.
    public var gvif: [Double]
    /// The importance-weighted objective, laid out like `bits`; empty where nobody asked for it.
    public var weighted: [Double]
    public var promptOnlyBits: Int
    /// Mask PSNR in dB each rate promises; empty where unknown.
    public var quality: [Double]
    /// True where every distinct importance is a step.
    public var isExact: Bool

    public var stepCount: Int { alphas.count }

    /// - Parameters:
    ///   - cells: the image's bits and information.
    ///   - alphaMax: the threshold bound that will be asked for; always kept as a step of its own.
    ///   - maximumSteps: nil for the exact table, else the number of steps to thin it to (at least 4).
    ///   - withWeighted: also tabulate `Objective.weighted`.
    ///   - maskBits: what it takes to say which cells are selected.
    public init(
        cells: CellTable, alphaMax: Float = 0.8, maximumSteps: Int? = nil, withWeighted: Bool = false,
        maskBits: (_ selected: [Bool]) -> Int
    ) {
        let order = cells.importance.indices.sorted { cells.importance[$0] > cells.importance[$1] }
        let every = Self.steps(cells.importance, order: order, alphaMax: alphaMax)
        let steps =
            maximumSteps.map { $0 < every.count ? Self.thinned(every, to: max(4, $0), keeping: alphaMax) : every }
            ?? every
        alphas = steps.map(\.alpha)
        selected = steps.map(\.selected)
        cellCount = order.count
        rateCount = cells.bits.count
        promptOnlyBits = cells.promptOnlyBits
        quality = cells.quality
        isExact = steps.count == every.count
        bits = []
        gvif = []
        weighted = []
        accumulate(cells, order: order, withWeighted: withWeighted, maskBits: maskBits)
    }

    /// The distinct thresholds from high to low with the cells each selects; ties fall together (I ≥ α, Eq. 17).
    private static func steps(
        _ importance: [Float], order: [Int], alphaMax: Float
    ) -> [(alpha: Float, selected: Int)] {
        var steps: [(alpha: Float, selected: Int)] = []
        for (position, cell) in order.enumerated() {
            if steps.last?.alpha == importance[cell] {
                steps[steps.count - 1].selected = position + 1
            } else {
                steps.append((importance[cell], position + 1))
            }
        }
        if let index = steps.firstIndex(where: { $0.alpha <= alphaMax }) {
            if steps[index].alpha < alphaMax, index > 0 {
                steps.insert((alphaMax, steps[index - 1].selected), at: index)
            }
        } else {
            steps.append((alphaMax, order.count))
        }
        return steps
    }

    /// Fills the tables: along `order`, the sums over the cells that each step selects.
    private mutating func accumulate(
        _ cells: CellTable, order: [Int], withWeighted: Bool, maskBits: (_ selected: [Bool]) -> Int
    ) {
        let importance = cells.importance
        var mask = [Bool](repeating: false, count: order.count)
        var filled = 0
        let sideBits = selected.map { selected in
            while filled < selected {
                mask[order[filled]] = true
                filled += 1
            }
            return maskBits(mask) + cells.overheadBits
        }
        let reference = max(cells.referenceInformation, .leastNormalMagnitude)
        let weightedReference = max(
            zip(importance, cells.referenceCells).reduce(0) { $0 + Double($1.0) * $1.1 }, .leastNormalMagnitude)
        for rate in 0..<rateCount {
            var position = 0
            var features = 0.0
            var information = 0.0
            var weight = 0.0
            for (index, selected) in selected.enumerated() {
                while position < selected {
                    let cell = order[position]
                    features += Double(cells.bits[rate][cell])
                    information += cells.information[rate][cell]
                    weight += Double(importance[cell]) * cells.information[rate][cell]
                    position += 1
                }
                let slices = (features / Double(cells.sliceBits)).rounded(.up)
                bits.append(sideBits[index] + Int((features + slices * Double(cells.sliceOverheadBits)).rounded(.up)))
                gvif.append(information / reference)
                if withWeighted { weighted.append(weight / weightedReference) }
            }
        }
    }

    /// Keeps `count` steps, even in the square root of the number of selected cells: finer where little is sent,
    /// since that is where a step costs the largest share of a tight budget.
    static func thinned(
        _ steps: [(alpha: Float, selected: Int)], to count: Int, keeping alphaMax: Float
    ) -> [(alpha: Float, selected: Int)] {
        var kept = Set([0, steps.count - 1])
        if let bound = steps.firstIndex(where: { $0.alpha <= alphaMax }) { kept.insert(bound) }
        let total = Double(steps[steps.count - 1].selected).squareRoot()
        var index = 0
        for slot in 0..<(count - 3) {
            let wanted = total * Double(slot + 1) / Double(count - 3)
            while index < steps.count - 1, Double(steps[index].selected).squareRoot() < wanted { index += 1 }
            kept.insert(index)
        }
        return kept.sorted().map { steps[$0] }
    }

    /// The step that α selects: the lowest threshold that is not below α; nil where α selects no cell.
    public func step(alpha: Float) -> Int? {
        guard let first = alphas.first, alpha <= first else { return nil }
        var low = 0
        var high = alphas.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if alphas[middle] >= alpha { low = middle } else { high = middle }
        }
        return low
    }

    /// B(Φ, α; x).
    public func bits(alpha: Float, rate: Int) -> Int {
        step(alpha: alpha).map { bits[(rate - 1) * stepCount + $0] } ?? promptOnlyBits
    }

    /// V(Φ, α; x).
    public func gvif(alpha: Float, rate: Int) -> Double {
        step(alpha: alpha).map { gvif[(rate - 1) * stepCount + $0] } ?? 0
    }

    /// The objective at one entry of the table.
    func value(_ entry: Int, _ objective: Objective) -> Double {
        objective == .weighted && !weighted.isEmpty ? weighted[entry] : gvif[entry]
    }
}
