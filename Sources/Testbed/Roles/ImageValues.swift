import Adaptation
import HyperpriorCodec
import Imaging
import Wire

/// What the transmitter holds of one image between its two jobs.
public struct PreparedImage: Sendable {
    public var image: UInt32
    public var kind: SchemeKind
    /// The photo, until it is saved.
    public var picture: Image?
    public var width: Int
    public var height: Int
    public var label: String
    public var labelProbability: Double
    public var caption: String
    public var wording: Wording
    /// Why the captioner's caption was not to be had.
    public var captionFailure: String?
    /// What the decoder noticed of damage in the photo's file.
    public var damage: String?
    /// Importance I on the latent grid.
    public var importance: Plane
    /// What α selects by: the importance, or a constant where everything is sent.
    public var order: Plane
    /// y, ŝ and θ; `nil` where the image is known only by its profile (pre-encoded runs).
    public var analysis: Analysis?
    /// Denominator of (27).
    public var referenceInformation: Double
    /// Table of bits and GVIF by (α, Φ).
    public var profile: ImageProfile
    /// The same serialised, for the controller.
    public var offer: [UInt8]
    public var stages: [StageTiming]
    /// Files relative to the run folder.
    public var originalFile: String?
    public var importanceFile: String?
}

/// One image cut into datagrams, with what they cost.
public struct EncodedImage: Sendable {
    public var image: UInt32
    /// As realised: at least the setting's.
    public var alpha: Float
    public var rate: Int
    public var datagrams: [DataDatagram]
    /// What the channel counts for a datagram beside its content.
    public var overheadBits = 0
    public var sliceCount: Int
    public var bits: SectionBits
    public var theoreticalBits: Double
    public var stages: [StageTiming]
    public var streamFile: String?
    /// The whole stream, until it is saved.
    public var stream: Bitstream?
    /// The same of a foreign format.
    public var file: [UInt8]?
}

/// What came in of one image.
public struct ReceivedImage: Sendable {
    public struct Slice: Sendable {
        public var index: Int
        public var bytes: [UInt8]
    }
    public var image: UInt32
    public var link: String
    public var transmitter: String
    /// `nil` where a fragment of it is missing.
    public var preamble: [UInt8]?
    public var slices: [Slice]
    public var isComplete: Bool
}

/// What the receiver made of it.
public struct DecodedImage: Sendable {
    public var image: UInt32
    public var link: String
    /// One line where no picture came out.
    public var failure: String?
    /// `nil` where the scheme has no GVIF: it is defined by the hyperprior coder's entropy model.
    public var gvif: Double? = 0
    public var referenceInformation: Float = 0
    public var alpha: Float = 0
    public var rate = 0
    /// Share of latent cells that was asked for, and that arrived.
    public var requestedShare = 0.0
    public var receivedShare = 0.0
    public var inpainting = "none"
    public var decodedFile: String?
    public var receivedFile: String?
    public var maskFile: String?
    public var stages: [StageTiming] = []

    public init(image: UInt32, link: String, failure: String? = nil) {
        self.image = image
        self.link = link
        self.failure = failure
    }
}
