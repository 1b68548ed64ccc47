import EntropyCoding
import Neural
import TestSupport
import Testing

@testable import HyperpriorCodec

/// Rounding by what a symbol costs, against the comparison it is derived from.
struct SymbolQuantiserTests {
    private let catalogue: Catalogue
    private var backbone: Backbone { catalogue.backbones[0] }

    init() throws { catalogue = try Catalogue(path: shippedModel) }

    /// (a − r)² + κ·c of a size, from the coder's table and the decoder's offsets themselves.
    private func loss(_ y: Float, _ size: Int32, table: Int, gain: Float) throws -> Float {
        let deviation = max(Float(GaussianScales.least), backbone.scales.ladder[table])
        let offsets = try #require(backbone.offsets)
        let offset = offsets(deviations: [deviation], gain: gain)[0]
        let place = size == 0 ? 0 : Float(size) - offset
        let error = abs(y * gain) - place
        return error * error
            + SymbolQuantiser.worthOfBit * backbone.scales.coder.cost(symbol: size, context: table)
    }

    @Test func theCheaperOfTwoNeighboursIsSent() throws {
        for rate in [1, catalogue.rateCount / 2, catalogue.rateCount] {
            let gain = catalogue.entries[rate - 1].gain
            let quantiser = SymbolQuantiser(backbone, gain: gain)
            var lowered = 0
            try quantiser.withTables { symbol in
                for step in 1...1200 {
                    for scale in [1, 30, 700, 9000, 120_000] as [Int32] {
                        let y = Float(step) * 0.0137 / gain
                        let (sent, table) = symbol(y, scale)
                        #expect(symbol(-y, scale).symbol == -sent)
                        let nearest = Symbols.nearest(y, gain)
                        guard nearest > 0, nearest <= 15 else {
                            #expect(sent == nearest)
                            continue
                        }
                        #expect(sent == nearest || sent == nearest - 1)
                        lowered += sent == nearest ? 0 : 1
                        let difference =
                            try loss(y, nearest - 1, table: Int(table), gain: gain)
                            - loss(y, nearest, table: Int(table), gain: gain)
                        if abs(difference) > 1e-3 { #expect((sent < nearest) == (difference < 0)) }
                    }
                }
            }
            #expect(lowered > 100)
        }
    }

    /// CompressAI's transforms are not orthonormal, and their streams are compared with CompressAI's symbol by symbol.
    @Test func otherTransformsRoundToTheNearest() throws {
        let other = try Catalogue(path: ExactnessTests.folder + "/plain-8-12.safetensors")
        SymbolQuantiser(other.backbones[0], gain: 1).withTables { symbol in
            for step in -3000...3000 {
                let y = Float(step) * 0.0019
                #expect(symbol(y, 2000).symbol == Symbols.nearest(y, 1))
            }
        }
    }

    /// Bits before and after, and what the error grows by: the trade that κ asks for.
    @Test func bitsAreSavedForLessThanTheyAreWorth() throws {
        let analysis = try catalogue.analyse(testPicture(width: 320, height: 192))
        let latent = analysis.latents[0]
        for rate in 1...catalogue.rateCount {
            let gain = catalogue.entries[rate - 1].gain
            let offsets = try #require(backbone.offsets)
            var (bits, errors): ((nearest: Float, weighed: Float), (nearest: Float, weighed: Float)) = ((0, 0), (0, 0))
            SymbolQuantiser(backbone, gain: gain).withTables { symbol in
                for (y, scale) in zip(latent.values, latent.plain.scales) {
                    let (sent, table) = symbol(y, scale)
                    let nearest = Symbols.nearest(y, gain)
                    guard sent != nearest else { continue }
                    let offset = offsets(deviations: [max(0.11, backbone.scales.ladder[Int(table)])], gain: gain)[0]
                    func error(_ symbol: Int32) -> Float {
                        let place = symbol == 0 ? 0 : Float(symbol.magnitude) - offset
                        return (abs(y * gain) - place) * (abs(y * gain) - place)
                    }
                    bits.nearest += backbone.scales.coder.cost(symbol: nearest, context: Int(table))
                    bits.weighed += backbone.scales.coder.cost(symbol: sent, context: Int(table))
                    errors.nearest += error(nearest)
                    errors.weighed += error(sent)
                }
            }
            #expect(bits.weighed < bits.nearest)
            #expect(errors.weighed - errors.nearest < SymbolQuantiser.worthOfBit * (bits.nearest - bits.weighed))
        }
    }
}
