import Determinism
import Files
import Foundation
import Imaging
import Neural
import Testing

@testable import Inpainting

/// The model that comes along: small enough, whole, and one that fills.
@Suite struct ShippedModelTests {
    @Test func itIsSmallAndInSixteenBits() throws {
        let folder = try Place.existingResource("inpainting", of: "Inpainting/Inpainter.swift")
        let files = try #require(FileManager.default.enumerator(atPath: folder)?.allObjects as? [String])
        let sizes = try files.map {
            try FileManager.default.attributesOfItem(atPath: folder + "/" + $0)[.size] as? Int ?? 0
        }
        #expect(sizes.reduce(0, +) < 10_000_000 && sizes.max()! < 16_000_000)
    }

    @Test func itFillsAndKeepsWhatIsKnown() throws {
        let inpainter = try Inpainter(named: "default")
        guard case .diffusion(let pipeline) = inpainter else {
            Issue.record("no model comes along")
            return
        }
        #expect(pipeline.conditionsOnMask && pipeline.maskedLatentFill == .harmonic)
        let (image, mask) = (TestPicture.image(side: 96), TestPicture.mask(side: 96))
        let filled = try inpainter.fill(
            image, known: mask,
            settings: .init(prompt: "a photo of a cat", steps: 4, stream: RandomStream(seed: 1, name: "inpaint")))
        #expect(filled.summary == "diffusion")
        for i in mask.values.indices where mask.values[i] {
            #expect(filled.image.pixels[3 * i..<3 * i + 3] == image.pixels[3 * i..<3 * i + 3])
        }
        #expect(filled.image != image && filled.image != HarmonicFill.fill(image, known: mask))
    }

    /// A hole in smooth ground stays smooth, one in grain gets grain.
    @Test func itIsNoRougherThanItsSurroundings() throws {
        let inpainter = try Inpainter(named: "default")
        let side = 128
        var mask = Mask(width: side, height: side, repeating: true)
        for y in 32..<96 { for x in 32..<96 { mask.values[y * side + x] = false } }
        func roughness(_ spread: Int) throws -> Double {
            var image = Image(width: side, height: side, grey: 120)
            var state: UInt32 = 7
            // Grain of 4×4 pixels, a cell of the latent.
            for cell in 0..<side * side / 16 {
                state = state &* 1_664_525 &+ 1_013_904_223
                let grey = UInt8(120 + Int(state >> 16) % (2 * spread + 1) - spread)
                for k in 0..<48 {
                    image.pixels[3 * ((cell / (side / 4) * 4 + k / 12) * side + cell % (side / 4) * 4) + k % 12] = grey
                }
            }
            let filled = try inpainter.fill(
                image, known: mask, settings: .init(steps: 16, stream: RandomStream(seed: 1, name: "inpaint"))
            ).image
            var sum = 0.0
            for y in 40..<88 {
                for x in 40..<88 {
                    let difference =
                        Double(filled.pixels[3 * (y * side + x) + 12]) - Double(filled.pixels[3 * (y * side + x)])
                    sum += difference * difference
                }
            }
            return (sum / (48 * 48)).squareRoot()
        }
        let (smooth, grainy) = (try roughness(0), try roughness(60))
        #expect(smooth < 1, "differences four pixels apart: \(smooth) beside nothing")
        #expect(grainy > 3, "differences four pixels apart: \(grainy) beside grain")
    }

    /// The fixed analysis is exact: the autoencoder's latent of a flat picture is flat, and comes back as it was.
    @Test func itsAutoencoderReturnsFlatPictures() throws {
        guard case .diffusion(let pipeline) = try Inpainter(named: "default") else { return }
        for colour: [UInt8] in [[128, 128, 128], [200, 60, 40], [20, 30, 90]] {
            let image = Image(
                width: 64, height: 64, pixels: Array([[UInt8]](repeating: colour, count: 64 * 64).joined()))
            let canvas = Canvas(
                image: image, mask: Mask(width: 64, height: 64, repeating: true), factor: pipeline.autoencoder.factor,
                latentChannels: pipeline.autoencoder.latentChannels)
            let picture = pipeline.autoencoder.decode(pipeline.autoencoder.encode(canvas.picture))
            for channel in 0..<3 {
                let found = picture.values[(channel * 64 + 32) * 64 + 32]
                #expect(abs(found - (Float(colour[channel]) / 127.5 - 1)) < 0.1)
            }
        }
    }
}
