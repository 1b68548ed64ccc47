import EntropyCoding

/// What the transmitter sent of one image.
package struct TransmissionRecord: Codable, Sendable, Equatable {
    package var transmitter: String
    package var image: Int
    /// Path of the photo as the topology names it.
    package var photo: String
    package var width: Int
    package var height: Int
    /// `proposed`, `vae`, `jpeg2000`, `text-only`, or an external codec's name.
    package var scheme: String
    package var prompt: String
    /// Where the prompt came from; nil in records older than this.
    package var wording: CaptionOrigin?
    /// The label whose importance was taken, and its probability.
    package var label: String
    package var labelProbability: Double
    /// What was realised (α may have been raised above the decision's).
    package var alpha: Float
    package var rate: Int
    package var bits: SectionBits
    /// −log₂ P summed over what was coded, beside the real bits.
    package var theoreticalBits: Double
    package var budgetBits: Int
    package var slices: Int
    package var datagrams: Int
    package var wireBits: Int
    /// Handed to the socket: the first and the last datagram.
    package var firstSentAt: Int64
    package var lastSentAt: Int64
    /// Files relative to the run folder: the original, the importance overlay, the .gsc stream. Nil where not kept.
    package var originalFile: String?
    package var importanceFile: String?
    package var streamFile: String?

    enum CodingKeys: String, CodingKey {
        case transmitter, image, photo, scheme, prompt, wording, label, alpha, rate, bits, slices, datagrams
        case width = "width_px"
        case height = "height_px"
        case labelProbability = "label_probability"
        case theoreticalBits = "theoretical_bits"
        case budgetBits = "budget_bits"
        case wireBits = "wire_bits"
        case firstSentAt = "first_sent_at_ns"
        case lastSentAt = "last_sent_at_ns"
        case originalFile = "original_file"
        case importanceFile = "importance_file"
        case streamFile = "stream_file"
    }

    package init(
        transmitter: String, image: Int, photo: String, width: Int, height: Int, scheme: String, prompt: String,
        wording: CaptionOrigin? = nil,
        label: String, labelProbability: Double, alpha: Float, rate: Int, bits: SectionBits,
        theoreticalBits: Double,
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
package struct RepetitionRecord: Codable, Sendable, Equatable {
    package var transmitter: String
    package var image: Int
    package var at: Int64
    package var datagrams: Int
    /// Accounted against the budget like those of the first transmission.
    package var bits: Int

    enum CodingKeys: String, CodingKey {
        case transmitter, image, datagrams, bits
        case at = "at_ns"
    }

    package init(transmitter: String, image: Int, at: Int64, datagrams: Int, bits: Int) {
        self.transmitter = transmitter
        self.image = image
        self.at = at
        self.datagrams = datagrams
        self.bits = bits
    }
}
