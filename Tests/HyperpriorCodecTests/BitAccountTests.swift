import EntropyCoding
import FeatureMaps
import Foundation
import Imaging
import Neural
import Testing

@testable import HyperpriorCodec

/// Where the bits of natural photos go beyond −log₂ P: integer θ, integer tables, slicing. With GENSEMCOM_BENCH=1 over
/// all of the demonstration photos and with the figures printed; else over one crop.
@Suite(.serialized, .enabled(if: shippedModel != nil, "no checkpoint in Resources"))
struct BitAccountTests {
    static let measures = ProcessInfo.processInfo.environment["GENSEMCOM_BENCH"] == "1"
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
        .appendingPathComponent("Topologies/Photos").path

    private func report(_ name: String, _ value: Double, _ unit: String) {
        guard Self.measures else { return }
        print(
            """
            {"bench": "codec", "figure": "\(name)", "value": \(String(format: "%.6g", value)), "unit": "\(unit)"}
            """
        )
    }

    private func photos() throws -> [Image] {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder).filter { $0.hasSuffix(".jpg") }
            .sorted()
        if Self.measures { return try names.map { try Image(contentsOf: "\(Self.folder)/\($0)") } }
        return [try Image(contentsOf: Self.folder + "/" + names[0]).cropped(x: 128, y: 128, width: 256, height: 192)]
    }

    /// The hyper-synthesis in single precision, as the weights were trained: what integers are measured against.
    private struct FloatHyperSynthesis {
        private let first: WinogradConvolution
        private let second: WinogradConvolution
        private let last: Convolution
        /// Whether ln θ comes out, between leaky ReLUs: see ``Architecture/blockTransform``.
        private let isLogarithmic: Bool

        init(path: String, n: Int, m: Int) throws {
            let file = try SafeTensors(path: path)
            isLogarithmic = try Architecture(file) == .blockTransform
            let names = isLogarithmic ? (0..<3).map { "hyper_synthesis.\($0)" } : (0..<3).map { "h_s.\(2 * $0)" }
            func bias(_ i: Int, _ count: Int) throws -> [Float] {
                try file.tensor(names[i] + ".bias", shape: [count]).values
            }
            func deconvolution(_ i: Int) throws -> WinogradConvolution {
                WinogradConvolution(
                    .doubling, weight: try file.tensor(names[i] + ".weight", shape: [n, n, 5, 5]), bias: try bias(i, n))
            }
            (first, second) = (try deconvolution(0), try deconvolution(1))
            last = Convolution(
                weight: try file.tensor(names[2] + ".weight", shape: [m, n, 3, 3]), bias: try bias(2, m), stride: 1,
                padding: 1)
        }

        func callAsFunction(_ z: Tensor) -> Tensor {
            func mapped(_ x: Tensor, _ body: (Float) -> Float) -> Tensor {
                Tensor(shape: x.shape, values: x.values.map(body))
            }
            let slope: Float = isLogarithmic ? HyperSynthesis.leakySlope : 0
            func rectified(_ x: Tensor) -> Tensor { mapped(x) { $0 < 0 ? slope * $0 : $0 } }
            let result = last(rectified(second(FeatureMap(rectified(first(FeatureMap(z)).tensor))).tensor))
            return isLogarithmic ? mapped(result) { exp($0) } : rectified(result)
        }
    }

    /// ẑ as it is decoded.
    private func hyperlatent(_ latent: Analysis.Latent, _ backbone: Backbone, rows: Int, columns: Int) -> Tensor {
        let plane = rows * columns / 16
        var z = Tensor(shape: [backbone.n, rows / 4, columns / 4])
        for i in z.values.indices {
            z.values[i] = Float(latent.plain.symbols[i]) + backbone.prior.medians[i / plane]
        }
        return z
    }

    @Test func integersSlicesAndTablesCostLittle() throws {
        let catalogue = try Catalogue(path: shippedModel)
        let backbone = catalogue.backbones[0]
        let synthesis = try FloatHyperSynthesis(path: shippedModel!, n: backbone.n, m: backbone.m)
        var (floats, integers, tables) = ([Int: Double](), [Int: Double](), [Int: Double]())
        var (sliced, whole, slices) = ([Int: Double](), [Int: Double](), [Int: Double]())
        var worst = -Double.infinity
        let rates = Array(1...catalogue.rateCount)
        for photo in try photos() {
            let analysis = try catalogue.analyse(photo)
            let latent = analysis.latents[0]
            let (rows, columns) = (analysis.rows, analysis.columns)
            let theta = FeatureMap(synthesis(hyperlatent(latent, backbone, rows: rows, columns: columns))).pixelMajor
            let all = Mask(width: columns, height: rows, repeating: true)
            let flat = Plane(width: columns, height: rows, repeating: 1)
            for rate in rates {
                let gain = catalogue.entries[rate - 1].gain
                let symbols = SymbolQuantiser(backbone, gain: gain).symbols(latent.values, scales: latent.plain.scales)
                let exact = zip(symbols, theta).reduce(0) {
                    $0 + GaussianScales.information(symbol: $1.0, scale: Double($1.1) * Double(gain))
                }
                floats[rate, default: 0] += exact
                let theory = analysis.theoreticalBits(rate: rate, mask: all)
                integers[rate, default: 0] += theory
                tables[rate, default: 0] += analysis.cellBits(rate: rate).reduce(0) { $0 + Double($1) }
                func stream(_ payload: Int) throws -> Bitstream {
                    try catalogue.encode(
                        analysis, rate: rate, mask: all, importance: flat, prompt: "", alpha: 0,
                        referenceInformation: 1, slicePayload: payload)
                }
                let (fine, coarse) = (try stream(1100), try stream(SliceTable.greatestByteCount))
                sliced[rate, default: 0] += Double(fine.bits.features + fine.bits.mask)
                whole[rate, default: 0] += Double(coarse.bits.features + coarse.bits.mask)
                slices[rate, default: 0] += Double(fine.sliceCount)
                let bound = 1.003 * theory + 32 * Double(fine.sliceCount)
                worst = max(worst, Double(fine.bits.features) - bound)
                #expect(Double(fine.bits.features) <= bound, "rate \(rate): \(fine.bits.features) bits of \(theory)")
                #expect(Double(fine.bits.hyper) <= 1.003 * analysis.hyperBits(rate: rate) + 64)
            }
        }
        for rate in rates {
            defer {
                #expect(integers[rate]! < 1.005 * floats[rate]!)
                #expect(sliced[rate]! < 1.02 * whole[rate]! + 64)
            }
            guard rate == 1 || rate % 5 == 0 || rate == catalogue.rateCount else { continue }
            report("integer θ, rate \(rate)", 100 * (integers[rate]! / floats[rate]! - 1), "% more bits than float θ")
            report(
                "tables and rungs, rate \(rate)", 100 * (tables[rate]! / integers[rate]! - 1),
                "% more bits than −log₂ P")
            report(
                "slicing at 1100 bytes, rate \(rate)", 100 * (sliced[rate]! / whole[rate]! - 1),
                "% more bits than one slice")
            report("slices, rate \(rate)", slices[rate]!, "in all photos")
        }
        report("most bits beyond 1.003 × −log₂ P + 32 a slice", worst, "bits")
    }
}
