import Determinism
import Imaging
import Neural
import PromptEncoding

extension DiffusionPipeline {
    func fill(
        _ image: Image, known mask: Mask, settings: FillSettings, budget: FillBudget?,
        progress: (FillProgress) throws -> Void
    ) throws -> Filling {
        let (kind, guidance, strength) = try settled(settings, known: mask)
        func plain(after steps: Int) -> Filling {
            settings.layout == nil
                ? Filling.smooth(image, known: mask, layout: nil, steps: (steps, settings.steps))
                : Filling.textured(image, known: mask, settings: settings, steps: (steps, settings.steps))
        }
        let canvas = Canvas(
            image: image, mask: mask, factor: autoencoder.factor, latentChannels: autoencoder.latentChannels,
            layout: settings.layout)
        let guided = guidance > 1
        var timing = FillTiming(
            timing, budget: budget, area: canvas.rows * canvas.columns,
            callsPerStep: (guided ? 2 : 1) * (conditionsOnMask ? 1 : settings.resamplings))
        let steps = timing.affordable(settings.steps)
        guard steps > 0 else { return plain(after: 0) }

        timing.begin()
        let prompt = textEncoder(tokenizer(settings.prompt))
        let negative = guided ? textEncoder(tokenizer(settings.negativePrompt)) : nil
        let latent =
            conditionsOnMask
            ? canvas.maskedLatent(autoencoder, fill: maskedLatentFill) : canvas.knownLatent(autoencoder)
        timing.noteEncoding()

        var sampler = Sampler(
            denoiser: denoiser, schedule: schedule, kind: kind,
            guidance: .init(prompt: prompt, negative: negative, weight: guidance), eta: settings.eta,
            resamplings: settings.resamplings, stream: settings.stream)
        var plan = try schedule.steps(steps, strength: strength, kind: kind)
        let start = strength < 1 ? start(of: canvas, latent: latent, settings) : nil
        try sampler.begin(
            canvas: canvas, latent: latent, initial: settings.latents, start: start.map { ($0, plan[0].time) },
            times: start.flatMap { joiningTimes($0, canvas: canvas) })
        var done = 0
        while let step = plan.first {
            try sampler.advance(step)
            done += 1
            plan.removeFirst()
            if let fitting = timing.noteStep() {
                if fitting < 0 { return plain(after: done) }
                if fitting < plan.count { plan = Self.thinned(plan, to: fitting) }
            }
            try progress(FillProgress(step: done, steps: done + plan.count))
        }
        let picture = autoencoder.decode(canvas.unscaled(sampler.result, autoencoder))
        let result = Composite.join(image: image, known: mask, generated: picture, feather: settings.feather)
        timing.noteDecoding()
        return Filling(image: result, method: "diffusion", stepsDone: done, stepsAsked: settings.steps)
    }

    /// What is asked for, and the model's own where nothing is.
    ///
    /// - Throws: ``FillFailure`` where the model cannot do it.
    private func settled(
        _ settings: FillSettings, known mask: Mask
    ) throws -> (kind: FillSettings.SchedulerKind, guidance: Float, strength: Float) {
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
        return (kind, guidance, strength)
    }

    /// What the walk begins at, noised.
    private func start(of canvas: Canvas, latent: Tensor, _ settings: FillSettings) -> Tensor {
        settings.layout != nil || (conditionsOnMask && maskedLatentFill == .grey)
            ? canvas.startLatent(autoencoder, stream: settings.stream) : latent
    }

    /// When each cell joins the walk: smooth surroundings are continued smoothly, whatever the strength. Known cells
    /// never do: noised, they are what the denoiser saw in training, and end as they are.
    private func joiningTimes(_ latent: Tensor, canvas: Canvas) -> [Int]? {
        guard let noise = noisePerTexture else { return nil }
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
