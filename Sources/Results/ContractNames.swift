/// JSON whose names are contracts with other programs and stay as they were agreed: which of them is which column.
///
/// `testbed encode`, `decode`, `inspect` and `score --json` and the protocol of external policies speak Swift's and
/// JavaScript's camelCase, without units; everything that a run leaves speaks the columns' names. Tests hold this list
/// against what the commands print and against the protocol's schema.
package struct ContractName: Sendable {
    /// As it stands in the JSON; `bits.mask` is `mask` within `bits`.
    package let key: String
    /// Of the table `images`, which is the same quantity; nil where there is none.
    package let column: String?
    /// What it is where no column says it.
    package let meaning: String

    private init(_ key: String, _ column: String?, _ meaning: String = "") {
        (self.key, self.column, self.meaning) = (key, column, meaning)
    }

    /// Of `testbed encode`, `decode`, `inspect` and `score --json`.
    package static let commands: [ContractName] = [
        .init("alpha", "alpha"),
        .init("bits.features", "feature_bits"),
        .init("bits.header", "header_bits"),
        .init("bits.hyper", "hyper_bits"),
        .init("bits.layout", "layout_bits"),
        .init("bits.mask", "mask_bits"),
        .init("bits.prompt", "prompt_bits"),
        .init("bits.total", "total_bits"),
        .init("bitsPerPixel", "bits_per_pixel"),
        .init("caption", "prompt"),
        .init("columns", nil, "latent cells side by side"),
        .init("gain", nil, "gain of the coder where no rate of the catalogue is meant"),
        .init("gvif", "gvif"),
        .init("height", "height_px"),
        .init("labels", "label", "as a list"),
        .init("lpips", nil, "LPIPS distance; `lpipsNetwork` says whose"),
        .init("lpipsNetwork", nil, "the network of `lpips`"),
        .init("maskPSNR", "mask_psnr_db"),
        .init("maskShare", nil, "share of the pixels under the mask, 0 to 1"),
        .init("maskStatistics.cells", nil, "latent cells"),
        .init("maskStatistics.received", "received_share", "as a number of cells"),
        .init("maskStatistics.regions", nil, "connected regions of the cells sent"),
        .init("maskStatistics.requested", "requested_share", "as a number of cells"),
        .init("model", nil, "hash of the coder's weights, hexadecimal"),
        .init("msSSIM", nil, "multi-scale SSIM"),
        .init("prompt", "prompt"),
        .init("psnr", "psnr_db"),
        .init("rate", "rate"),
        .init("receivedSlices", "slices_received"),
        .init("referenceInformation", nil, "Σ log₂(1 + θʳ²/γ²), bits: the denominator of (27)"),
        .init("rows", nil, "latent cells above each other"),
        .init("selectedCells", "requested_share", "as a number of cells"),
        .init("slices", "slices_expected"),
        .init("ssim", "ssim"),
        .init("stages", nil, "seconds by stage: `duration_s` of the table `stages`"),
        .init("theoreticalBits", "theoretical_bits"),
        .init("warnings", nil, "damage in the photo's file"),
        .init("width", "width_px"),
        .init("wording", "wording"),
    ]

    /// Of questions, answers and outcomes of an external policy that are a column, too; the protocol's schema has all.
    package static let policies: [ContractName] = [
        .init("airTime", "air_time_s"),
        .init("alpha", "alpha"),
        .init("bits", "total_bits", "of an outcome; a question's are those of every (α, Φ)"),
        .init("budgetBits", "budget_bits", "of an outcome; a question's are less the reserve and the layout"),
        .init("capacity", "capacity_bit_per_s"),
        .init("caption", "prompt"),
        .init("gvif", "gvif"),
        .init("height", "height_px"),
        .init("image", "image"),
        .init("label", "label"),
        .init("latencyBudget", "latency_budget_s"),
        .init("link", "link"),
        .init("photo", "photo"),
        .init("psnr", "psnr_db"),
        .init("rate", "rate"),
        .init("receivedBits", "received_bits"),
        .init("receiver", "receiver"),
        .init("snr", "snr_db"),
        .init("stateAge", "state_age_s"),
        .init("transmitter", "transmitter"),
        .init("verdict", "status", "`expired` is `undecodable` there, `lost` `missing`, `failed` `away`"),
        .init("width", "width_px"),
    ]
}
