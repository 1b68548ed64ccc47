import Determinism
import Foundation
import Imaging
import Neural
import Synchronization
import Testing

@testable import Inpainting
@testable import PromptEncoding

@Suite struct PipelineTests {
    static let scheduler = """
        {"_class_name": "DDIMScheduler", "beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012,
         "clip_sample": false, "set_alpha_to_one": false, "steps_offset": 1}
        """

    /// A whole folder out of golden parts.
    static func assemble(_ folder: TemporaryFolder) throws -> String {
        let root = folder.url.appending(path: "model")
        try Synthetic.materialise("unet-inpainting", at: root.appending(path: "unet"))
        try Synthetic.materialise("vae-plain", at: root.appending(path: "vae"))
        try Synthetic.materialise("text_encoder-quick", at: root.appending(path: "text_encoder"))
        try FileManager.default.copyItem(
            at: Golden.folder.appending(path: "tokenizer"), to: root.appending(path: "tokenizer"))
        try FileManager.default.copyItem(
            at: Golden.folder.appending(path: "model/model_index.json"), to: root.appending(path: "model_index.json"))
        try FileManager.default.createDirectory(
            at: root.appending(path: "scheduler"), withIntermediateDirectories: true)
        try Data(scheduler.utf8).write(to: root.appending(path: "scheduler/scheduler_config.json"))
        return root.path
    }

    static var saved: String { Golden.folder.appending(path: "model").path }
    static func settings(_ steps: Int, seed: UInt64 = 1) -> FillSettings {
        FillSettings(
            prompt: "a photo of a dog", steps: steps, guidance: 4, stream: RandomStream(seed: seed, name: "inpaint"))
    }

    /// Runs the pipeline's parts as `fill` does, on injected latents.
    func walk(
        _ pipeline: DiffusionPipeline, side: Int, steps: Int, negative: String, latents: String
    ) throws -> (latent: Tensor, picture: Tensor) {
        let canvas = Canvas(
            image: TestPicture.image(side: side), mask: TestPicture.mask(side: side),
            factor: pipeline.autoencoder.factor, latentChannels: 4)
        var sampler = Sampler(
            denoiser: pipeline.denoiser, schedule: pipeline.schedule, kind: .ddim,
            guidance: .init(
                prompt: pipeline.textEncoder(pipeline.tokenizer("a photo of a dog")),
                negative: pipeline.textEncoder(pipeline.tokenizer(negative)), weight: 4),
            eta: 0, resamplings: 1, stream: RandomStream(seed: 1, name: "unused"))
        try sampler.begin(
            canvas: canvas, latent: canvas.maskedLatent(pipeline.autoencoder, fill: .grey),
            initial: Synthetic.noise(latents, [4, canvas.rows, canvas.columns]).values)
        for step in try pipeline.schedule.steps(steps, kind: .ddim) { try sampler.advance(step) }
        return (sampler.result, pipeline.autoencoder.decode(canvas.unscaled(sampler.result, pipeline.autoencoder)))
    }

    @Test func thirtyOneGuidedStepsEndWhereDiffusersEnds() throws {
        let folder = try TemporaryFolder()
        let pipeline = try DiffusionPipeline(folder: Self.assemble(folder))
        let found = try walk(pipeline, side: 64, steps: 31, negative: "blurry", latents: "inpaint/latents")
        let outputs = try Golden.outputs()
        #expect(relativeError(found.latent, try outputs.tensor("inpaint/latent")) < 1e-2)
        #expect(relativeError(found.picture, try outputs.tensor("inpaint/picture")) < 1e-2)
    }

    /// 16-bit weights in shards, configurations with every key diffusers writes.
    @Test func aFolderSavedByDiffusersLoadsAsItIs() throws {
        let pipeline = try DiffusionPipeline(folder: Self.saved)
        let found = try walk(pipeline, side: 32, steps: 5, negative: "", latents: "model/latents")
        let outputs = try Golden.outputs()
        #expect(relativeError(found.latent, try outputs.tensor("model/latent")) < 1e-2)
        #expect(relativeError(found.picture, try outputs.tensor("model/picture")) < 1e-2)
    }

