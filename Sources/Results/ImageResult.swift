import Determinism
import GRDB
import Records
import Topologies

/// One image as the view `images` joins it: what was decided, sent, received and scored. Unknown parts are nil.
package struct ImageResult: Codable, Sendable, Equatable, FetchableRecord {
    package var transmitter: String
    package var image: Int
    package var photo: String
    package var scheme: String
    package var width: Int
    package var height: Int
    package var label: String
    package var labelProbability: Double
    package var prompt: String
    /// Where the prompt came from.
    package var wording: String?
    package var policy: String?
    package var link: String?
    package var block: Int?
    package var snr: Double?
    package var capacity: Double?
    /// T_max, seconds.
    package var latencyBudget: Double?
    package var budgetBits: Int
    package var alpha: Double
    package var rate: Int
    package var feasible: Bool?
    package var decidedAlpha: Double?
    package var predictedBits: Int?
    package var predictedGVIF: Double?
    package var concession: String?
    package var stateAge: Double?
    package var headerBits: Int
    package var promptBits: Int
    /// The layout's part of the prompt's bits.
    package var layoutBits: Int = 0
    package var maskBits: Int
    package var hyperBits: Int
    package var featureBits: Int
    package var totalBits: Int
    package var theoreticalBits: Double
    /// Sent again on top of `totalBits`, within the budget.
    package var repeatedBits: Int = 0
    package var wireBits: Int
    /// Bits per pixel of the whole photo.
    package var bitsPerPixel: Double
    /// Channel uses (T·B) over 3HW.
    package var bandwidthRatio: Double?
    package var status: ReceptionRecord.Status?
    package var airTime: Double?
    package var gvif: Double?
    package var requestedShare: Double?
    package var receivedShare: Double?
    package var slicesExpected: Int?
    package var slicesReceived: Int?
    package var receivedBits: Int?
    package var inpainting: String?
    package var psnr: Double?
    package var maskPSNR: Double?
    package var regionPSNR: Double?
    package var regionAlpha: Double?
    package var ssim: Double?
    package var firstSentAt: Int64
    package var lastSentAt: Int64
    package var firstArrivedAt: Int64?
    package var lastArrivedAt: Int64?
    package var deadlineAt: Int64?
    package var finishedAt: Int64?
    package var receiver: String?
    package var originalFile: String?
    package var importanceFile: String?
    package var streamFile: String?
    package var decodedFile: String?
    package var receivedFile: String?
    package var maskFile: String?

    enum CodingKeys: String, CodingKey {
        case transmitter, image, photo, scheme, label, prompt, wording, policy, link, block, alpha, rate
        case feasible, concession, status, gvif, inpainting, ssim, receiver
        case width = "width_px"
        case height = "height_px"
        case labelProbability = "label_probability"
        case snr = "snr_db"
        case capacity = "capacity_bit_per_s"
        case latencyBudget = "latency_budget_s"
        case budgetBits = "budget_bits"
        case decidedAlpha = "decided_alpha"
        case predictedBits = "predicted_bits"
        case predictedGVIF = "predicted_gvif"
        case stateAge = "state_age_s"
        case headerBits = "header_bits"
        case promptBits = "prompt_bits"
        case layoutBits = "layout_bits"
        case maskBits = "mask_bits"
        case hyperBits = "hyper_bits"
        case featureBits = "feature_bits"
        case totalBits = "total_bits"
        case theoreticalBits = "theoretical_bits"
        case repeatedBits = "repeated_bits"
        case wireBits = "wire_bits"
        case bitsPerPixel = "bits_per_pixel"
        case bandwidthRatio = "bandwidth_ratio"
        case airTime = "air_time_s"
        case requestedShare = "requested_share"
        case receivedShare = "received_share"
        case slicesExpected = "slices_expected"
        case slicesReceived = "slices_received"
        case receivedBits = "received_bits"
        case psnr = "psnr_db"
        case maskPSNR = "mask_psnr_db"
        case regionPSNR = "region_psnr_db"
        case regionAlpha = "region_alpha"
        case firstSentAt = "first_sent_at_ns"
        case lastSentAt = "last_sent_at_ns"
        case firstArrivedAt = "first_arrived_at_ns"
        case lastArrivedAt = "last_arrived_at_ns"
        case deadlineAt = "deadline_at_ns"
        case finishedAt = "finished_at_ns"
        case originalFile = "original_file"
        case importanceFile = "importance_file"
        case streamFile = "stream_file"
        case decodedFile = "decoded_file"
        case receivedFile = "received_file"
        case maskFile = "mask_file"
    }

    /// The photo's name without folders.
    package var name: String { photo.split(separator: "/").last.map(String.init) ?? photo }
    /// Whether another codec than ours was at work, which has neither (α, Φ) nor GVIF.
    package var isForeign: Bool { SchemeKind(recorded: scheme).isForeign }
    /// α where cells were chosen by it: not of other codecs, nor where the prompt went alone.
    package var threshold: Double? { isForeign || alpha > 1 ? nil : alpha }
    /// Φ where a coder of ours was at work; 0 is a gain below the catalogue's lowest.
    package var sourceCoder: Int? { threshold == nil ? nil : rate }
    /// Whether the accounted bits keep the budget.
    package var keepsBudget: Bool { Int64(totalBits).saturatingSum(Int64(repeatedBits)) <= Int64(budgetBits) }
}
