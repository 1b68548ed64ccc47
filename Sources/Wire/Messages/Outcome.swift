import Determinism

/// receiver → controller: how an image ended.
public struct Outcome: WireValue {
    public var image: UInt32
    public var link: String
    public var verdict: ImageVerdict
    /// Realised GVIF, Eq. (27), from what arrived; 0 when nothing could be decoded.
    public var gvif: Double
    public var referenceInformation: Float
    public var alpha: Float
    public var rate: UInt16
    /// Payload bits that arrived in time.
    public var receivedBits: UInt64
    /// Preamble fragments that arrived.
    public var preambleParts: UInt16
    /// 0 while unknown.
    public var preambleCount: UInt16
    /// Slices that arrived in time.
    public var slices: UInt16
    /// 0 while unknown.
    public var sliceCount: UInt16
    /// Kernel receive timestamp of the first datagram.
    public var firstArrival: Instant
    public var lastArrival: Instant
    /// Received picture, relative to the run folder; empty when there is none.
    public var file: String
    /// One line when the verdict is not `complete`.
    public var reason: String
    public var stages: [StageTiming]

    public init(
        image: UInt32, link: String, verdict: ImageVerdict, gvif: Double, referenceInformation: Float,
        alpha: Float, rate: UInt16, receivedBits: UInt64, preambleParts: UInt16, preambleCount: UInt16, slices: UInt16,
        sliceCount: UInt16, firstArrival: Instant, lastArrival: Instant, file: String, reason: String,
        stages: [StageTiming] = []
    ) {
        self.image = image
        self.link = link
        self.verdict = verdict
        self.gvif = gvif
        self.referenceInformation = referenceInformation
        self.alpha = alpha
        self.rate = rate
        self.receivedBits = receivedBits
        self.preambleParts = preambleParts
        self.preambleCount = preambleCount
        self.slices = slices
        self.sliceCount = sliceCount
        self.firstArrival = firstArrival
        self.lastArrival = lastArrival
        self.file = file
        self.reason = reason
        self.stages = stages
    }

    public func write(to writer: inout ByteWriter) {
        writer.integer(image)
        writer.text(link)
        verdict.write(to: &writer)
        writer.real(gvif)
        writer.real(referenceInformation)
        writer.real(alpha)
        writer.integer(rate)
        writer.integer(receivedBits)
        writer.integer(preambleParts)
        writer.integer(preambleCount)
        writer.integer(slices)
        writer.integer(sliceCount)
        writer.instant(firstArrival)
        writer.instant(lastArrival)
        writer.text(file)
        writer.text(reason)
        writer.list(stages)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        image = try reader.integer("image")
        link = try reader.text("link")
        verdict = try ImageVerdict(from: &reader)
        gvif = try reader.double("gvif")
        referenceInformation = try reader.float("reference information")
        alpha = try reader.float("alpha")
        rate = try reader.integer("rate")
        receivedBits = try reader.integer("received bits")
        preambleParts = try reader.integer("preamble parts")
        preambleCount = try reader.integer("preamble count")
        slices = try reader.integer("slices")
        sliceCount = try reader.integer("slice count")
        firstArrival = try reader.instant("first arrival")
        lastArrival = try reader.instant("last arrival")
        file = try reader.text("file")
        reason = try reader.text("reason")
        stages = try reader.list("stages")
    }
}

/// How an image ended at the receiver.
public enum ImageVerdict: UInt8, WireValue, CaseIterable {
    /// Everything that was sent arrived in time.
    case complete = 0
    /// Decoded, though slices are missing.
    case partial = 1
    /// The preamble did not arrive in time: no picture.
    case expired = 2
    /// Nothing arrived.
    case lost = 3
    /// What arrived does not decode.
    case undecodable = 4

    public func write(to writer: inout ByteWriter) { writer.integer(rawValue) }

    public init(from reader: inout ByteReader) throws(WireError) {
        let value: UInt8 = try reader.integer("verdict")
        guard let verdict = ImageVerdict(rawValue: value) else {
            throw .unknown(field: "verdict", value: UInt64(value))
        }
        self = verdict
    }
}
