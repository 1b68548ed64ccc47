import Fidelity
import Imaging
import Testing

@Suite struct PictureMeasureTests {
    @Test(arguments: ["fair", "poor"])
    func equalTheReferences(name: String) throws {
        let expected = try referenceValues()[name]!
        let original = try Image(contentsOf: golden(name + "-original.png"))
        let received = try Image(contentsOf: golden(name + "-received.png"))
        #expect(abs(peakSignalToNoiseRatio(original, received) - expected["psnr"]!) < 1e-6)
        #expect(abs(structuralSimilarity(original, received)! - expected["ssim"]!) < 1e-6)
        #expect(abs(structuralSimilarity(original, received, window: .gaussian)! - expected["gaussian"]!) < 1e-4)
        #expect(abs(multiScaleStructuralSimilarity(original, received)! - expected["multiScale"]!) < 1e-4)
    }

    @Test func equalPicturesAreIdeal() throws {
        let image = try Image(contentsOf: golden("fair-original.png"))
        #expect(peakSignalToNoiseRatio(image, image) == .infinity)
        #expect(abs(structuralSimilarity(image, image)! - 1) < 1e-12)
        #expect(abs(multiScaleStructuralSimilarity(image, image)! - 1) < 1e-12)
        #expect(
            maskPeakSignalToNoiseRatio(image, image, mask: Mask(width: 256, height: 192, repeating: true)) == .infinity)
    }

    @Test func smallPicturesHaveNoWindow() {
        let image = Image(width: 6, height: 40)
        #expect(structuralSimilarity(image, image) == nil)
        #expect(multiScaleStructuralSimilarity(image, image) == nil)
    }

    @Test func theMaskDecidesWhatCounts() throws {
        let original = Image(width: 8, height: 4, grey: 100)
        var received = original
        for c in 0..<3 { received.pixels[c] = 110 }  // an error of 10 in the first pixel only
        var mask = Mask(width: 8, height: 4, repeating: false)
        #expect(maskPeakSignalToNoiseRatio(original, received, mask: mask) == nil)
        mask[3, 7] = true
        #expect(maskPeakSignalToNoiseRatio(original, received, mask: mask) == .infinity)
        mask[0, 0] = true  // a mean squared error of 100/2
        #expect(abs(maskPeakSignalToNoiseRatio(original, received, mask: mask)! - 31.1411) < 1e-4)
        let all = Mask(width: 8, height: 4, repeating: true)
        #expect(maskPeakSignalToNoiseRatio(original, received, mask: all) == peakSignalToNoiseRatio(original, received))
    }
}
