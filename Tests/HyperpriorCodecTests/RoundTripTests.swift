import EntropyCoding
import FeatureMaps
import Foundation
import Imaging
import Neural
import Testing

@testable import HyperpriorCodec

/// Whole pictures through the shipped checkpoint, where the package has one.
@Suite(.enabled(if: shippedModel != nil, "no checkpoint in Resources"))
struct RoundTripTests {
    let catalogue: Catalogue

    init() throws { catalogue = try Catalogue(path: shippedModel) }

    @Test func everyCellAtSeveralRates() throws {
        let image = testPicture(width: 200, height: 136)
        let analysis = try catalogue.analyse(image)
        let (rows, columns) = (analysis.rows, analysis.columns)
        #expect((rows, columns) == (12, 16))
        let all = Mask(width: columns, height: rows, repeating: true)
        let importance = Plane(width: columns, height: rows, values: (0..<rows * columns).map { Float($0 % 7) / 7 })
        var last = 0.0
        for rate in [1, 10, catalogue.rateCount] {
            let stream = try catalogue.encode(
                analysis, rate: rate, mask: all, importance: importance, prompt: "a test", alpha: 0,
                referenceInformation: 100)
            let predicted = analysis.cellBits(rate: rate).reduce(0) { $0 + Double($1) }
            let theory = analysis.theoreticalBits(rate: rate, mask: all)
            #expect(predicted < 1.003 * theory + 8)
            #expect(Double(stream.bits.features) <= 1.003 * theory + 32 * Double(stream.sliceCount))
            #expect(Double(stream.bits.hyper) <= 1.003 * analysis.hyperBits(rate: rate) + 64)
            #expect(stream.slices.allSatisfy { $0!.count <= 1100 })
            let bytes = stream.serialised()
            #expect(8 * bytes.count == stream.bits.total)
            let read = try Bitstream(serialised: bytes)
            #expect(read == stream)
            let symbols = try catalogue.decodeSymbols(read)
            let entry = catalogue.entries[rate - 1]
            let latent = analysis.latents[0]
            #expect(
                symbols.values
                    == SymbolQuantiser(catalogue.backbones[0], gain: entry.gain).symbols(
                        latent.values, scales: latent.plain.scales))
            let decoded = try catalogue.decode(read)
            let quality = psnr(image, decoded.image)
            #expect(quality > last)
            last = quality
        }
        #expect(last > 32)
    }

    @Test func slicesStandAlone() throws {
        let image = testPicture(width: 256, height: 192)
        let analysis = try catalogue.analyse(image)
        let (rows, columns) = (analysis.rows, analysis.columns)
        var mask = Mask(width: columns, height: rows, repeating: false)
        var importance = Plane(width: columns, height: rows)
        for row in 0..<rows {
            for column in 0..<columns {
                importance[row, column] = 1 - Float((row - 5) * (row - 5) + (column - 6) * (column - 6)) / 200
                mask[row, column] = importance[row, column] > 0.8
            }
        }
        let stream = try catalogue.encode(
            analysis, rate: 12, mask: mask, importance: importance, prompt: "", alpha: 0.8, referenceInformation: 1,
            slicePayload: 600)
        #expect(stream.sliceCount > 2)
        let full = try catalogue.decodeSymbols(stream)
        #expect(full.received == mask)
        for lost in 0..<stream.sliceCount {
            var partial = try Bitstream(preamble: stream.preamble)
            for (index, slice) in stream.slices.enumerated() where index != lost {
                try partial.insert(slice: slice!, index: index)
            }
            #expect(try Bitstream(serialised: partial.serialised()) == partial)
            let symbols = try catalogue.decodeSymbols(partial)
            let lostCells = full.received.count - symbols.received.count
            #expect(lostCells == stream.cellCount(slice: lost))
            let channels = analysis.channels
            for cell in 0..<rows * columns where symbols.received.values[cell] {
                #expect(
                    symbols.values[cell * channels..<(cell + 1) * channels]
                        == full.values[cell * channels..<(cell + 1) * channels])
            }
        }
        // The cells' pixels are those of the whole transform of the same ŷ.
        let decoded = try catalogue.decode(stream)
        let backbone = catalogue.backbones[0]
        let continuation = BorderContinuation(symbols: full.values, channels: backbone.m, received: mask)
        let whole = backbone.synthesise(
            backbone.latent(full, rows: 0..<rows, of: rows, columns: columns, continuation: continuation)
        ).pixelMajor
        var worst = 0
        for y in 0..<192 {
            for x in 0..<256 where mask[y / 16, x / 16] {
                for c in 0..<3 {
                    let value = UInt8(min(1, max(0, whole[3 * (y * 16 * columns + x) + c])) * 255 + 0.5)
                    worst = max(worst, abs(Int(value) - Int(decoded.image.pixels[3 * (y * 256 + x) + c])))
                }
            }
        }
        #expect(worst == 0)
    }
}

let shippedModel = Bundle.module.path(forResource: "codec", ofType: "safetensors") ?? modelBesideTheCodec
/// The codec's own resource bundle is not the tests'.
private let modelBesideTheCodec: String? = {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
        .appendingPathComponent("Sources/HyperpriorCodec/Resources/codec.safetensors").path
    return FileManager.default.fileExists(atPath: path) ? path : nil
}()

/// Smooth blobs, edges and a little texture, the same every time.
func testPicture(width: Int, height: Int) -> Image {
    var image = Image(width: width, height: height)
    var noise: UInt32 = 1
    for y in 0..<height {
        for x in 0..<width {
            noise = noise &* 1_664_525 &+ 1_013_904_223
            let texture = Double(noise >> 24) / 32
            let disc = (x - width / 2) * (x - width / 2) + (y - height / 2) * (y - height / 2) < height * height / 9
            for c in 0..<3 {
                let wave =
                    60 * (Double(x) / (17 + 6 * Double(c))).truncatingRemainder(dividingBy: 1) + 50 * Double(y)
                    / Double(height)
                image.pixels[3 * (y * width + x) + c] = UInt8(
                    max(0, min(255, (disc ? 180 - 30 * Double(c) : wave + 40) + texture)))
            }
        }
    }
    return image
}

func psnr(_ a: Image, _ b: Image) -> Double {
    let error =
        zip(a.pixels, b.pixels).reduce(0.0) { $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1)) }
        / Double(a.pixels.count)
    return error == 0 ? .infinity : 10 * log10(255 * 255 / error)
}
