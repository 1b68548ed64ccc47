import Determinism
import Foundation
import Imaging
import Neural

/// A latent diffusion model from a diffusers folder: text encoder, denoiser, autoencoder, noise schedule.
///
///     prompt ─ tokenizer ─ text encoder ─┐
///     m̄ ⊙ x̂ ─ encode ─┐                  ▼
///     m̄ ───────────────┴─► [ U-Net ─ step back ]ᵀ ─ decode ─ composite ─► x̃
///     noise ──────────────►
public final class DiffusionPipeline: Sendable {
    /// The folder the model came from.
    public let folder: String
    let tokenizer: Tokenizer
    let textEncoder: TextEncoder
    let denoiser: UNet
    let autoencoder: Autoencoder
    let schedule: NoiseSchedule
    /// What stands in the masked latent where nothing is known (see ``MaskedLatentFill``).
    let maskedLatentFill: MaskedLatentFill
    /// Weight of classifier-free guidance where none is asked for: the folder's `guidance_scale`, else 7.5.
    public let guidance: Float
    /// Share of the noise schedule walked back where none is asked for: the folder's `strength`, else all of it.
    public let strength: Float
    /// Noise a cell's filling begins with, at most, over the texture around it (``LocalTexture``): the folder's
    /// `noise_per_texture`. Nil where the strength alone decides.
    let noisePerTexture: Float?
    let pace = Pace()

