import Determinism
import Fidelity
import Foundation
import HyperpriorCodec
import Imaging
import Inpainting
import Neural
import Report

/// Pearson's correlation of two series of vectors, element by element, as samples come in.
struct ElementwiseCorrelation {
    private(set) var count = 0
    private var sums: (a: [Double], b: [Double], aa: [Double], bb: [Double], ab: [Double])

    init(elements: Int) {
        let zeros = [Double](repeating: 0, count: elements)
        sums = (zeros, zeros, zeros, zeros, zeros)
    }

    mutating func add(_ a: [Float], _ b: [Float]) {
        count += 1
        for i in a.indices {
            let (x, y) = (Double(a[i]), Double(b[i]))
            sums.a[i] += x
            sums.b[i] += y
            sums.aa[i] += x * x
            sums.bb[i] += y * y
            sums.ab[i] += x * y
        }
    }

    /// The coefficients; 0 where one of the two never changes.
    var values: [Double] {
        let n = Double(max(1, count))
        return sums.a.indices.map { i in
            let variances = (sums.aa[i] - sums.a[i] * sums.a[i] / n, sums.bb[i] - sums.b[i] * sums.b[i] / n)
            let scale = (variances.0 * variances.1).squareRoot()
            return scale > 1e-9 ? max(-1, min(1, (sums.ab[i] - sums.a[i] * sums.b[i] / n) / scale)) : 0
        }
    }
}

extension FigureContext {
    /// The side of a crop, in pixels and in cells.
    private static let side = 256
    private static let cells = side / Catalogue.cellSize

    /// A disc of a third of the cells, as Fig. 12a's mask is one blob.
    private static let disc = Mask(
        width: cells, height: cells,
        values: (0..<cells * cells).map { cell in
            let (y, x) = (Double(cell / cells) - Double(cells - 1) / 2, Double(cell % cells) - Double(cells - 1) / 2)
            return y * y + x * x <= Double(cells * cells) / (3 * Double.pi)
        })

    /// Crops of a photo at evenly spread places, three by four.
    private func crops(_ image: Image) -> [Image] {
        guard image.width >= Self.side, image.height >= Self.side else { return [] }
        return (0..<12).map { place in
            image.cropped(
                x: (image.width - Self.side) * (place % 4) / 3, y: (image.height - Self.side) * (place / 4) / 2,
                width: Self.side, height: Self.side)
        }
    }

    /// How often one crop is generated: a fill that draws no noise makes the same picture every time.
    private var drawsPerCrop: Int { ["none", "harmonic"].contains(laboratory.inpainterName) ? 1 : 4 }

    /// The coefficients between ỹ = F(x̃) and y = F(x), averaged over channels, and how many pairs they come from.
    private func correlations() throws -> [Double] {
        let generator = laboratory.inpainterName.replacingOccurrences(of: "/", with: "-")
        return try ledger.value(key("all-\(studies.count)", "fig12", generator)) {
            let catalogue = laboratory.catalogue
            var pearson: ElementwiseCorrelation?
            var channels = 0
            let flat = Plane(width: Self.cells, height: Self.cells, repeating: 1)
            for study in studies {
                for (number, crop) in crops(study.image).enumerated() {
                    progress("fig12: \(study.name), crop \(number + 1)")
                    let analysis = try catalogue.analyse(crop)
                    let truth = analysis.features()
                    channels = truth.shape[0]
                    let stream = try catalogue.encode(
                        analysis, rate: catalogue.referenceRate, mask: Self.disc, importance: flat, prompt: "",
                        alpha: 0.5, referenceInformation: 1)
                    let decoded = try catalogue.decode(stream).image
                    let known = laboratory.pixels(Self.disc, of: decoded)
                    for draw in 0..<drawsPerCrop {
                        let generated = try laboratory.inpainter.fill(
                            decoded, known: known,
                            settings: .init(
                                prompt: study.caption,
                                stream: .init(seed: UInt64(draw), name: "fig12/\(study.name)", index: UInt64(number)))
                        ).image
                        let features = try catalogue.analyse(generated).features()
                        if pearson == nil { pearson = ElementwiseCorrelation(elements: truth.count) }
                        pearson?.add(features.values, truth.values)
                    }
                }
            }
            guard let pearson, pearson.count > 2 else {
                throw ExperimentError.unsuitable("fig12 needs photos of at least \(Self.side) by \(Self.side) pixels")
            }
            let values = pearson.values
            let plane = Self.cells * Self.cells
            let means = (0..<plane).map { cell in
                (0..<channels).reduce(0) { $0 + values[$1 * plane + cell] } / Double(channels)
            }
            return means + [Double(pearson.count)]
        }
    }

