import EntropyCoding
import Imaging
import Neural
import SideInformation
import Testing

@testable import HyperpriorCodec

/// Prediction of symbols from neighbouring cells: the definition's numbers, and both ends that agree whatever arrives.
struct PredictionTests {
    private let catalogue: Catalogue
    private var backbone: Backbone { catalogue.backbones[0] }

    init() throws { catalogue = try Catalogue(path: BlockTransformTests.path) }

    /// Against `Scripts/train/learning/prediction.py`, by way of `Scripts/golden/codec`.
    @Test(arguments: [(16, 16), (75, 50)])
    func differencesFollowTheDefinition(_ width: Int, _ height: Int) throws {
        let expected = try SafeTensors(path: ExactnessTests.folder + "/block-8-12-expected.safetensors")
        func golden(_ name: String) throws -> [Float] {
            FeatureMap(try expected.tensor("\(width)x\(height).\(name)")).pixelMajor
        }
        let (rows, columns) = Catalogue.latentSize(width: width, height: height)
        let symbols = try golden("symbols").map { Int32($0) }
        let (sizes, deviations) = (try golden("differences"), try golden("difference_deviations"))
        let gain = try expected.tensor("\(width)x\(height).gain").values[0]
        let unit = Float(1 << HyperSynthesis.outputFractionBits)
        let scales = try golden("scales").map { Int32($0 * unit) }
        let prediction = try #require(backbone.prediction)
        #expect(prediction.channels.map(\.number) == [0, 5, 11])
        let scan = ScanNeighbours(
            order: ScanOrder(rows: rows, columns: columns).cells, rows: rows, columns: columns)
        let predicted = PredictedSymbols(
            prediction, scan: scan, channels: 12, scales: scales, symbol: { symbols[Int(scan.order[$0]) * 12 + $1] })
        var changed = 0
        for place in scan.order.indices {
            predicted.forEachDifference(at: place, from: 0) { channel, difference, scale in
                let i = Int(scan.order[place]) * 12 + channel
                #expect(Float(abs(difference)) == sizes[i], "cell \(scan.order[place]), channel \(channel)")
                #expect(abs(max(0.11, Float(scale) / unit * gain) - deviations[i]) < 0.001 * deviations[i] + 1e-4)
                changed += difference == symbols[i] ? 0 : 1
            }
        }
        #expect(2 * changed > rows * columns)
    }

    @Test func neighboursAreThoseOfTheSlice() {
        // A square of four cells and one far off, in an order of their own.
        let scan = ScanNeighbours(order: [5, 6, 2, 1, 11], rows: 3, columns: 4)
        #expect((0..<5).map { scan.before($0, from: 0).count } == [0, 1, 1, 2, 0])
        #expect((1..<5).map { scan.before($0, from: 1).count } == [0, 1, 1, 0])
        let values: [Int32] = [0, 7, 0, 20, 0, 300, 0, 4000, 0, 50_000]
        #expect(scan.before(3, from: 0).sum(of: values, stride: 2, offset: 1) == 307)
        #expect(scan.before(3, from: 1).shifted(by: 1).sum(of: values, stride: 2, offset: 1) == 20)
    }

    /// Slices of a few cells, cells that are not sent, slices that do not arrive.
    @Test func bothEndsAgree() throws {
        let image = testPicture(width: 256, height: 192)
        let analysis = try catalogue.analyse(image)
        let (rows, columns) = (analysis.rows, analysis.columns)
        let flat = Plane(width: columns, height: rows, repeating: 1)
        for (rate, every) in [(1, 1), (4, 3), (7, 7)] {
            let mask = Mask(
                width: columns, height: rows, values: (0..<rows * columns).map { every == 1 || $0 % every != 1 })
            for payload in [40, 90, 1100] {
                var stream = try catalogue.encode(
                    analysis, rate: rate, mask: mask, importance: flat, prompt: "", alpha: 0, referenceInformation: 1,
                    slicePayload: payload)
                let exact = SymbolQuantiser(backbone, gain: catalogue.entries[rate - 1].gain)
                    .symbols(analysis.latents[0].values, scales: analysis.latents[0].plain.scales)
                for lost in [0, stream.slices.count / 2] where stream.slices.count > 3 { stream.slices[lost] = nil }
                let decoded = try catalogue.decodeSymbols(stream)
                #expect(decoded.damaged.isEmpty)
                for cell in mask.values.indices where decoded.received.values[cell] {
                    #expect(decoded.values[12 * cell..<12 * cell + 12] == exact[12 * cell..<12 * cell + 12])
                }
                #expect(decoded.received.count > 0)
            }
            let whole = try catalogue.encode(
                analysis, rate: rate, mask: mask, importance: flat, prompt: "", alpha: 0, referenceInformation: 1,
                slicePayload: SliceTable.greatestByteCount)
            #expect(whole.sliceCount == 1)
            let expected = analysis.cellBits(rate: rate).reduce(0) { $0 + Double($1) }
            if every == 1 { #expect(abs(Double(whole.bits.features) - expected) < 0.001 * expected + 32) }
            let theory = analysis.theoreticalBits(rate: rate, mask: mask)
            #expect(abs(try catalogue.theoreticalBits(whole).features - theory) < 1e-6 * theory)
        }
    }
}
