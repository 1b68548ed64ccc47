import FeatureMaps
import Foundation
import Imaging
import Neural
import Testing

@testable import HyperpriorCodec

/// The cells beyond the mask's border, which the receiver makes up from those within.
struct BorderContinuationTests {
    /// 4 × 3 cells of three channels: alike everywhere, alternating, and alike but for sign in the last column.
    private static let received = Mask(
        width: 4, height: 3, values: [true, true, false, false, true, true, false, false, true, true, false, false])
    private static let symbols: [Int32] = {
        var symbols = [Int32](repeating: 0, count: 36)
        for cell in 0..<12 where received.values[cell] {
            symbols[3 * cell] = 10 + Int32(cell / 4)
            symbols[3 * cell + 1] = cell % 2 == 0 ? 5 : -5
        }
        return symbols
    }()

    @Test func onlyChannelsOfLikeNeighboursAreContinued() {
        let correlations = BorderContinuation.correlations(symbols: Self.symbols, channels: 3, received: Self.received)
        // Of the seven pairs four, one above the other, are equal and three, side by side, opposite.
        #expect(correlations[0] > 0.99 && correlations[1] == 1.0 / 7 && correlations[2] == 0)
        #expect(BorderContinuation(symbols: Self.symbols, channels: 3, received: Self.received).channels == [0])
    }

    @Test func theBorderTakesTheMeanAndTheRestStays() {
        let continuation = BorderContinuation(symbols: Self.symbols, channels: 3, received: Self.received)
        let before = Self.symbols.map { Float($0) }
        var y = before
        continuation.fill(&y, top: 0, rows: 3, pitch: 3)
        // Cell (0, 2) touches 10 at its side and 11 at its corner, (1, 2) all three rows.
        let (corner, side): (Float, Float) = (15.5 / 1.5, 11)
        #expect(abs(y[3 * 2] - corner) < 1e-5)
        #expect(abs(y[3 * 6] - side) < 1e-5)
        #expect(y[3 * 3] == 0)
        #expect(y[3 * 7] == 0)
        for cell in 0..<12 {
            #expect(y[3 * cell + 1] == before[3 * cell + 1] && y[3 * cell + 2] == before[3 * cell + 2])
            if Self.received.values[cell] { #expect(y[3 * cell] == before[3 * cell]) }
        }
    }

    @Test func hostileSymbolsDoNotOverflow() {
        let mask = Mask(width: 64, height: 64, values: (0..<4096).map { cell in cell != 100 })
        let found = BorderContinuation.correlations(
            symbols: [Int32](repeating: .min, count: 4096), channels: 1, received: mask)
        #expect(found == [1])
    }

    /// On a picture: better within the mask than with zeros, in bands too.
    @Test(.enabled(if: shippedModel != nil, "no checkpoint in Resources")) func theMaskedPictureGains() throws {
        let catalogue = try Catalogue(path: shippedModel)
        let image = testPicture(width: 256, height: 192)
        let analysis = try catalogue.analyse(image)
        let (rows, columns) = (analysis.rows, analysis.columns)
        var mask = Mask(width: columns, height: rows, repeating: false)
        for row in 4..<9 { for column in 5..<11 { mask[row, column] = true } }
        let flat = Plane(width: columns, height: rows, repeating: 1)
        let stream = try catalogue.encode(
            analysis, rate: 14, mask: mask, importance: flat, prompt: "", alpha: 0.5, referenceInformation: 1)
        let backbone = catalogue.backbones[0]
        let symbols = try catalogue.decodeSymbols(stream)
        let decoded = try catalogue.decode(stream).image
        let bare = backbone.synthesise(backbone.latent(symbols, rows: 0..<rows, columns: columns)).pixelMajor
        var (with, without) = (0.0, 0.0)
        for y in 64..<144 {
            for x in 80..<176 {
                for c in 0..<3 {
                    let truth = Double(image.pixels[3 * (y * 256 + x) + c])
                    let zeros = Double(min(1, max(0, bare[3 * (y * 256 + x) + c])) * 255)
                    with += pow(Double(decoded.pixels[3 * (y * 256 + x) + c]) - truth, 2)
                    without += pow(zeros - truth, 2)
                }
            }
        }
        #expect(with < 0.9 * without, "squared error \(with) with the border continued, \(without) without")
    }
}
