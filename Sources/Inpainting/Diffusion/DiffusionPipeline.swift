import Foundation
import ModelFolders
import PromptEncoding

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
    let timing = FillTimeEstimator()

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
                    "is \(c.inputChannels); with \(latents) latent channels it must be \(latents), "
                    + "or \(2 * latents + 1) for inpainting"
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
}
