import Determinism

/// What the controller knew of one image and its channel, and what it chose.
package struct DecisionRecord: Codable, Sendable, Equatable {
    package var transmitter: String
    package var image: Int
    package var at: Int64
    /// The policy's name: `optimal`, `fixed`, `threshold-table`, `algorithm1`, an external program.
    package var policy: String
    package var link: String
    /// The coherence block the decision counts on.
    package var block: Int
    /// The SNR the controller believed in, dB.
    package var snr: Double
    /// The capacity it believed in, bit/s.
    package var capacity: Double
    package var budgetBits: Int
    /// T_max of this image in seconds.
    package var latencyBudget: Double?
    package var alpha: Float
    package var rate: Int
    package var predictedBits: Int
    package var predictedGVIF: Double
    package var feasible: Bool
    /// Which bound gave way where not all could be kept: `quality`, `alpha-bound`, `raised`, `prompt-only`.
    package var concession: String?
    /// Seconds since the block began on which the decision counts.
    package var stateAge: Double?

    enum CodingKeys: String, CodingKey {
        case transmitter, image, policy, link, block, alpha, rate, feasible, concession
        case at = "at_ns"
        case snr = "snr_db"
        case capacity = "capacity_bit_per_s"
        case budgetBits = "budget_bits"
        case latencyBudget = "latency_budget_s"
        case predictedBits = "predicted_bits"
        case predictedGVIF = "predicted_gvif"
        case stateAge = "state_age_s"
    }

    package init(
        transmitter: String, image: Int, at: Int64, policy: String, link: String, block: Int, snr: Double,
        capacity: Double, budgetBits: Int, latencyBudget: Double? = nil, alpha: Float, rate: Int, predictedBits: Int,
        predictedGVIF: Double, feasible: Bool,
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
        self.latencyBudget = latencyBudget
        self.alpha = alpha
        self.rate = rate
        self.predictedBits = predictedBits
        self.predictedGVIF = predictedGVIF
        self.feasible = feasible
        self.concession = concession
        self.stateAge = stateAge
    }
}

/// What the receiver made of one image.
package struct ReceptionRecord: Codable, Sendable, Equatable {
    package enum Status: String, Codable, Sendable {
        /// Everything arrived in time.
        case complete
        /// Some slices are missing; what came was decoded.
        case partial
        /// The preamble is incomplete: only the prompt, or nothing, is known.
        case undecodable
        /// Nothing arrived.
        case missing
        /// The receiver was not there, or died before it told the end: the controller's word.
        case away
    }

    package var transmitter: String
    package var receiver: String
    package var image: Int
    package var status: Status
    /// Kernel timestamps of the first and the last datagram of the image; nil where none came.
    package var firstArrivedAt: Int64?
    package var lastArrivedAt: Int64?
    /// The latency on the air as the receiver measures it: last arrival less the instant the channel began to drain
    /// the image's first bit, in seconds.
    package var airTime: Double?
    package var deadlineAt: Int64
    package var finishedAt: Int64
    package var slicesExpected: Int
    package var slicesReceived: Int
    /// The accounted bits that came in.
    package var receivedBits: Int
    /// GVIF (27) of what arrived; 0 where nothing could be decoded, nil for a scheme that has none (another codec).
    package var gvif: Double?
    /// Share of latent cells requested (P) and received.
    package var requestedShare: Double
    package var receivedShare: Double
    /// `none` or the model that filled the missing region.
    package var inpainting: String
    /// Files relative to the run folder: x̂ as decoded, x̃ after inpainting, and the mask m̄ of known pixels.
    package var decodedFile: String?
    package var receivedFile: String?
    package var maskFile: String?

    enum CodingKeys: String, CodingKey {
        case transmitter, receiver, image, status, gvif, inpainting
        case firstArrivedAt = "first_arrived_at_ns"
        case lastArrivedAt = "last_arrived_at_ns"
        case airTime = "air_time_s"
        case deadlineAt = "deadline_at_ns"
        case finishedAt = "finished_at_ns"
        case slicesExpected = "slices_expected"
        case slicesReceived = "slices_received"
        case receivedBits = "received_bits"
        case requestedShare = "requested_share"
        case receivedShare = "received_share"
        case decodedFile = "decoded_file"
        case receivedFile = "received_file"
        case maskFile = "mask_file"
    }

    package init(
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
package struct ScoreRecord: Codable, Sendable, Equatable {
    package var transmitter: String
    package var image: Int
    /// At whom the picture was measured.
    package var receiver: String
    /// Whole picture, dB; infinite where nothing differs.
    package var psnr: Double?
    /// Mask PSNR (40, normalised) on the pixels the receiver holds as known, dB.
    package var maskPSNR: Double?
    /// On a region that does not move with α: the importance mask at `regionAlpha`.
    package var regionPSNR: Double?
    package var regionAlpha: Double?
    package var ssim: Double?

    enum CodingKeys: String, CodingKey {
        case transmitter, image, receiver, ssim
        case psnr = "psnr_db"
        case maskPSNR = "mask_psnr_db"
        case regionPSNR = "region_psnr_db"
        case regionAlpha = "region_alpha"
    }

    package init(
        transmitter: String, image: Int, receiver: String, psnr: Double? = nil, maskPSNR: Double? = nil,
        regionPSNR: Double? = nil,
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
package struct StageRecord: Codable, Sendable, Equatable {
    /// The way of one image, in order. `wait` is waiting for a block that can hold T_max; `air` the time on the air;
    /// `save` and `store` are the receiver's and the transmitter's writing of files, when nothing else is in a hurry.
    package enum Stage: String, Codable, Sendable, CaseIterable {
        case describe, analyse, profile, decide, wait, encode, send, air, decode, inpaint, save, store
    }

    package var transmitter: String
    package var image: Int
    package var node: String
    package var stage: Stage
    package var startAt: Int64
    /// Seconds.
    package var duration: Double

    enum CodingKeys: String, CodingKey {
        case transmitter, image, node, stage
        case startAt = "start_at_ns"
        case duration = "duration_s"
    }

    package init(transmitter: String, image: Int, node: String, stage: Stage, startAt: Int64, duration: Double) {
        self.transmitter = transmitter
        self.image = image
        self.node = node
        self.stage = stage
        self.startAt = startAt
        self.duration = duration
    }
}
