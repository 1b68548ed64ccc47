import Determinism

/// One step of the work on an image, for the latency waterfall.
public struct StageTiming: WireValue {
    /// `describe`, `analyse`, `encode`, `decode`, `inpaint`, …
    public var stage: String
    public var start: Instant
    public var duration: Instant.Span

    public init(stage: String, start: Instant, duration: Instant.Span) {
        self.stage = stage
        self.start = start
        self.duration = duration
    }

    public func write(to writer: inout ByteWriter) {
        writer.text(stage)
        writer.instant(start)
        writer.span(duration)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        stage = try reader.text("stage")
        start = try reader.instant("start")
        duration = try reader.span("duration")
    }
}
