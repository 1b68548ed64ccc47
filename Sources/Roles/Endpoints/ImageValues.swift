import Adaptation
import EntropyCoding
import HyperpriorCodec
import Imaging
import Records
import Topologies
import Wire

/// What the transmitter holds of one image between its two jobs.
package struct PreparedImage: Sendable {
    package var image: UInt32
    package var kind: SchemeKind
    /// What an external codec is called.
    package var codecName: String?
    /// The photo's path.
    package var photo = ""
    /// The photo itself, until it is saved.
    package var picture: Image?
    package var width: Int
    package var height: Int
    package var label = ""
    package var labelProbability = 0.0
    package var caption = ""
    package var wording = CaptionOrigin.label
    /// Why the captioner's caption was not to be had.
    package var captionFailure: String?
    /// What the decoder noticed of damage in the photo's file.
    package var damage: String?
    /// Importance I on the latent grid.
    package var importance: Plane
    /// What α selects by: the importance, or a constant where everything is sent.
    package var order: Plane
    /// y, ŝ and θ; `nil` where the image is known only by its profile (pre-encoded runs).
    package var analysis: Analysis?
    /// Denominator of (27).
    package var referenceInformation = 0.0
    /// Table of bits and GVIF by (α, Φ), for the controller.
    package var profile: ImageProfile
    package var stages: [StageTiming] = []
    /// Files relative to the run folder.
    package var originalFile: String?
    package var importanceFile: String?

    package init(
        image: UInt32, kind: SchemeKind, width: Int, height: Int, importance: Plane, order: Plane, profile: ImageProfile
    ) {
        self.image = image
        self.kind = kind
        self.width = width
        self.height = height
        self.importance = importance
        self.order = order
        self.profile = profile
    }
}

/// One image cut into datagrams, with what they cost.
package struct EncodedImage: Sendable {
    package var image: UInt32
    /// As realised: at least the setting's.
    package var alpha: Float
    package var rate: Int
    package var datagrams: [DataDatagram]
    /// What the channel counts for a datagram beside its content.
    package var overheadBits = 0
    package var sliceCount: Int
    package var bits: SectionBits
    package var theoreticalBits: Double
    package var stages: [StageTiming] = []
    package var streamFile: String?
    /// The whole stream, until it is saved.
    package var stream: Bitstream?
    /// The same of a foreign format.
    package var file: [UInt8]?

    package init(
        image: UInt32, alpha: Float, rate: Int, datagrams: [DataDatagram], sliceCount: Int, bits: SectionBits,
        theoreticalBits: Double
    ) {
        self.image = image
        self.alpha = alpha
        self.rate = rate
        self.datagrams = datagrams
        self.sliceCount = sliceCount
        self.bits = bits
        self.theoreticalBits = theoreticalBits
    }
}

/// What came in of one image.
package struct ReceivedImage: Sendable {
    package struct Slice: Sendable {
        package var index: Int
        package var bytes: [UInt8]
    }
    package var image: UInt32
    package var link: String
    package var transmitter: String
    /// `nil` where a fragment of it is missing.
    package var preamble: [UInt8]?
    package var slices: [Slice]
    package var isComplete: Bool
}

/// What the receiver made of it.
package struct DecodedImage: Sendable {
    package var image: UInt32
    package var link: String
    /// One line where no picture came out.
    package var failure: String?
    /// `nil` where the scheme has no GVIF: it is defined by the hyperprior coder's entropy model.
    package var gvif: Double? = 0
    package var alpha: Float = 0
    package var rate = 0
    /// Share of latent cells that was asked for, and that arrived.
    package var requestedShare = 0.0
    package var receivedShare = 0.0
    package var inpainting = "none"
    package var decodedFile: String?
    package var receivedFile: String?
    package var maskFile: String?
    package var stages: [StageTiming] = []

    package init(image: UInt32, link: String, failure: String? = nil) {
        self.image = image
        self.link = link
        self.failure = failure
    }
}
