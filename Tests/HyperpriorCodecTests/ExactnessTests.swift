import FeatureMaps
import Foundation
import Imaging
import Neural
import Testing

@testable import EntropyCoding
@testable import HyperpriorCodec

/// Every intermediate value against CompressAI's, and the block transform's PyTorch definition, on random networks
/// (`Scripts/golden/codec`).
struct ExactnessTests {
    static let folder = Bundle.module.resourcePath! + "/Golden"

    @Test(arguments: ["plain-8-12", "vbr-8-12", "vbr-z-8-12", "block-8-12"])
    func smallNetworks(_ name: String) throws { try check(folder: Self.folder, name: name, sizes: ["16x16", "75x50"]) }

    /// The sizes of published models: needs PyTorch and CompressAI, so only where asked for.
    @Test(
        .enabled(
            if: ProcessInfo.processInfo.environment["GENSEMCOM_GOLDEN"] != nil,
            "GENSEMCOM_GOLDEN names no folder of Scripts/golden/codec --full"))
    func publishedSizes() throws {
        let folder = ProcessInfo.processInfo.environment["GENSEMCOM_GOLDEN"]!
        for channels in ["32-48", "128-192", "192-320"] {
            for kind in ["plain", "vbr", "vbr-z"] {
                try check(
                    folder: folder, name: "\(kind)-\(channels)", sizes: ["16x16", "500x333", "512x512", "768x512"])
            }
        }
    }

    /// What the field's own package made of one picture.
    private struct Golden {
        let backbone: Backbone
        let expected: SafeTensors
        let size: String
        let comment: Comment

        func callAsFunction(_ key: String) throws -> Tensor { try expected.tensor("\(size).\(key)") }
        func has(_ key: String) -> Bool { expected.shape(of: "\(size).\(key)") != nil }

        func compare(_ a: Tensor, _ key: String) throws {
            let b = try self(key)
            #expect(a.shape == b.shape, comment)
            let scale = (b.values.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(b.count)).squareRoot()
            let worst = zip(a.values, b.values).map { Double(abs($0 - $1)) / max(Double(abs($1)), scale) }.max()!
            #expect(worst < 1e-4, "\(comment): \(key) off by \(worst)")
        }
    }

    private func check(folder: String, name: String, sizes: [String]) throws {
        let backbone = try Backbone(path: "\(folder)/\(name).safetensors")
        let expected = try SafeTensors(path: "\(folder)/\(name)-expected.safetensors")
        for size in sizes {
            let golden = Golden(
                backbone: backbone, expected: expected, size: size, comment: Comment(rawValue: "\(name) at \(size)"))
            let gain = try golden("gain").values[0]
            let y = try compareAnalysis(golden, gain: gain)
            let quantised = backbone.quantise(try golden("z"), step: backbone.step(gain: gain))
            let (rows, columns) = (y.shape[1], y.shape[2])
            try golden.compare(
                Analysis.planar(quantised.scales, channels: backbone.m, rows: rows, columns: columns), "scales")
            try compareSymbols(golden, y, gain: gain, scales: quantised.scales)
            let decoded = Catalogue.DecodedSymbols(
                entry: .init(backbone: 0, gain: gain),
                values: FeatureMap(try golden("symbols")).pixelMajor.map { Int32($0) }, scales: quantised.scales,
                received: Mask(width: columns, height: rows, repeating: true), damaged: [])
            try comparePicture(golden, decoded)
            if golden.has("feature_bits") {
                try compareBits(golden, decoded, hyper: backbone.hyperCosts(quantised.symbols, gain: gain), gain: gain)
            }
            if golden.has("z_cdf") {
                try compareTables(
                    backbone.prior.update(step: backbone.step(gain: gain)), expected, prefix: "\(size).z",
                    golden.comment)
            }
        }
        if expected.shape(of: "z_cdf") != nil {
            try compareTables(backbone.prior.update(), expected, prefix: "z", Comment(rawValue: name))
            try compareLadder(expected, name)
        }
    }

    /// - Returns: y.
    private func compareAnalysis(_ golden: Golden, gain: Float) throws -> Tensor {
        let backbone = golden.backbone
        let offset = try golden("offset").values.map { Int($0) }
        let x = Self.padded(try golden("image"), top: offset[0], left: offset[1])
        let map = backbone.analyse(FeatureMap(x, dense: true))
        try golden.compare(map.tensor, "y")
        try golden.compare(backbone.analyseScales(map).tensor, "z")
        let step = try golden.has("step") ? golden("step").values[0] : 1
        #expect(abs(backbone.step(gain: gain) - step) < 1e-6 * step, golden.comment)
        return map.tensor
    }

    private func compareSymbols(_ golden: Golden, _ y: Tensor, gain: Float, scales: [Int32]) throws {
        let backbone = golden.backbone
        let symbols = try golden("symbols")
        let scaled = FeatureMap(y).pixelMajor.map { Double($0) * Double(gain) }
        let wanted = FeatureMap(symbols).pixelMajor
        let theta = FeatureMap(try golden("scales")).pixelMajor
        let chosen = SymbolQuantiser(backbone, gain: gain).symbols(
            FeatureMap(y).pixelMajor, scales: scales)
        let different = chosen.indices.filter { i in
            let isClose = abs(abs(scaled[i] - scaled[i].rounded(.down)) - 0.5) < 1e-3
            return !isClose && Float(chosen[i]) != wanted[i]
        }
        // Where symbols are weighed, the reference does so by −log₂ P at θ itself, the coder by its tables, whose
        // rarest entries cost 16 bits.
        let wrong = different.filter { i in
            let sizes = [abs(Float(chosen[i])), abs(wanted[i])]
            guard backbone.weighsRounding, abs(sizes[0] - sizes[1]) == 1 else { return true }
            let deviation = max(Float(GaussianScales.least), theta[i] * gain)
            let bits = sizes.map { GaussianScales.information(symbol: Int32($0), scale: Double(deviation)) }
            let losses = zip(sizes, bits).map { size, bits in
                let offset = size == 0 ? 0 : backbone.offsets!(deviations: [deviation], gain: gain)[0]
                let error = abs(scaled[i]) - Double(size - offset)
                return error * error + Double(SymbolQuantiser.worthOfBit) * bits
            }
            return bits.max()! < 14 && abs(losses[0] - losses[1]) > 0.05
        }
        #expect(wrong.isEmpty, "\(golden.comment): \(different.count) symbols differ, \(wrong.count) of them clearly")
    }

