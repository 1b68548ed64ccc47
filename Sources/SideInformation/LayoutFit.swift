import EntropyCoding
import Imaging

/// Finds the layout that stands nearest to the pixels that are not sent, within so many bytes.
///
/// The cosines are not orthogonal over part of a photo, so symbols are improved one after the other, each against what
/// the others leave, by squared error plus λ times bits; the step is the one that ends with the least error.
struct LayoutFit {
    private let code: LayoutCode
    /// Products of the cosines over what is not sent, (places, places), and with Y, Cb, Cr.
    private var gram: [Float] = []
    private var products: [[Float]] = []
    private var energy: Double = 0
    private let count: Int

    /// - Parameters:
    ///   - cells: true where a 16-pixel cell is not sent.
    init(_ image: Image, missing cells: Mask) {
        code = LayoutCode(width: image.width, height: image.height)
        count = code.places.count
        let samples = LayoutSamples(image, missing: cells)
        accumulate(samples)
    }

    private mutating func accumulate(_ samples: LayoutSamples) {
        var gram = [Float](repeating: 0, count: count * count)
        var products = [[Float]](repeating: .init(repeating: 0, count: count), count: 3)
        let across = samples.means(Layout.cosines(samples.width, count: 64), samples.columns)
        let down = samples.means(Layout.cosines(samples.height, count: 64), samples.rows)
        var basis = [Float](repeating: 0, count: count)
        let total = samples.weights.reduce(0, +)
        for i in samples.weights.indices where samples.weights[i] > 0 {
            let weight = samples.weights[i] / total
            let (row, column) = (i / samples.columns, i % samples.columns)
            for (k, place) in code.places.enumerated() { basis[k] = across[place.u][column] * down[place.v][row] }
            for plane in 0..<3 {
                let value = weight * samples.values[plane][i]
                energy += Double(value * samples.values[plane][i])
                for k in 0..<count { products[plane][k] += value * basis[k] }
            }
            gram.withUnsafeMutableBufferPointer { gram in
                for k in 0..<count {
                    let scaled = weight * basis[k]
                    let line = k * count
                    for l in 0..<count { gram[line + l] += scaled * basis[l] }
                }
            }
        }
        (self.gram, self.products) = (gram, products)
    }

    /// The best layout of at most `bytes`; nil where none says anything.
    func best(bytes: Int, width: Int, height: Int) -> Layout? {
        var best: (layout: Layout, error: Double)?
        for step in 0..<LayoutCode.stepCount {
            // The least λ whose symbols fit: halving its logarithm, from a fiftieth of the step's square to twice that.
            var (loose, strict) = (0.02, 2.0)
            for _ in 0..<7 {
                let middle = (loose * strict).squareRoot()
                let (symbols, error) = quantised(step: step, strictness: middle)
                let layout = Layout(step: step, symbols: symbols)
                guard code.information(step: step, symbols: symbols) <= Double(8 * bytes),
                    layout.bytes(width: width, height: height).count <= bytes
                else {
                    loose = middle
                    continue
                }
                strict = middle
                if error < best?.error ?? energy { best = (layout, error) }
            }
        }
        return best?.layout
    }

