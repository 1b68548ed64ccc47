import Determinism
import Files
import Foundation
import Imaging

/// What fills the pixels that were not sent (Eqs. 10, 11).
///
/// Every way of filling obeys the same composite, x̃ = m̄ ⊙ x̂ + (1 − m̄) ⊙ x₀: known pixels leave as they came,
/// to the bit.
public enum Inpainter: Sendable {
    /// x̃ = x̂: whatever the decoder made of the missing cells stays.
    case none
    /// The membrane through the known pixels: ∇²x₀ = 0 where m̄ = 0. Needs no weights and sees no prompt.
    case harmonic
    /// The layout that came with the prompt (``FillSettings/layout``), continued to the known pixels;
    /// harmonic without one.
    case layout
    /// The layout's filling, or the harmonic one, with detail copied from what arrived (``TextureFill``).
    case texture
    /// A latent diffusion model, conditioned on the known pixels and the prompt.
    case diffusion(DiffusionPipeline)

    /// `none`, `harmonic`, `layout`, `texture`, `default` (the small model that comes along), or the path of a
    /// diffusers folder.
    ///
    /// - Throws: ``ModelFailure`` naming the file and the entry at fault.
    public init(named name: String) throws {
        switch name {
        case "none": self = .none
        case "harmonic": self = .harmonic
        case "layout": self = .layout
        case "texture": self = .texture
        case "default":
            self = .diffusion(try DiffusionPipeline(folder: try Place.existingResource("inpainting")))
        default: self = .diffusion(try DiffusionPipeline(folder: name))
        }
    }

    /// Fills the pixels where `mask` is false.
    ///
    /// - Parameters:
    ///   - image: x̂, the decoded picture. Only its known pixels are looked at.
    ///   - mask: m̄, true at known (critical) pixels; as large as the picture.
    ///   - settings: prompt, steps, guidance, noise; ignored by the fills that are no models.
    ///   - budget: when the filling must be done. Steps are dropped rather than the deadline missed; the result
    ///     says how many were made.
    ///   - progress: called after every step, on the calling thread. Whatever it throws ends the filling (this is
    ///     how a caller cancels) and is rethrown.
    /// - Throws: ``FillFailure``, or what `progress` threw.
    public func fill(
        _ image: Image, known mask: Mask, settings: FillSettings, budget: FillBudget? = nil,
        progress: (FillProgress) throws -> Void = { _ in }
    ) throws -> Filling {
        guard mask.width == image.width, mask.height == image.height else {
            throw FillFailure.maskSize(image: (image.width, image.height), mask: (mask.width, mask.height))
        }
        if let layout = settings.layout, layout.width != image.width || layout.height != image.height {
            throw FillFailure.layoutSize(image: (image.width, image.height), layout: (layout.width, layout.height))
        }
        guard mask.values.contains(false) else {
            return Filling(image: image, method: "none", stepsDone: 0, stepsAsked: 0)
        }
        switch self {
        case .none: return Filling(image: image, method: "none", stepsDone: 0, stepsAsked: 0)
        case .harmonic:
            return Filling(
                image: HarmonicFill.fill(image, known: mask), method: "harmonic", stepsDone: 0, stepsAsked: 0)
        case .layout: return .smooth(image, known: mask, layout: settings.layout, steps: (0, 0))
        case .texture:
            return .textured(image, known: mask, settings: settings, steps: (0, 0))
        case .diffusion(let pipeline):
            return try pipeline.fill(image, known: mask, settings: settings, budget: budget, progress: progress)
        }
    }
}
