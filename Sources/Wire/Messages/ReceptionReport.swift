import Determinism

/// receiver → controller: how an image ended.
public struct ReceptionReport: WireValue {
    public var image: UInt32
    public var link: String
    public var verdict: ImageVerdict
    /// Realised GVIF, Eq. (27), from what arrived; 0 when nothing could be decoded.
    public var gvif = 0.0
    public var alpha: Float = 0
    public var rate: UInt16 = 0
    /// Payload bits that arrived in time.
    public var receivedBits: UInt64 = 0
    /// Slices that arrived in time.
    public var slices: UInt16 = 0
    /// 0 while unknown.
    public var sliceCount: UInt16 = 0
    public var lastArrival: Instant
    /// Received picture, relative to the run folder; empty when there is none.
    public var file = ""
    /// One line when the verdict is not `complete`.
    public var reason: String

    public init(image: UInt32, link: String, verdict: ImageVerdict, lastArrival: Instant, reason: String = "") {
        self.image = image
        self.link = link
        self.verdict = verdict
        self.lastArrival = lastArrival
        self.reason = reason
    }

    public func write(to writer: inout ByteWriter) {
        writer.integer(image)
        writer.text(link)
        verdict.write(to: &writer)
        writer.real(gvif)
        writer.real(alpha)
        writer.integer(rate)
        writer.integer(receivedBits)
        writer.integer(slices)
        writer.integer(sliceCount)
        writer.instant(lastArrival)
        writer.text(file)
        writer.text(reason)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        image = try reader.integer("image")
        link = try reader.text("link")
        verdict = try ImageVerdict(from: &reader)
        gvif = try reader.double("gvif")
        alpha = try reader.float("alpha")
        rate = try reader.integer("rate")
        receivedBits = try reader.integer("received bits")
        slices = try reader.integer("slices")
        sliceCount = try reader.integer("slice count")
        lastArrival = try reader.instant("last arrival")
        file = try reader.text("file")
        reason = try reader.text("reason")
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
