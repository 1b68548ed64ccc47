import Records

/// The tables about single images.
extension ResultTable {
    static let decisions = ResultTable(
        name: "decisions", meaning: "One row an image: what the controller believed, and what it chose.",
        key: ["run", "transmitter", "image"],
        columns: [
            .run, .transmitter, .image,
            .instant("at_ns", "when it was decided"),
            .text("policy", "the policy that decided"),
            .text("link", "the link whose state was used"),
            .integer("block", "", "the coherence block it counts on"),
            .number("snr_db", "dB", "the SNR believed in"),
            .number("capacity_bit_per_s", "bit/s", "the capacity believed in"),
            .integer("budget_bits", "bit", "C·T_max, less what is kept in reserve"),
            .number("latency_budget_s", "s", "T_max of this image", optional: true),
            .number("alpha", "0 to 1", "threshold α; above 1: the prompt alone"),
            .integer("rate", "", "rate Φ, from 1, the lowest"),
            .integer("predicted_bits", "bit", "what (α, Φ) was expected to take"),
            .number("predicted_gvif", "0 to 1", "what it was expected to be worth"),
            .flag("feasible", "whether all bounds could be kept"),
            .text(
                "concession", "the bound that gave way: `quality`, `alpha-bound`, `raised` or `prompt-only`",
                optional: true),
            .number("state_age_s", "s", "since the beginning of the block whose report it rests on", optional: true),
        ])

    static let transmissions = ResultTable(
        name: "transmissions", meaning: "One row an image that was sent: what went on the air.",
        key: ["run", "transmitter", "image"],
        columns: [
            .run, .transmitter, .image,
            .text("photo", "the photo's path"),
            .integer("width_px", "pixel", "the picture's width, scaled as the topology asks"),
            .integer("height_px", "pixel", "its height"),
            .text("scheme", "`proposed`, `vae`, `jpeg2000`, `text-only` or an external codec's name"),
            .text("prompt", "the caption that was sent"),
            .text("wording", "where the caption came from", optional: true),
            .text("label", "the class whose map made the importance"),
            .number("label_probability", "0 to 1", "the classifier's probability for it"),
            .number("alpha", "0 to 1", "the threshold in force; raised where real bits exceeded the budget"),
            .integer("rate", "", "the rate in force"),
            .integer("header_bits", "bit", "header"),
            .integer("prompt_bits", "bit", "prompt: caption and layout"),
            .integer("layout_bits", "bit", "the layout's part of the prompt's bits"),
            .integer("mask_bits", "bit", "mask of the cells sent"),
            .integer("hyper_bits", "bit", "hyperlatent ŝ"),
            .integer("feature_bits", "bit", "features ŷ of the cells sent"),
            .integer("total_bits", "bit", "all five"),
            .number("theoretical_bits", "bit", "−log₂ P of what was coded, beside the real bits"),
            .integer("budget_bits", "bit", "the budget they had to keep"),
            .integer("slices", "", "independently decodable slices of ŷ"),
            .integer("datagrams", "", "datagrams sent"),
            .integer("wire_bits", "bit", "their bits with seals and headers down to UDP and IP"),
            .instant("first_sent_at_ns", "when the first was handed to the socket"),
            .instant("last_sent_at_ns", "when the last was"),
            .text("original_file", "the original, in the run folder", optional: true),
            .text("importance_file", "the importance overlay; the matrix lies beside it as .npy", optional: true),
            .text("stream_file", "the bitstream (.gsc)", optional: true),
        ])

    static let repetitions = ResultTable(
        name: "repetitions", meaning: "One row for each time datagrams were sent again on request.", key: [],
        columns: [
            .run, .transmitter, .image,
            .instant("at_ns", "when"),
            .integer("datagrams", "", "how many"),
            .integer("bits", "bit", "accounted against the budget"),
        ], isIndexedByImage: true)

    static let receptions = ResultTable(
        name: "receptions", meaning: "One row an image and receiver: what arrived, and what was made of it.",
        key: ["run", "transmitter", "image", "receiver"],
        columns: [
            .run, .transmitter, .image, .receiver,
            .text(
                "status",
                "`complete`; `partial`: slices are missing; `undecodable`: the preamble is incomplete; "
                    + "`missing`: nothing came; `away`: the receiver was not there, or died before it told"
            ),
            .instant("first_arrived_at_ns", "the kernel's receive time of the first datagram", optional: true),
            .instant("last_arrived_at_ns", "of the last", optional: true),
            .number(
                "air_time_s", "s", "latency on the air: last arrival less the instant the first bit began to drain",
                optional: true),
            .instant("deadline_at_ns", "when the image's time was over"),
            .instant("finished_at_ns", "when the picture stood"),
            .integer("slices_expected", "", "slices announced"),
            .integer("slices_received", "", "slices that came in time"),
            .integer("received_bits", "bit", "accounted bits that came in time"),
            .number(
                "gvif", "0 to 1", "GVIF (27) of what arrived; 0 where nothing decodes, NULL for other codecs",
                optional: true),
            .number("requested_share", "0 to 1", "share of latent cells that were sent"),
            .number("received_share", "0 to 1", "share of latent cells that arrived"),
            .text("inpainting", "`none`, or what filled the rest"),
            .text("decoded_file", "x̂, as decoded", optional: true),
            .text("received_file", "x̃, with the rest filled", optional: true),
            .text("mask_file", "m̄: white where pixels are known", optional: true),
        ])

    static let scores = ResultTable(
        name: "scores", meaning: "One row an image and receiver: the received picture beside the original.",
        key: ["run", "transmitter", "image", "receiver"],
        columns: [.run, .transmitter, .image, .receiver] + scoreFigures.map(\.column))

    /// A figure of two pictures: how its column is called, and where the record has it.
    struct ScoreFigure: Sendable {
        var column: Column
        var value: @Sendable (ScoreRecord) -> Double?

        init(_ name: String, _ unit: String, _ meaning: String, _ value: @escaping @Sendable (ScoreRecord) -> Double?) {
            column = .number(name, unit, meaning, optional: true)
            self.value = value
        }
    }

    /// All of them; tables, CSV files, the view `images` and the dictionary follow from this list.
    static let scoreFigures = [
        ScoreFigure("psnr_db", "dB", "whole picture; infinite (`inf`) where nothing differs, as with the next two") {
            $0.psnr
        },
        ScoreFigure("mask_psnr_db", "dB", "pixels of the cells received (40, normalised by their number)") {
            $0.maskPSNR
        },
        ScoreFigure("region_psnr_db", "dB", "pixels of the cells with importance ≥ region_alpha, whatever α was") {
            $0.regionPSNR
        },
        ScoreFigure("region_alpha", "0 to 1", "the threshold of that region") { $0.regionAlpha },
        ScoreFigure("ssim", "−1 to 1", "structural similarity of the whole picture") { $0.ssim },
    ]

    static let stages = ResultTable(
        name: "stages", meaning: "One row a stage of an image's way: how long it took, where.", key: [],
        columns: [
            .run, .transmitter, .image,
            .text("node", "the node that worked"),
            .text(
                "stage",
                "`describe`, `analyse`, `profile`, `decide`, `wait`, `encode`, `send`, `air`, `decode`, "
                    + "`inpaint`, `save`, `store`"
            ),
            .instant("start_at_ns", "when it began"),
            .number("duration_s", "s", "how long it took"),
        ], isIndexedByImage: true)
}
