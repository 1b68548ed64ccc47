/// Host of a node → controller: how far it is, and what has become of the node's process.
public enum HostReport: WireValue {
    /// It is there and listens: the first word of a session, which proves that the node holds its key.
    case present(host: String)
    /// Files are on their way, in bytes.
    case fetching(done: UInt64, total: UInt64)
    /// All files are there: the process can be started.
    case prepared
    case exited(code: Int32?, signal: Int32?, words: String)
    /// What it has written, to be fetched.
    case offer(FileOffer)
    /// It cannot play its part, in one line.
    case failed(String)
    /// What its node has written down since: the bytes of the record from `offset` on, at most as many as a piece of a
    /// file. From 0 on again where what the controller holds is not how this host's record begins.
    case record(offset: UInt64, bytes: [UInt8])

    public func write(to writer: inout ByteWriter) {
        switch self {
        case .present(let host):
            writer.integer(UInt8(1))
            writer.text(host)
        case .fetching(let done, let total):
            writer.integer(UInt8(2))
            writer.integer(done)
            writer.integer(total)
        case .prepared: writer.integer(UInt8(3))
        case .exited(let code, let signal, let words):
            writer.integer(UInt8(4))
            for number in [code, signal] {
                writer.flag(number != nil)
                writer.integer(number ?? 0)
            }
            writer.text(words)
        case .offer(let offer):
            writer.integer(UInt8(5))
            offer.write(to: &writer)
        case .failed(let words):
            writer.integer(UInt8(6))
            writer.text(words)
        case .record(let offset, let bytes):
            writer.integer(UInt8(7))
            writer.integer(offset)
            writer.block(bytes)
        }
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        let number: UInt8 = try reader.integer("report")
        switch number {
        case 1: self = .present(host: try reader.text("host"))
        case 2: self = .fetching(done: try reader.integer("done"), total: try reader.integer("total"))
        case 3: self = .prepared
        case 4:
            let hasCode = try reader.flag("has code")
            let code: Int32 = try reader.integer("code")
            let hasSignal = try reader.flag("has signal")
            let signal: Int32 = try reader.integer("signal")
            // What is not there is written as 0, so that a report has one form only.
            guard hasCode || code == 0, hasSignal || signal == 0 else { throw .inconsistent(field: "exit") }
            self = .exited(
                code: hasCode ? code : nil, signal: hasSignal ? signal : nil, words: try reader.text("words"))
        case 5: self = .offer(try FileOffer(from: &reader))
        case 6: self = .failed(try reader.text("words"))
        case 7:
            self = .record(
                offset: try reader.integer("offset"),
                bytes: try reader.block("record", limit: Int(FileRequest.largest)))
        default: throw .unknown(field: "report", value: UInt64(number))
        }
    }
}
