import Determinism

/// channel → controller: one coherence block of a link.
public struct ChannelReport: WireValue {
    public var link: String
    /// Counted from 0 at the origin.
    public var block: UInt64
    public var start: Instant
    public var duration: Instant.Span
    /// Linear receive SNR |h|²/σ².
    public var snr: Double
    /// B·log₂(1+SNR) in bit/s; for a shared band, what the link would get alone.
    public var capacity: Double

    public init(link: String, block: UInt64, start: Instant, duration: Instant.Span, snr: Double, capacity: Double) {
        self.link = link
        self.block = block
        self.start = start
        self.duration = duration
        self.snr = snr
        self.capacity = capacity
    }

    public func write(to writer: inout ByteWriter) {
        writer.text(link)
        writer.integer(block)
        writer.instant(start)
        writer.span(duration)
        writer.real(snr)
        writer.real(capacity)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        link = try reader.text("link")
        block = try reader.integer("block")
        start = try reader.instant("start")
        duration = try reader.span("duration")
        snr = try reader.double("snr")
        capacity = try reader.double("capacity")
    }
}
