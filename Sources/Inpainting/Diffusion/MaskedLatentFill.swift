/// What an inpainting denoiser sees of the picture where nothing is known: `masked_latent_fill` in `model_index.json`.
enum MaskedLatentFill: String, Sendable, CaseIterable {
    /// Unknown pixels mid-grey before encoding: how Stable Diffusion's were trained, and what holds without the key.
    case grey
    /// Unknown pixels, and then the latent's unknown cells, harmonically filled: each is the mean of its neighbours.
    /// Tells a small denoiser at every cell which colours the known region has nearby, however far that is; it has only
    /// to learn what differs.
    case harmonic
}