    /// - Parameter folder: holds `model_index.json`, `unet/`, `vae/`, `text_encoder/`, `tokenizer/`, `scheduler/`.
    /// - Throws: ``ModelFailure`` or `SafeTensors.Failure`, one line that names the file at fault.
    public init(folder: String) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
            throw ModelFailure.unreadable(path: folder, reason: "no such folder")
        }
        let index = try Configuration(path: folder + "/model_index.json")
        let expected = [
            "unet": ["UNet2DConditionModel"], "vae": ["AutoencoderKL"], "text_encoder": ["CLIPTextModel"],
            "tokenizer": ["CLIPTokenizer", "CLIPTokenizerFast"],
        ]
        for (part, classes) in expected.sorted(by: { $0.key < $1.key }) {
            guard case .list(let entry)? = index[part], case .text(let name)? = entry.last else {
                throw index.failure(part, "must name a library and a class")
            }
            guard classes.contains(name) else { throw index.failure(part, "is a '\(name)'; expected \(classes[0])") }
        }
        self.folder = folder
        guidance = Float(try index.number("guidance_scale", default: 7.5, in: 0...100))
        strength = Float(try index.number("strength", default: 1, in: 0.01...1))
        let noise = Float(try index.number("noise_per_texture", default: 0, in: 0...1000))
        noisePerTexture = noise > 0 ? noise : nil
        let fill = try index.text("masked_latent_fill", default: MaskedLatentFill.grey.rawValue)
        guard let maskedLatentFill = MaskedLatentFill(rawValue: fill) else {
            throw index.failure(
                "masked_latent_fill",
                "is '\(fill)'; known are \(MaskedLatentFill.allCases.map(\.rawValue).joined(separator: " and "))")
        }
        self.maskedLatentFill = maskedLatentFill
        textEncoder = try TextEncoder(folder: folder + "/text_encoder")
        tokenizer = try Tokenizer(folder: folder + "/tokenizer", most: textEncoder.positions)
        guard tokenizer.largest < textEncoder.vocabulary else {
            throw ModelFailure.configuration(
                path: folder + "/text_encoder/config.json", key: "vocab_size",
                reason: "is \(textEncoder.vocabulary), but the tokenizer counts to \(tokenizer.largest)")
        }
        schedule = try NoiseSchedule(path: folder + "/scheduler/scheduler_config.json")
        denoiser = try UNet(folder: folder + "/unet")
        autoencoder = try Autoencoder(folder: folder + "/vae")
        let c = denoiser.configuration
        let latents = autoencoder.latentChannels
        guard c.inputChannels == latents || c.inputChannels == 2 * latents + 1 else {
            throw ModelFailure.configuration(
                path: c.path, key: "in_channels",
                reason:
                    "is \(c.inputChannels); with \(latents) latent channels it must be \(latents), or \(2 * latents + 1) for inpainting"
            )
        }
        guard c.outputChannels == latents else {
            throw ModelFailure.configuration(
                path: c.path, key: "out_channels", reason: "must be the \(latents) latent channels")
        }
        guard c.contextWidths.allSatisfy({ $0 == textEncoder.width }) else {
            throw ModelFailure.configuration(
                path: c.path, key: "cross_attention_dim", reason: "is not the text encoder's width \(textEncoder.width)"
            )
        }
    }

    /// Whether the denoiser takes mask and masked latent as channels; otherwise known cells are held by RePaint.
    public var conditionsOnMask: Bool { denoiser.configuration.inputChannels > autoencoder.latentChannels }

    /// The greatest number of steps this model's schedule has.
    public var mostSteps: Int { schedule.count }

    func fill(
        _ image: Image, known mask: Mask, settings: FillSettings, budget: FillBudget?,
        progress: (FillProgress) throws -> Void
    ) throws -> Filling {
        let kind = settings.scheduler ?? schedule.kind
        guard settings.resamplings >= 1, settings.resamplings <= 100 else {
            throw FillFailure.setting("resamplings must be from 1 to 100")
        }
        let guidance = settings.guidance ?? self.guidance
        // With nothing known and no layout there is no filling to begin from.
        let strength = mask.values.contains(true) || settings.layout != nil ? settings.strength ?? self.strength : 1
        guard strength > 0, strength <= 1 else { throw FillFailure.setting("strength must be over 0 and at most 1") }
        guard guidance.isFinite, settings.eta >= 0, settings.eta <= 1, settings.feather >= 0 else {
            throw FillFailure.setting("guidance must be finite, eta from 0 to 1, the feather not negative")
        }
        _ = try schedule.steps(settings.steps, kind: kind)
        func plain(after steps: Int) -> Filling {
            settings.layout == nil
                ? Inpainter.smooth(image, known: mask, layout: nil, steps: (steps, settings.steps))
                : Inpainter.textured(image, known: mask, settings: settings, steps: (steps, settings.steps))
        }

        let canvas = Canvas(
            image: image, mask: mask, factor: autoencoder.factor, latentChannels: autoencoder.latentChannels,
            layout: settings.layout)
        let guided = guidance > 1
        let callsPerStep = Double((guided ? 2 : 1) * (conditionsOnMask ? 1 : settings.resamplings))
        let area = canvas.rows * canvas.columns
        // Steps that fit, from what earlier fillings took; unknown before the first one.
        var steps = settings.steps
        if let budget, let known = pace.estimate(area: area) {
            let left = budget.remaining / Pace.caution - known.encode - known.decode
            steps = min(steps, Int(max(0, min(1e6, left / max(known.call * callsPerStep, 1e-9)))))
            guard steps > 0 else { return plain(after: 0) }
        }

        // One reading of the clock a part: what lies between two of them is the part's time.
        var reading = budget?.now()
        func lap() -> Double? {
            guard let budget, let last = reading else { return nil }
            let now = budget.now()
            reading = now
            return (now - last).seconds
        }
        let prompt = textEncoder(tokenizer(settings.prompt))
        let negative = guided ? textEncoder(tokenizer(settings.negativePrompt)) : nil
        let latent =
            conditionsOnMask
            ? canvas.maskedLatent(autoencoder, fill: maskedLatentFill) : canvas.knownLatent(autoencoder)
        let encodeSeconds = lap() ?? 0

        var sampler = Sampler(
            denoiser: denoiser, schedule: schedule, kind: kind, prompt: prompt, negative: negative, guidance: guidance,
            eta: settings.eta, resamplings: settings.resamplings, stream: settings.stream)
        var plan = try schedule.steps(steps, strength: strength, kind: kind)
        let start = strength < 1 ? start(of: canvas, latent: latent, settings) : nil
        let times = noisePerTexture.flatMap { noise in start.flatMap { joiningTimes($0, canvas: canvas, noise: noise) }
        }
        try sampler.begin(
            canvas: canvas, latent: latent, initial: settings.latents, start: start.map { ($0, plan[0].time) },
            times: times)
        var done = 0
        while let step = plan.first {
            try sampler.advance(step)
            done += 1
            plan.removeFirst()
            if let budget, let seconds = lap(), let now = reading {
                pace.note(area: area, encode: encodeSeconds, call: seconds / callsPerStep)
                // The decoder is about twice the encoder; after the first filling its own time is known.
                let left =
                    (budget.deadline - now).seconds / Pace.caution
                    - (pace.estimate(area: area)?.decode ?? 2 * encodeSeconds)
                if left < 0 { return plain(after: done) }
                let fits = Int(min(1e6, left / max(seconds, 1e-9)))
                if fits < plan.count { plan = Self.thinned(plan, to: fits) }
            }
            try progress(FillProgress(step: done, steps: done + plan.count))
        }
        let picture = autoencoder.decode(canvas.unscaled(sampler.result, autoencoder))
        let result = Composite.join(image: image, known: mask, generated: picture, feather: settings.feather)
        if let seconds = lap() { pace.note(area: area, decode: seconds) }
        return Filling(image: result, method: "diffusion", stepsDone: done, stepsAsked: settings.steps)
    }

    /// What the walk begins at, noised.
    private func start(of canvas: Canvas, latent: Tensor, _ settings: FillSettings) -> Tensor {
        settings.layout != nil || (conditionsOnMask && maskedLatentFill == .grey)
            ? canvas.startLatent(autoencoder, stream: settings.stream) : latent
    }

    /// When each cell joins the walk: smooth surroundings are continued smoothly, whatever the strength. Known cells never do:
    /// noised, they are what the denoiser saw in training, and end as they are.
    private func joiningTimes(_ latent: Tensor, canvas: Canvas, noise: Float) -> [Int]? {
        let known = canvas.maskChannel.values.map { $0 == 0 }
        let level = LocalTexture.level(latent, known: Mask(width: canvas.columns, height: canvas.rows, values: known))
        return level.map { zip(known, $0).map { $0 ? -1 : schedule.time(ofNoise: noise * $1) } }
    }

    /// `count` of the steps still to be made, evenly, the next one always among them, and the last still ending clean.
    static func thinned(_ plan: [NoiseSchedule.Step], to count: Int) -> [NoiseSchedule.Step] {
        let kept = (0..<count).map { plan[$0 * plan.count / count] }
        return kept.enumerated().map { position, step in
            NoiseSchedule.Step(
                time: step.time,
                previous: position + 1 < kept.count ? kept[position + 1].time : plan[plan.count - 1].previous)
        }
    }
}