    /// Fig. 12: where generated features correlate with the true ones.
    func figure12() throws -> FigureOutcome {
        let found = try correlations()
        let (map, samples) = (Array(found.dropLast()), Int(found.last ?? 0))
        let generator = laboratory.inpainterName
        let draws =
            drawsPerCrop == 1 ? "each filled once, for this fill draws no noise" : "\(drawsPerCrop) draws each"
        var outcome = FigureOutcome(
            name: "fig12", title: "Fig. 12 · Correlation of generated and true features",
            method:
                """
                Generator: ‘\(generator)’. Pearson coefficients between F(x̃) and F(x), element by element over \
                \(samples) pairs (crops of \(Self.side)×\(Self.side) pixels from \(studies.count) photos, \
                \(draws)), averaged over channels; features sent at the reference rate. The paper takes 2000 photos \
                and 80 draws of a diffusion model each.
                """
        )
        outcome.tables.append(
            .init(
                file: "fig12", columns: ["row", "column", "in_mask", "correlation"],
                rows: map.indices.map {
                    ["\($0 / Self.cells)", "\($0 % Self.cells)", Self.disc.values[$0] ? "1" : "0", "\(map[$0])"]
                }))
        let middle = Self.cells / 2
        func row(_ row: Int) -> [Plot.Point] { (0..<Self.cells).map { .init(Double($0), map[row * Self.cells + $0]) } }
        var plot = Plot(
            title: "Correlation along two rows of cells", description: "High within the mask, low outside.",
            xLabel: "column of cells", yLabel: "Pearson coefficient",
            series: [.init("row \(middle), through the mask", row(middle)), .init("row 1, outside", row(1))])
        (plot.yLow, plot.yHigh) = (-0.2, 1)
        outcome.plots.append(("fig12", plot))
        func enlarged(_ plane: Plane) -> [UInt8]? {
            try? ColourMap.viridis.image(plane.spread(cell: Catalogue.cellSize, width: Self.side, height: Self.side))
                .jpegData(quality: 92)
        }
        let shown = Plane(width: Self.cells, height: Self.cells, values: map.map { Float(max(0, $0)) })
        let mask = Plane(width: Self.cells, height: Self.cells, values: Self.disc.values.map { $0 ? 1 : 0 })
        let name = "fig12-\(generator.suffix(12).replacingOccurrences(of: "/", with: "-"))-\(samples)"
        outcome.strips.append(
            .init(
                title: "Dark blue 0, yellow 1",
                pictures: [
                    try picture("fig12-mask") { enlarged(mask) }.map {
                        .init(title: "(a) mask", alt: "the mask, a disc", file: $0)
                    },
                    try picture(name) { enlarged(shown) }.map {
                        .init(title: "(b) correlation", alt: "mean correlation in each cell", file: $0)
                    },
                ].compactMap { $0 }))
        outcome.claims.append(correlationClaim(map))
        return outcome
    }

    /// Whether features that were made up know nothing of the true ones.
    private func correlationClaim(_ map: [Double]) -> Claim {
        func mean(_ cells: [Int]) -> Double { cells.reduce(0) { $0 + map[$1] } / Double(max(1, cells.count)) }
        let inside = mean(map.indices.filter { Self.disc.values[$0] })
        // The cells around the border see pixels of both sides.
        let near = Self.disc.grown(by: 2)
        let outside = mean(map.indices.filter { !near.values[$0] })
        return Claim(
            paper: "Feature elements within P correlate highly with the true ones; outside they appear uncorrelated.",
            holdsIf: "above 0.8 inside, within ± 0.1 outside; partly: twice the outer",
            ours:
                "Mean coefficient \(NumberFormat.decimal(inside, 3)) inside, \(NumberFormat.decimal(outside, 3)) "
                + "three and more cells outside, with the generator ‘\(laboratory.inpainterName)’.",
            verdict: inside > 0.8 && abs(outside) < 0.1 ? .holds : inside > 2 * max(0, outside) ? .partly : .not)
    }
}

extension Mask {
    /// With all entries at most so many steps away, diagonal ones too.
    func grown(by steps: Int) -> Mask {
        var result = self
        for row in 0..<height {
            for column in 0..<width where self[row, column] {
                for y in max(0, row - steps)...min(height - 1, row + steps) {
                    for x in max(0, column - steps)...min(width - 1, column + steps) { result[y, x] = true }
                }
            }
        }
        return result
    }
}