    /// Symbols at a step and their squared error over what is not sent; λ is `strictness` times the step's square.
    private func quantised(step: Int, strictness: Double) -> (symbols: [[Int32]], error: Double) {
        let size = Float(Layout.stepSize(step))
        let price = Float(strictness) * size * size
        var symbols = LayoutCode.counts.map { [Int32](repeating: 0, count: $0) }
        var error = energy
        for plane in 0..<3 {
            var gradient = products[plane]
            for _ in 0..<4 {
                var hasChanged = false
                for k in 0..<LayoutCode.counts[plane] {
                    let curvature = gram[k * count + k]
                    guard curvature > 1e-6 else { continue }
                    let old = symbols[plane][k]
                    let ideal = Float(old) + gradient[k] / (curvature * size)
                    let nearest = Int32(max(-511, min(511, ideal.rounded())))
                    let p = code.context(plane: plane, place: k, step: step, symbols: symbols)
                    var choice: (symbol: Int32, cost: Float) = (0, .infinity)
                    for symbol in Set([nearest, nearest - nearest.signum(), 0]).sorted() {
                        let off = (Float(symbol) - ideal) * size
                        let cost = curvature * off * off + price * Float(LayoutCode.cost(symbol, context: p))
                        if cost < choice.cost { choice = (symbol, cost) }
                    }
                    guard choice.symbol != old else { continue }
                    symbols[plane][k] = choice.symbol
                    let change = size * Float(choice.symbol - old)
                    error += Double(curvature * change * change - 2 * gradient[k] * change)
                    for l in 0..<count { gradient[l] -= change * gram[k * count + l] }
                    hasChanged = true
                }
                if !hasChanged { break }
            }
        }
        return (symbols, error)
    }
}

/// A photo's colours over blocks of pixels, each weighted by how much of it is not sent.
struct LayoutSamples {
    let width, height: Int
    let rows, columns: Int
    let block: Int
    /// Pixels not sent.
    private(set) var weights: [Float]
    /// Means over these of Y − 128, Cb and Cr.
    private(set) var values: [[Float]]

    init(_ image: Image, missing cells: Mask) {
        (width, height) = (image.width, image.height)
        var block = 4
        while ((width + block - 1) / block) * ((height + block - 1) / block) > 3000 { block *= 2 }
        self.block = block
        (rows, columns) = ((height + block - 1) / block, (width + block - 1) / block)
        weights = .init(repeating: 0, count: rows * columns)
        values = .init(repeating: .init(repeating: 0, count: rows * columns), count: 3)
        for y in 0..<height {
            for x in 0..<width where cells.values[(y / Layout.cellSize) * cells.width + x / Layout.cellSize] {
                let (i, pixel) = ((y / block) * columns + x / block, 3 * (y * width + x))
                let (r, g, b) = (
                    Float(image.pixels[pixel]), Float(image.pixels[pixel + 1]), Float(image.pixels[pixel + 2])
                )
                let luma = 0.299 * r + 0.587 * g + 0.114 * b
                weights[i] += 1
                values[0][i] += luma - 128
                values[1][i] += 0.564334 * (b - luma)
                values[2][i] += 0.713267 * (r - luma)
            }
        }
        for i in weights.indices where weights[i] > 0 {
            for plane in 0..<3 { values[plane][i] /= weights[i] }
        }
    }

    /// Cosines over pixels as means over blocks.
    func means(_ table: [[Float]], _ count: Int) -> [[Float]] {
        table.map { line in
            (0..<count).map { i in
                let part = line[i * block..<min(line.count, (i + 1) * block)]
                return part.reduce(0, +) / Float(part.count)
            }
        }
    }
}

extension Layout {
    /// The layout of a photo, fitted to the cells that are not sent.
    ///
    /// - Parameters:
    ///   - image: the whole photo.
    ///   - sent: the selected cells, on the latent's grid.
    ///   - bytes: the most it may take; below ``leastBytes`` there is none.
    /// - Returns: nil where all is sent or nothing is gained.
    public static func fit(_ image: Image, sent: Mask, bytes: Int) -> Layout? {
        guard bytes >= leastBytes, sent.values.contains(false) else { return nil }
        var missing = sent
        for i in missing.values.indices { missing.values[i].toggle() }
        // Cells beyond the photo's edge hold no pixels.
        let cell = Layout.cellSize
        let (rows, columns) = ((image.height + cell - 1) / cell, (image.width + cell - 1) / cell)
        guard (0..<rows).contains(where: { row in (0..<columns).contains { missing[row, $0] } }) else { return nil }
        return LayoutFit(image, missing: missing).best(
            bytes: min(bytes, mostBytes), width: image.width, height: image.height)
    }
}