    private func comparePicture(_ golden: Golden, _ decoded: Catalogue.DecodedSymbols) throws {
        let (rows, columns) = (decoded.received.height, decoded.received.width)
        let offset = try golden("offset").values.map { Int($0) }
        let picture = golden.backbone.picture(
            decoded, mask: decoded.received, rows: rows, columns: columns, width: 16 * columns, height: 16 * rows)
        let reference = try golden("decoded")
        var worst = 0
        for row in 0..<reference.shape[0] {
            for i in 0..<3 * reference.shape[1] {
                let own = picture.pixels[3 * ((row + offset[0]) * picture.width + offset[1]) + i]
                worst = max(worst, abs(Int(own) - Int(reference.values[3 * row * reference.shape[1] + i])))
            }
        }
        #expect(worst <= 1, "\(golden.comment): the picture is off by \(worst) levels")
    }

    private func compareBits(
        _ golden: Golden, _ decoded: Catalogue.DecodedSymbols, hyper costs: [Float], gain: Float
    ) throws {
        let unit = Double(gain) / Double(1 << HyperSynthesis.outputFractionBits)
        let features = zip(decoded.values, decoded.scales).reduce(0) {
            $0 + GaussianScales.information(symbol: $1.0, scale: Double($1.1) * unit)
        }
        let hyper = costs.reduce(0) { $0 + Double($1) }
        #expect(abs(features / Double(try golden("feature_bits").values[0]) - 1) < 1e-3, golden.comment)
        #expect(abs(hyper / Double(try golden("hyper_bits").values[0]) - 1) < 0.01, golden.comment)
    }

    /// The Gaussians' tables.
    private func compareLadder(_ expected: SafeTensors, _ name: String) throws {
        let lengths = try expected.tensor("y_cdf_length").values.map { Int($0) }
        let all = try expected.tensor("y_cdf").values.map { UInt32($0) }
        let scaleTable = try expected.tensor("scale_table").values
        #expect(zip(scaleTable, GaussianScales.standardTable).allSatisfy { abs($0 - $1) <= 1.2e-7 * $0 })
        let own = GaussianScales.update(scaleTable)
        var (start, unequal) = (0, 0)
        for (t, length) in lengths.enumerated() {
            #expect(own.table(t).count == length)
            unequal += zip(own.table(t), all[start..<start + length]).reduce(0) { $0 + ($1.0 == $1.1 ? 0 : 1) }
            start += length
        }
        #expect(unequal == 0, "\(name): \(unequal) of \(all.count) entries of the Gaussians' tables differ")
    }

    private func compareTables(
        _ own: CumulativeTables, _ expected: SafeTensors, prefix: String, _ comment: Comment
    ) throws {
        let table = try expected.tensor(prefix + "_cdf")
        let lengths = try expected.tensor(prefix + "_cdf_length").values.map { Int($0) }
        let offsets = try expected.tensor(prefix + "_offset").values.map { Int32($0) }
        #expect(own.offsets == offsets, comment)
        var (unequal, count, worst) = (0, 0, 0)
        for t in lengths.indices {
            let row = table.values[t * table.shape[1]..<t * table.shape[1] + lengths[t]].map { Int($0) }
            let mine = own.table(t).map { Int($0) }
            #expect(mine.count == row.count, comment)
            for k in 0..<min(mine.count, row.count) - 1 {
                let difference = abs((mine[k + 1] - mine[k]) - (row[k + 1] - row[k]))
                unequal += difference > 0 ? 1 : 0
                worst = max(worst, difference)
            }
            count += row.count - 1
        }
        // PyTorch's tables differ among themselves by as much: see ``FactorisedPrior/update(step:)``.
        #expect(
            Double(unequal) <= 0.005 * Double(count) + 2 && worst <= 2,
            "\(comment): \(unequal) of \(count) probabilities of ẑ differ, by at most \(worst) · 2⁻¹⁶")
        if ProcessInfo.processInfo.environment["GENSEMCOM_GOLDEN"] != nil {
            print("\(comment): \(unequal) of \(count) probabilities of ẑ differ by \(worst)")
        }
    }

    /// (height, width, 3) levels as (3, ⌈height⌉₆₄, ⌈width⌉₆₄) in [0, 1], on zeros.
    private static func padded(_ image: Tensor, top: Int, left: Int) -> Tensor {
        let (height, width) = (image.shape[0], image.shape[1])
        var x = Tensor(shape: [3, (height + 63) / 64 * 64, (width + 63) / 64 * 64])
        for row in 0..<height {
            for column in 0..<width {
                for channel in 0..<3 {
                    x.values[(channel * x.shape[1] + row + top) * x.shape[2] + column + left] =
                        image.values[3 * (row * width + column) + channel] / 255
                }
            }
        }
        return x
    }
}