    @Test func aHarmonicMaskedLatentKeepsKnownCellsAndIsTheMeanOfItsNeighboursElsewhere() throws {
        let autoencoder = try DiffusionPipeline(folder: Self.saved).autoencoder
        let image = TestPicture.image(side: 64)
        func canvas(_ mask: Mask) -> Canvas {
            Canvas(image: image, mask: mask, factor: autoencoder.factor, latentChannels: autoencoder.latentChannels)
        }
        let part = canvas(TestPicture.mask(side: 64))
        let (known, filled) = (part.knownLatent(autoencoder), part.maskedLatent(autoencoder, fill: .harmonic))
        let unknown = part.maskChannel.values
        let (rows, columns) = (part.rows, part.columns)
        #expect(unknown.contains(1) && unknown.contains(0))
        for channel in 0..<autoencoder.latentChannels {
            for row in 0..<rows {
                for column in 0..<columns {
                    func at(_ r: Int, _ c: Int) -> Float { filled.values[(channel * rows + r) * columns + c] }
                    guard unknown[row * columns + column] == 1 else {
                        #expect(at(row, column) == known.values[(channel * rows + row) * columns + column])
                        continue
                    }
                    let around = [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)].filter {
                        rows > $0.0 && $0.0 >= 0 && columns > $0.1 && $0.1 >= 0
                    }
                    let sum = around.reduce(Float(0)) { $0 + at($1.0, $1.1) }
                    #expect(abs(Float(around.count) * at(row, column) - sum) < 2e-3)
                }
            }
        }
        // Text to image: nothing to lean on.
        let nothing = canvas(Mask(width: 64, height: 64, repeating: false)).maskedLatent(autoencoder, fill: .harmonic)
        #expect(nothing.values.allSatisfy { $0 == 0 })
    }

    @Test func knownPixelsLeaveAsTheyCameAndTheSameSeedGivesTheSamePicture() throws {
        let inpainter = try Inpainter(named: Self.saved)
        // 30 × 37 is no multiple of the latent's cells.
        let image = Image(width: 30, height: 37, pixels: Array(TestPicture.image(side: 64).pixels[..<(3 * 30 * 37)]))
        var mask = Mask(width: 30, height: 37, repeating: true)
        for y in 5..<30 { for x in 7..<30 { mask[y, x] = false } }
        let first = try inpainter.fill(image, known: mask, settings: Self.settings(3))
        #expect(first.method == "diffusion" && first.stepsDone == 3 && first.stepsAsked == 3)
        for i in 0..<mask.values.count where mask.values[i] {
            #expect(first.image.pixels[3 * i..<3 * i + 3] == image.pixels[3 * i..<3 * i + 3])
        }
        #expect(try inpainter.fill(image, known: mask, settings: Self.settings(3)).image == first.image)
        #expect(try inpainter.fill(image, known: mask, settings: Self.settings(3, seed: 2)).image != first.image)
    }

    @Test func aPartOfTheScheduleBeginsAtTheNoisedHarmonicFilling() throws {
        let pipeline = try DiffusionPipeline(folder: Self.saved)
        let most = pipeline.schedule.count
        let (all, part) = (
            try pipeline.schedule.steps(10, kind: .ddim), try pipeline.schedule.steps(10, strength: 0.5, kind: .ddim)
        )
        #expect(all[0].time >= most * 3 / 4)
        #expect(part.count == 10 && part[0].time < most * 11 / 20 && part[9].time < all[9].time + 1)
        #expect(try pipeline.schedule.steps(most, strength: 0.1, kind: .ddim).count == most)
        // Hardly any noise leaves the harmonic filling's latent.
        let (image, mask) = (TestPicture.image(side: 32), TestPicture.mask(side: 32))
        let canvas = Canvas(
            image: image, mask: mask, factor: pipeline.autoencoder.factor,
            latentChannels: pipeline.autoencoder.latentChannels)
        let latent = canvas.knownLatent(pipeline.autoencoder)
        func start(_ time: Int) -> Float {
            let noise = Synthetic.noise("start", latent.shape).values
            return relativeError(pipeline.schedule.noised(latent, time: time) { noise }, latent)
        }
        #expect(start(0) < 0.2 && start(most - 1) > start(0))
        // With nothing known, and with strength 1, it is the whole walk.
        let inpainter = Inpainter.diffusion(pipeline)
        func filled(_ mask: Mask, _ strength: Float?) throws -> Image {
            var settings = Self.settings(3)
            settings.strength = strength
            return try inpainter.fill(image, known: mask, settings: settings).image
        }
        #expect(try filled(mask, 1) == filled(mask, nil))
        #expect(try filled(mask, 0.5) != filled(mask, nil))
        let nothing = Mask(width: 32, height: 32, repeating: false)
        #expect(try filled(nothing, 0.5) == filled(nothing, 1))
    }

    @Test func repaintEqualsItsReference() throws {
        let folder = try TemporaryFolder()
        try Synthetic.materialise("unet-linear", at: folder.url.appending(path: "unet"))
        let denoiser = try UNet(folder: folder.path("unet"))
        let schedule = try NoiseSchedule(
            path: Golden.folder.appending(path: "model/scheduler/scheduler_config.json").path)
        var draws = 0
        var held = [Float](repeating: 0, count: 99)
        for row in 0..<9 { for column in 0..<5 { held[row * 11 + column] = 1 } }
        var sampler = Sampler(
            denoiser: denoiser, schedule: schedule, kind: .ddim,
            guidance: .init(prompt: Synthetic.noise("prompt", [7, 32])), eta: 0, resamplings: 3,
            stream: RandomStream(seed: 1, name: "unused"))
        sampler.begin(
            sample: Synthetic.noise("repaint/start", [4, 9, 11]), condition: nil,
            known: Synthetic.noise("repaint/known", [4, 9, 11]), held: held)
        for step in try schedule.steps(8, kind: .ddim) {
            try sampler.advance(step) {
                draws += 1
                return Synthetic.noise("repaint/\(draws)", [4, 9, 11]).values
            }
        }
        #expect(relativeError(sampler.result, try Golden.outputs().tensor("repaint")) < 1e-2)
    }

    @Test func aCallerCancelsByThrowing() throws {
        struct Enough: Error {}
        let inpainter = try Inpainter(named: Self.saved)
        var seen: [FillProgress] = []
        #expect(throws: Enough.self) {
            try inpainter.fill(
                TestPicture.image(side: 32), known: TestPicture.mask(side: 32), settings: Self.settings(9)
            ) {
                seen.append($0)
                if $0.step == 2 { throw Enough() }
            }
        }
        #expect(seen == [FillProgress(step: 1, steps: 9), FillProgress(step: 2, steps: 9)])
    }

    /// A clock on which every reading costs a second: steps are dropped, and the deadline is kept.
    @Test(arguments: [0.0, 4.0, 5.0, 7.0, 9.0, 1e6]) func aBudgetLowersTheSteps(seconds: Double) throws {
        final class Clock: Sendable {
            let readings = Mutex(0)
            var now: Instant {
                Instant(
                    nanoseconds: Int64(
                        readings.withLock {
                            $0 += 1
                            return $0
                        }) * 1_000_000_000)
            }
            var read: Int { readings.withLock { $0 } }
        }
        let inpainter = try Inpainter(named: Self.saved)
        let clock = Clock()
        let filled = try inpainter.fill(
            TestPicture.image(side: 32), known: TestPicture.mask(side: 32), settings: Self.settings(12),
            budget: FillBudget(deadline: Instant(nanoseconds: Int64(seconds * 1e9)), now: { clock.now }))
        #expect(filled.stepsAsked == 12 && filled.stepsDone <= 12)
        if seconds == 0 { #expect(filled.method == "harmonic") }
        if seconds == 1e6 { #expect(filled.method == "diffusion" && filled.stepsDone == 12) }
        if seconds == 9 { #expect(filled.method == "diffusion" && (1..<12).contains(filled.stepsDone)) }
        if filled.method == "diffusion" { #expect(Double(clock.read) <= seconds + 1) }
    }

    @Test func absurdSettingsAreRefused() throws {
        let inpainter = try Inpainter(named: Self.saved)
        var settings = Self.settings(0)
        #expect(throws: FillFailure.self) {
            try inpainter.fill(TestPicture.image(side: 32), known: TestPicture.mask(side: 32), settings: settings)
        }
        settings = Self.settings(2)
        settings.latents = [1, 2, 3]
        #expect(throws: FillFailure.self) {
            try inpainter.fill(TestPicture.image(side: 32), known: TestPicture.mask(side: 32), settings: settings)
        }
    }
}
