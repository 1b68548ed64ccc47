import Determinism

/// What the controller knew of one image and its channel, and what it chose.
public struct DecisionRecord: Codable, Sendable, Equatable {
    public var transmitter: String
    public var image: Int
    public var at: Int64
    /// The policy's name: `optimal`, `fixed`, `threshold-table`, `algorithm1`, an external program.
    public var policy: String
    public var link: String
    /// The coherence block the decision counts on.
    public var block: Int
    /// The SNR the controller believed in, dB.
    public var snr: Double
    /// The capacity it believed in, bit/s.
    public var capacity: Double
    public var budgetBits: Int
    public var alpha: Float
    public var rate: Int
    public var predictedBits: Int
    public var predictedGVIF: Double
    public var feasible: Bool
    /// Which bound gave way where not all could be kept: `quality`, `alpha-bound`, `raised`, `prompt-only`.
    public var concession: String?
    /// Seconds since the block began on which the decision counts.
    public var stateAge: Double?

    public init(
        transmitter: String, image: Int, at: Int64, policy: String, link: String, block: Int, snr: Double,
        capacity: Double, budgetBits: Int, alpha: Float, rate: Int, predictedBits: Int, predictedGVIF: Double, feasible: Bool,
        concession: String? = nil, stateAge: Double? = nil
    ) {
        self.transmitter = transmitter
        self.image = image
        self.at = at
        self.policy = policy
        self.link = link
        self.block = block
        self.snr = snr
        self.capacity = capacity
        self.budgetBits = budgetBits
        self.alpha = alpha
        self.rate = rate
        self.predictedBits = predictedBits
        self.predictedGVIF = predictedGVIF
        self.feasible = feasible
        self.concession = concession
        self.stateAge = stateAge
    }
}

/// Bits of one picture by section, as the bitstream really holds them.
public struct SectionBitsRecord: Codable, Sendable, Equatable {
    public var header: Int
    /// Caption and layout.
    public var prompt: Int
    /// The layout's part of the prompt.
    public var layout: Int
    public var mask: Int
    public var hyper: Int
    public var features: Int
    public var total: Int {
        // Saturating: a damaged record may hold any number.
        Int([prompt, mask, hyper, features].reduce(Int64(header)) { $0.saturatingSum(Int64($1)) })
    }

    public init(header: Int = 0, prompt: Int = 0, layout: Int = 0, mask: Int = 0, hyper: Int = 0, features: Int = 0) {
        self.header = header
        self.prompt = prompt
        self.layout = layout
        self.mask = mask
        self.hyper = hyper
        self.features = features
    }
}

/// What the transmitter sent of one image.
public struct TransmissionRecord: Codable, Sendable, Equatable {
    public var transmitter: String
    public var image: Int
    /// Path of the photo as the topology names it.
    public var photo: String
    public var width: Int
    public var height: Int
    /// `proposed`, `vae`, `jpeg2000`, `text-only`.
    public var scheme: String
    public var prompt: String
    /// Where the prompt came from; nil in records older than this.
    public var wording: Wording?
    /// The label whose importance was taken, and its probability.
    public var label: String
    public var labelProbability: Double
    /// What was realised (α may have been raised above the decision's).
    public var alpha: Float
    public var rate: Int
    public var bits: SectionBitsRecord
    /// −log₂ P summed over what was coded, beside the real bits.
    public var theoreticalBits: Double
    public var budgetBits: Int
    public var slices: Int
    public var datagrams: Int
    public var wireBits: Int
    /// Handed to the socket: the first and the last datagram.
    public var firstSentAt: Int64
    public var lastSentAt: Int64
    /// Files relative to the run folder: the original, the importance overlay, the .gsc stream. Nil where not kept.
    public var originalFile: String?
    public var importanceFile: String?
    public var streamFile: String?

    public init(
        transmitter: String, image: Int, photo: String, width: Int, height: Int, scheme: String, prompt: String, wording: Wording? = nil,
        label: String, labelProbability: Double, alpha: Float, rate: Int, bits: SectionBitsRecord, theoreticalBits: Double,
        budgetBits: Int, slices: Int, datagrams: Int, wireBits: Int, firstSentAt: Int64, lastSentAt: Int64,
        originalFile: String? = nil, importanceFile: String? = nil, streamFile: String? = nil
    ) {
        self.transmitter = transmitter
        self.image = image
        self.photo = photo
        self.width = width
        self.height = height
        self.scheme = scheme
        self.prompt = prompt
        self.wording = wording
        self.label = label
        self.labelProbability = labelProbability
        self.alpha = alpha
        self.rate = rate
        self.bits = bits
        self.theoreticalBits = theoreticalBits
        self.budgetBits = budgetBits
        self.slices = slices
        self.datagrams = datagrams
        self.wireBits = wireBits
        self.firstSentAt = firstSentAt
        self.lastSentAt = lastSentAt
        self.originalFile = originalFile
        self.importanceFile = importanceFile
        self.streamFile = streamFile
    }
}

/// Datagrams of one image sent again, since the receiver reported them missing.
public struct RepetitionRecord: Codable, Sendable, Equatable {
    public var transmitter: String
    public var image: Int
    public var at: Int64
    public var datagrams: Int
    /// Accounted against the budget like those of the first transmission.
    public var bits: Int

