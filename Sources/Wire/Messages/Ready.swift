/// node → controller: models are loaded, sockets open, peers known.
public struct Ready: WireValue {
    /// One line for the log, for instance which weights were loaded.
    public var note: String

    public init(note: String) {
        self.note = note
    }

    public func write(to writer: inout ByteWriter) {
        writer.text(note)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        note = try reader.text("note")
    }
}
