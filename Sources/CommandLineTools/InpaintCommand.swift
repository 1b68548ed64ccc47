import ArgumentParser
import Determinism
import Files
import Foundation
import Imaging
import Inpainting
import Neural
import Records

/// `testbed inpaint IMAGE MASK -o OUT.png`: fills the unknown pixels of one picture.
public struct InpaintCommand: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "inpaint",
        abstract: "Fill the pixels of a picture that are not known, from the known ones and a prompt.",
        discussion: """
            White in MASK is m̄ = 1, the known (critical) pixels; they leave as they came, to the bit. \
            In a MASK with transparency, transparent pixels are unknown. A model is a diffusers folder \
            (model_index.json, unet/, vae/, text_encoder/, tokenizer/, scheduler/) with 9 input channels (inpainting) \
            or 4 (known cells are then held as RePaint does). Without one, 'harmonic' closes the holes smoothly.
            """)

    @Argument(help: "The picture (PNG, JPEG, WebP or PPM).")
    var image: String

    @Argument(help: "The mask, as large as the picture: white is known.")
    var mask: String

    @Option(name: [.short, .long], help: "Where the filled picture goes (PNG or PPM).")
    var output: String

    @Option(help: "What the picture shows.")
    var prompt = ""

    @Option(help: "What the picture should not show; needs a guidance above 1.")
    var negativePrompt = ""

    @Option(help: "A diffusers folder, 'default' (the model that comes along), 'texture', 'harmonic', or 'none'.")
    var model = "harmonic"

    @Option(help: "Denoising steps.")
    var steps = 31

    @Option(help: "Seed of the noise.")
    var seed: UInt64 = 0

    @Option(help: "ddpm or ddim; the model's own unless given.")
    var scheduler: FillSettings.SchedulerKind?

    @Option(help: "DDIM's η: 0 deterministic, 1 as noisy as DDPM.")
    var eta: Float = 0

    @Option(help: "Weight of classifier-free guidance; up to 1 is none, the model's own unless given.")
    var guidance: Float?

    @Option(
        help:
            """
            Share of the noise schedule walked back, up to 1; below, the walk begins at the noised harmonic filling. \
            The model's own unless given.
            """
    )
    var strength: Float?

    @Option(help: "First latents in place of the seed's noise: float32 NPY file of shape 1×4×h×w.")
    var noise: String?

    @Option(help: "Rounds of each step for models without mask channels.")
    var resamplings = 1

    @Option(help: "Pixels inside the unknown region over which its rim is bent to the known pixels; 0 for none.")
    var feather = 16

    @Option(help: "Seconds the filling may take; steps are dropped to keep them.")
    var budget: Double?

    @Option(help: "Threads; all processors unless given.")
    var threads: Int?

    @Flag(help: "Print what was done as JSON.")
    var json = false

    public init() {}

    public func validate() throws {
        guard steps > 0 else { throw ValidationError("--steps must be at least 1") }
        try OptionRange.check(budget, "--budget", 1e-6...1e9, "seconds")
        try OptionRange.check(threads, "--threads", 1...1024)
        try OptionRange.check(feather, "--feather", 0...65_536, "pixels")
        try OptionRange.check(resamplings, "--resamplings", 1...100)
        try OptionRange.check(eta, "--eta", 0...1)
        try OptionRange.check(guidance, "--guidance", 0...100)
        try OptionRange.check(strength, "--strength", 0.001...1)
    }

    public func run() throws {
        if let threads { setComputeThreads(threads) }
        let clock = ContinuousClock()
        let start = clock.now
        // The clock the budget is kept by starts with the program's work, model loading included.
        let now: @Sendable () -> Instant = {
            let (seconds, attoseconds) = (clock.now - start).components
            return Instant(nanoseconds: seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
        }
        let picture = try readPhoto(image).image
        let (known, usesTransparency) = try Mask.read(mask)
        tell(usesTransparency ? "\(mask): transparent pixels are taken as unknown" : nil)
        tell(known.values.allSatisfy { $0 } ? "\(mask): every pixel is known (white), nothing is filled" : nil)
        let inpainter = try Inpainter(named: model)
        var settings = FillSettings(
            prompt: prompt, steps: steps, guidance: guidance, strength: strength,
            stream: RandomStream(seed: seed, name: "inpaint"))
        (settings.negativePrompt, settings.scheduler, settings.eta) = (negativePrompt, scheduler, eta)
        (settings.resamplings, settings.feather) = (resamplings, feather)
        if let noise { settings.latents = try NumPyArray(contentsOf: noise).values }
        let loaded = now()
        var stamps: [(wall: Instant, processor: Double)] = []
        let meter = FillProgressLine()
        let filling = try inpainter.fill(
            picture, known: known, settings: settings,
            budget: budget.map { FillBudget(deadline: Instant(nanoseconds: 0) + .seconds($0), now: now) }
        ) { progress in
            stamps.append((now(), Self.processorSeconds()))
            meter.show(progress)
        }
        let done = now()
        meter.end()
        try filling.image.write(to: output)
        guard json else {
            if filling.method != "diffusion", filling.stepsAsked > 0 {
                print("\(output): the budget left no time for the model; the filling is \(filling.method)")
            } else if filling.stepsDone < filling.stepsAsked {
                print("\(output): \(filling.stepsDone) of \(filling.stepsAsked) steps, to keep the budget")
            }
            return
        }
        let record = Record(
            method: filling.method, stepsDone: filling.stepsDone, stepsAsked: filling.stepsAsked,
            stages: .init(
                load: (loaded - Instant(nanoseconds: 0)).seconds, fill: (done - loaded).seconds,
                steps: zip(stamps, stamps.dropFirst()).map { ($1.wall - $0.wall).seconds },
                stepsProcessor: zip(stamps, stamps.dropFirst()).map { $1.processor - $0.processor }),
            peakMemory: Self.peakMemory())
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        print(String(decoding: try encoder.encode(record), as: UTF8.self))
    }

    struct Record: Codable {
        struct Stages: Codable {
            /// Seconds: reading pictures and model; the filling as a whole; each step from the second on.
            let load, fill: Double
            let steps: [Double]
            /// Processor time of the same steps, over all threads: what a shared machine does not blur.
            let stepsProcessor: [Double]
        }
        let method: String
        let stepsDone, stepsAsked: Int
        let stages: Stages
        /// Bytes of resident memory at the most; nil where the system does not tell.
        let peakMemory: Int?
    }

    private func tell(_ warning: String?) {
        if let warning { complain("warning: \(warning)") }
    }

    private static func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// Linux writes it down for every process; there is no portable call.
    static func peakMemory() -> Int? {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return nil }
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }.map {
            $0 * 1024
        }
    }
}

extension FillSettings.SchedulerKind: ExpressibleByArgument {}
