import FeatureMaps
import Foundation
import Imaging
import Neural
import Testing

@testable import EntropyCoding
@testable import HyperpriorCodec

/// The block transform's own promises: what lies beyond its reach does not matter, parts equal the whole, and both ends
/// agree. Its numbers are compared with PyTorch's in ``ExactnessTests``.
struct BlockTransformTests {
    static let path = ExactnessTests.folder + "/block-8-12.safetensors"
    let catalogue: Catalogue
    let backbone: Backbone

    init() throws {
        catalogue = try Catalogue(path: Self.path)
        backbone = catalogue.backbones[0]
    }

    @Test func reachFollowsFromTheBlocks() {
        // Analysis: 2 pixels of an eighth and 2·2 cells; synthesis: the same; rounded up to even.
        #expect(backbone.analyse.reach == 6)
        #expect(backbone.synthesise.reach == 6)
        #expect((backbone.n, backbone.m, catalogue.rateCount) == (8, 12, 7))
    }

    private func latent(rows: Int, columns: Int) -> FeatureMap {
        var noise: UInt32 = 7
        return FeatureMap(
            Tensor(
                shape: [12, rows, columns],
                values: (0..<12 * rows * columns).map { _ in
                    noise = noise &* 1_664_525 &+ 1_013_904_223
                    return Float(noise >> 16) / 8192 - 4
                }))
    }

    @Test func onlySomeCells() {
        let (rows, columns) = (20, 28)
        let y = latent(rows: rows, columns: columns)
        let whole = backbone.synthesise(y).pixelMajor
        var cells = [Bool](repeating: false, count: rows * columns)
        for (row, column) in [(0, 0), (4, 9), (5, 9), (13, 20), (19, 27)] { cells[row * columns + column] = true }
        let part = backbone.synthesise(y, cells: Region(height: rows, width: columns, values: cells)).pixelMajor
        for cell in cells.indices where cells[cell] {
            for line in 0..<16 {
                let from = 3 * ((cell / columns * 16 + line) * 16 * columns + cell % columns * 16)
                #expect(part[from..<from + 48] == whole[from..<from + 48], "cell \(cell)")
            }
        }
    }

    @Test func nothingBeyondTheReachMatters() {
        let (rows, columns) = (24, 24)
        var values = latent(rows: rows, columns: columns).tensor
        let before = backbone.synthesise(FeatureMap(values)).pixelMajor
        for channel in 0..<12 { values.values[channel * rows * columns + 12 * columns + 12] += 50 }
        let after = backbone.synthesise(FeatureMap(values)).pixelMajor
        let reach = backbone.synthesise.reach
        var farthest = 0
        for y in 0..<16 * rows {
            for x in 0..<16 * columns
            where (0..<3).contains(where: {
                before[3 * (y * 16 * columns + x) + $0] != after[3 * (y * 16 * columns + x) + $0]
            }) {
                farthest = max(farthest, abs(y / 16 - 12), abs(x / 16 - 12))
            }
        }
        #expect(farthest >= 4 && farthest <= reach)
    }

    /// A picture higher than a band.
    @Test func bandsEqualTheWhole() {
        let image = testPicture(width: 8192, height: 400)
        let (rows, columns) = Catalogue.latentSize(width: image.width, height: image.height)
        #expect(Backbone.bandRows(columns: columns) < rows)
        let whole = backbone.analyse(Backbone.picture(image, rows: 0..<rows, columns: columns))
        #expect(backbone.latent(of: image, rows: rows, columns: columns).pixelMajor == whole.pixelMajor)
    }

    @Test func bothEndsAgree() throws {
        let image = testPicture(width: 200, height: 136)
        let analysis = try catalogue.analyse(image)
        var mask = Mask(width: analysis.columns, height: analysis.rows, repeating: false)
        for row in 1..<7 { for column in 2..<11 { mask[row, column] = true } }
        let flat = Plane(width: mask.width, height: mask.height, repeating: 1)
        for rate in [1, 4, 7] {
            let stream = try catalogue.encode(
                analysis, rate: rate, mask: mask, importance: flat, prompt: "", alpha: 0.5, referenceInformation: 1,
                slicePayload: 300)
            let symbols = try catalogue.decodeSymbols(Bitstream(serialised: stream.serialised()))
            #expect(symbols.received == mask)
            let gain = catalogue.entries[rate - 1].gain
            let (latent, channels) = (analysis.latents[0], backbone.m)
            let sent = SymbolQuantiser(backbone, gain: gain).symbols(latent.values, scales: latent.plain.scales)
            for cell in mask.values.indices where mask.values[cell] {
                let range = cell * channels..<(cell + 1) * channels
                #expect(symbols.values[range] == sent[range])
                #expect(symbols.scales[range] == latent.plain.scales[range])
            }
            let decoded = try catalogue.decode(stream)
            let y = backbone.latent(
                symbols, rows: 0..<mask.height, of: mask.height, columns: mask.width,
                continuation: BorderContinuation(symbols: symbols.values, channels: channels, received: mask))
            let whole = backbone.synthesise(y).pixelMajor
            var different = 0
            for y in 16..<112 {
                for i in 3 * 32..<3 * 176 {
                    let value = UInt8(min(1, max(0, whole[3 * y * 16 * mask.width + i])) * 255 + 0.5)
                    different += decoded.image.pixels[3 * y * 200 + i] == value ? 0 : 1
                }
            }
            #expect(different == 0, "\(different) samples at rate \(rate)")
        }
    }

    @Test func powersOfTwoAreExactToTheirFraction() {
        let exponential = FixedPointExponential(fractionBits: 14)
        let arguments = [-14, -9.3, -1, -0.5, 0, 0.25, 1, 7.77, 11.9].map { ($0 * 16384).rounded() }
        for (x, y) in zip(arguments, exponential(arguments)) {
            let expected = pow(2, x / 16384) * 16384
            #expect(abs(y - expected) <= 0.5 + 1e-4 * expected / 16384)
        }
        #expect(exponential([-1e9]) == [1])
        #expect((67_100_000..<67_108_864).contains(exponential([1e9])[0]))
    }

    @Test func aMissingTensorIsNamed() throws {
        let file = try SafeTensors(path: Self.path)
        #expect(throws: SafeTensors.Failure.self) { _ = try file.tensor("analysis.fine.blocks.9.widen.weight") }
        #expect(try Catalogue.leastSlicePayload(path: Self.path) == 2 * 12 + 16)
    }
}
