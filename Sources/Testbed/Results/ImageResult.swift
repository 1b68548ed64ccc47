import Determinism
import GRDB

/// One image as the view `images` joins it: what was decided, sent, received and scored. Unknown parts are nil.
public struct ImageResult: Codable, Sendable, Equatable, FetchableRecord {
    public var transmitter: String
    public var image: Int
    public var photo: String
    public var scheme: String
    public var width: Int
    public var height: Int
    public var label: String
    public var labelProbability: Double
    public var prompt: String
    /// Where the prompt came from.
    public var wording: String?
    public var policy: String?
    public var link: String?
    public var block: Int?
    public var snr: Double?
    public var capacity: Double?
    public var budgetBits: Int
    public var alpha: Double
    public var rate: Int
    public var feasible: Bool?
    public var decidedAlpha: Double?
    public var predictedBits: Int?
    public var predictedGVIF: Double?
    public var concession: String?
    public var stateAge: Double?
    public var headerBits: Int
    public var promptBits: Int
    /// The layout's part of the prompt's bits.
    public var layoutBits: Int = 0
    public var maskBits: Int
    public var hyperBits: Int
    public var featureBits: Int
    public var totalBits: Int
    public var theoreticalBits: Double
    /// Sent again on top of `totalBits`, within the budget.
    public var repeatedBits: Int = 0
    public var wireBits: Int
    /// Bits per pixel of the whole photo.
    public var bitsPerPixel: Double
    /// Channel uses (T·B) over 3HW.
    public var bandwidthRatio: Double?
    public var status: ReceptionRecord.Status?
    public var airTime: Double?
    public var gvif: Double?
    public var requestedShare: Double?
    public var receivedShare: Double?
    public var slicesExpected: Int?
    public var slicesReceived: Int?
    public var receivedBits: Int?
    public var inpainting: String?
    public var psnr: Double?
    public var maskPSNR: Double?
    public var regionPSNR: Double?
    public var regionAlpha: Double?
    public var ssim: Double?
    public var firstSentAt: Int64
    public var lastSentAt: Int64
    public var firstArrivedAt: Int64?
    public var lastArrivedAt: Int64?
    public var deadlineAt: Int64?
    public var finishedAt: Int64?
    public var receiver: String?
    public var originalFile: String?
    public var importanceFile: String?
    public var streamFile: String?
    public var decodedFile: String?
    public var receivedFile: String?
    public var maskFile: String?

    /// The photo's name without folders.
    public var name: String { photo.split(separator: "/").last.map(String.init) ?? photo }
    /// α where cells were chosen by it: not of JPEG 2000, nor where the prompt went alone.
    public var threshold: Double? { scheme == SchemeKind.jpeg2000.rawValue || alpha > 1 ? nil : alpha }
    /// Φ where a coder of ours was at work; 0 is a gain below the catalogue's lowest.
    public var sourceCoder: Int? { threshold == nil ? nil : rate }
    /// Φ as tables show it.
    var sourceCoderInWords: String { sourceCoder.map { $0 == 0 ? "< 1" : "\($0)" } ?? Figures.absent }
    /// Whether the accounted bits keep the budget.
    public var keepsBudget: Bool { Int64(totalBits).saturatingSum(Int64(repeatedBits)) <= Int64(budgetBits) }
}
