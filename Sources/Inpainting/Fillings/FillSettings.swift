import Determinism
import Imaging

/// What one filling is asked to do.
public struct FillSettings: Sendable {
    public enum SchedulerKind: String, Sendable, CaseIterable {
        case ddpm, ddim
    }

    public var prompt: String
    /// What the guidance pushes away from.
    public var negativePrompt = ""
    /// Denoising steps, T of Eq. (11).
    public var steps: Int
    /// Weight of classifier-free guidance: ε = ε(negative) + guidance·(ε(prompt) − ε(negative)); up to 1 is none.
    /// Nil takes the model's own (``DiffusionPipeline/guidance``).
    public var guidance: Float?
    /// Share of the noise schedule that is walked back, over 0 up to 1: below 1 the walk begins at the noised harmonic
    /// filling (or the layout's), whose coarse colours then stay. Nil takes the model's own
    /// (``DiffusionPipeline/strength``).
    public var strength: Float?
    /// Nil takes the one that the model's folder names.
    public var scheduler: SchedulerKind?
    /// DDIM's η: 0 is deterministic after the first noise, 1 as noisy as DDPM.
    public var eta: Float = 0
    /// Where the noise comes from: the first latents, then every z of Eq. (11), in this order.
    public var stream: RandomStream
    /// The first latents x_T, shape (1, 4, h, w) flattened, in place of the stream's.
    public var latents: [Float]?
    /// How many rounds of denoising and renewed noise each step makes, for models without mask channels (RePaint).
    public var resamplings = 1
    /// Width in pixels, inside the unknown region only, over which the generated picture is bent towards the known
    /// pixels at its rim; 0 leaves the generated pixels alone.
    public var feather = 16
    /// Which colour lies where, as large as the picture: the unknown pixels begin there instead of at the harmonic
    /// filling.
    public var layout: Image?

    public init(
        prompt: String = "", steps: Int = 31, guidance: Float? = nil, strength: Float? = nil, stream: RandomStream,
        layout: Image? = nil
    ) {
        self.prompt = prompt
        self.steps = steps
        self.guidance = guidance
        self.strength = strength
        self.stream = stream
        self.layout = layout
    }
}

/// By when a filling must be done, and the clock that tells: time is passed in, so that a virtual run can charge it.
public struct FillBudget: Sendable {
    public let deadline: Instant
    public let now: @Sendable () -> Instant

    public init(deadline: Instant, now: @escaping @Sendable () -> Instant) {
        self.deadline = deadline
        self.now = now
    }

    /// Seconds left; negative once the deadline has passed.
    var remaining: Double { (deadline - now()).seconds }
}

/// How far a filling has come.
public struct FillProgress: Sendable, Equatable {
    /// Steps made so far, from 1.
    public let step: Int
    /// Steps that will be made in all, as far as the budget allows today.
    public let steps: Int
}

/// A filled picture, and what was done for it.
public struct Filling: Sendable {
    /// x̃.
    public let image: Image
    /// `none`, `harmonic`, `layout` or `diffusion`: what really filled the picture. A diffusion model whose budget does
    /// not reach for a single step leaves a layout's filling, or a harmonic one.
    public let method: String
    public let stepsDone: Int
    public let stepsAsked: Int

    /// ``method``, and the steps where fewer were made than asked for: `diffusion (12 of 31 steps)`.
    public var summary: String {
        guard stepsDone < stepsAsked else { return method }
        return method == "diffusion"
            ? "diffusion (\(stepsDone) of \(stepsAsked) steps)" : "\(method) (no time for diffusion)"
    }
}

/// Why a filling was refused.
public enum FillFailure: Error, CustomStringConvertible {
    case layoutSize(image: (width: Int, height: Int), layout: (width: Int, height: Int))
    case maskSize(image: (width: Int, height: Int), mask: (width: Int, height: Int))
    case steps(Int, most: Int)
    case latents(expected: [Int], found: Int)
    case setting(String)
    case notFinite(step: Int)

    public var description: String {
        switch self {
        case .layoutSize(let image, let layout):
            "layout of \(layout.width)×\(layout.height) pixels for a picture of \(image.width)×\(image.height)"
        case .maskSize(let image, let mask):
            "mask of \(mask.width)×\(mask.height) pixels for a picture of \(image.width)×\(image.height)"
        case .steps(let steps, let most): "\(steps) steps asked for; between 1 and \(most) are possible"
        case .latents(let expected, let found):
            "initial latents hold \(found) numbers; this picture and model need "
                + "\(expected.map(String.init).joined(separator: "×"))"
        case .setting(let text): text
        case .notFinite(let step):
            "step \(step) of the denoiser left numbers that are not finite: the weights are damaged"
        }
    }
}