    public init(transmitter: String, image: Int, at: Int64, datagrams: Int, bits: Int) {
        self.transmitter = transmitter
        self.image = image
        self.at = at
        self.datagrams = datagrams
        self.bits = bits
    }
}

/// What the receiver made of one image.
public struct ReceptionRecord: Codable, Sendable, Equatable {
    public enum Status: String, Codable, Sendable {
        /// Everything arrived in time.
        case complete
        /// Some slices are missing; what came was decoded.
        case partial
        /// The preamble is incomplete: only the prompt, or nothing, is known.
        case undecodable
        /// Nothing arrived.
        case missing
    }

    public var transmitter: String
    public var receiver: String
    public var image: Int
    public var status: Status
    /// Kernel timestamps of the first and the last datagram of the image; nil where none came.
    public var firstArrivedAt: Int64?
    public var lastArrivedAt: Int64?
    /// The latency on the air as the receiver measures it: last arrival less the instant the channel began to drain
    /// the image's first bit, in seconds.
    public var airTime: Double?
    public var deadlineAt: Int64
    public var finishedAt: Int64
    public var slicesExpected: Int
    public var slicesReceived: Int
    /// The accounted bits that came in.
    public var receivedBits: Int
    /// GVIF (27) of what arrived; 0 where nothing could be decoded, nil for a scheme that has none (JPEG 2000).
    public var gvif: Double?
    /// Share of latent cells requested (P) and received.
    public var requestedShare: Double
    public var receivedShare: Double
    /// `none` or the model that filled the missing region.
    public var inpainting: String
    /// Files relative to the run folder: x̂ as decoded, x̃ after inpainting, and the mask m̄ of known pixels.
    public var decodedFile: String?
    public var receivedFile: String?
    public var maskFile: String?

    public init(
        transmitter: String, receiver: String, image: Int, status: Status, firstArrivedAt: Int64? = nil,
        lastArrivedAt: Int64? = nil, airTime: Double? = nil, deadlineAt: Int64, finishedAt: Int64, slicesExpected: Int,
        slicesReceived: Int, receivedBits: Int, gvif: Double?, requestedShare: Double, receivedShare: Double,
        inpainting: String = "none", decodedFile: String? = nil, receivedFile: String? = nil, maskFile: String? = nil
    ) {
        self.transmitter = transmitter
        self.receiver = receiver
        self.image = image
        self.status = status
        self.firstArrivedAt = firstArrivedAt
        self.lastArrivedAt = lastArrivedAt
        self.airTime = airTime
        self.deadlineAt = deadlineAt
        self.finishedAt = finishedAt
        self.slicesExpected = slicesExpected
        self.slicesReceived = slicesReceived
        self.receivedBits = receivedBits
        self.gvif = gvif
        self.requestedShare = requestedShare
        self.receivedShare = receivedShare
        self.inpainting = inpainting
        self.decodedFile = decodedFile
        self.receivedFile = receivedFile
        self.maskFile = maskFile
    }
}

/// The received picture against the original. Infinite decibels (identical pictures) are written as nil.
public struct ScoreRecord: Codable, Sendable, Equatable {
    public var transmitter: String
    public var image: Int
    /// At whom the picture was measured.
    public var receiver: String
    /// Whole picture, dB; infinite where nothing differs.
    public var psnr: Double?
    /// Mask PSNR (40, normalised) on the pixels the receiver holds as known, dB.
    public var maskPSNR: Double?
    /// On a region that does not move with α: the importance mask at `regionAlpha`.
    public var regionPSNR: Double?
    public var regionAlpha: Double?
    public var ssim: Double?

    public init(
        transmitter: String, image: Int, receiver: String, psnr: Double? = nil, maskPSNR: Double? = nil, regionPSNR: Double? = nil,
        regionAlpha: Double? = nil, ssim: Double? = nil
    ) {
        self.transmitter = transmitter
        self.image = image
        self.receiver = receiver
        self.psnr = psnr
        self.maskPSNR = maskPSNR
        self.regionPSNR = regionPSNR
        self.regionAlpha = regionAlpha
        self.ssim = ssim
    }
}

/// How long one stage of one image took, where and when.
public struct StageRecord: Codable, Sendable, Equatable {
    /// The way of one image, in order. `wait` is waiting for a block that can hold T_max; `air` the time on the air;
    /// `save` and `store` are the receiver's and the transmitter's writing of files, when nothing else is in a hurry.
    public enum Stage: String, Codable, Sendable, CaseIterable {
        case describe, analyse, profile, decide, wait, encode, send, air, decode, inpaint, save, store
    }

    public var transmitter: String
    public var image: Int
    public var node: String
    public var stage: Stage
    public var startAt: Int64
    /// Seconds.
    public var duration: Double

    public init(transmitter: String, image: Int, node: String, stage: Stage, startAt: Int64, duration: Double) {
        self.transmitter = transmitter
        self.image = image
        self.node = node
        self.stage = stage
        self.startAt = startAt
        self.duration = duration
    }
}
