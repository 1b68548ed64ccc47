import Fidelity
import Foundation
import HyperpriorCodec
import Imaging
import Neural
import Semantics
import Testing

/// Proposition 4.1 and the receiver's own figure, on real photos through the shipped coder and classifier.
@Suite struct PhotoTests {
    let catalogue: Catalogue
    let classifier: Classifier

    init() throws {
        catalogue = try Catalogue()
        classifier = try Classifier()
    }

    /// A quarter of the photo's width and height that holds its middle, so that the tests stay quick.
    static func photo(_ name: String) throws -> Image {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "../../Topologies/Photos"
        ).standardizedFileURL
        let whole = try Image(contentsOf: folder.appendingPathComponent(name + ".jpg").path)
        return whole.resized(width: whole.width / 2, height: whole.height / 2, filter: .lanczos)
    }

    func information(_ analysis: Analysis, rate: Int) -> [Double] {
        GVIF.cellInformation(
            scales: analysis.scales(rate: rate).values, channels: analysis.channels, cells: analysis.cells,
            gain: catalogue.gain(rate: rate),
            limit: catalogue.gain(rate: catalogue.referenceRate))
    }

    @Test(arguments: ["astronaut", "cat", "coffee", "galaxies", "rocket", "temple"])
    func propertiesOfProposition41(name: String) throws {
        let photo = try Self.photo(name)
        let analysis = try catalogue.analyse(photo)
        let importance = try classifier.examine(photo).importance(
            label: .top, rows: analysis.rows, columns: analysis.columns, imageWidth: photo.width,
            imageHeight: photo.height, cell: Catalogue.cellSize
        ).plane
        let reference = information(analysis, rate: catalogue.referenceRate)
        let denominator = reference.reduce(0, +)
        #expect(denominator > 0)
        #expect(GVIF.value(information: reference, reference: denominator) == 1)
        let nothing = Mask(width: analysis.columns, height: analysis.rows, repeating: false)
        #expect(GVIF.value(information: reference, mask: nothing, reference: denominator) == 0)
        var byRate = 0.0
        for rate in 1...catalogue.rateCount {
            let own = information(analysis, rate: rate)
            let all = GVIF.value(information: own, reference: denominator)
            #expect(all > byRate && all <= 1, "rate \(rate)")
            byRate = all
            // The smaller the threshold, the larger ℙ.
            var byThreshold = 0.0
            for step in (0...20).reversed() {
                let mask = importance.selection(threshold: Float(step) / 20)
                let some = GVIF.value(information: own, mask: mask, reference: denominator)
                #expect(some >= byThreshold && some <= all)
                byThreshold = some
            }
            #expect(abs(byThreshold - all) < 1e-12)  // α = 0 sends everything
        }
        #expect(byRate == 1)
    }

    @Test(arguments: ["coffee", "raccoon"])
    func theReceiverFindsTheSameFigure(name: String) throws {
        let photo = try Self.photo(name)
        let analysis = try catalogue.analyse(photo)
        let importance = try classifier.examine(photo).importance(
            label: .top, rows: analysis.rows, columns: analysis.columns, imageWidth: photo.width,
            imageHeight: photo.height, cell: Catalogue.cellSize
        ).plane
        let rate = catalogue.rateCount * 2 / 3
        let denominator = information(analysis, rate: catalogue.referenceRate).reduce(0, +)
        let mask = importance.selection(threshold: 0.5)
        let sent = GVIF.value(information: information(analysis, rate: rate), mask: mask, reference: denominator)
        let stream = try catalogue.encode(
            analysis, rate: rate, mask: mask, importance: importance, prompt: name, alpha: 0.5,
            referenceInformation: Float(denominator),
            slicePayload: 700)

        func realised(_ stream: Bitstream) throws -> (value: Double, received: Mask) {
            let decoding = try catalogue.decode(stream)
            let own = GVIF.cellInformation(
                scales: decoding.scales.values, channels: decoding.scales.shape[0], cells: analysis.cells,
                gain: decoding.gain)
            return (
                GVIF.value(
                    information: own, mask: decoding.receivedMask, reference: Double(stream.header.referenceInformation)
                ),
                decoding.receivedMask
            )
        }
        let whole = try realised(stream)
        #expect(whole.received == mask)
        #expect(abs(whole.value - sent) < 1e-6)

        var torn = stream
        for index in Swift.stride(from: 1, to: stream.sliceCount, by: 2) { torn.remove(slice: index) }
        let partial = try realised(torn)
        #expect(partial.received.count < mask.count && partial.received.count > 0)
        let formula = GVIF.value(
            information: information(analysis, rate: rate), mask: partial.received, reference: denominator)
        #expect(abs(partial.value - formula) < 1e-6)
        #expect(partial.value < whole.value)
    }
}
