/// controller → host of a node: what becomes of the node's process.
public enum HostOrder: WireValue {
    /// Start it, as this incarnation.
    case launch(epoch: UInt16)
    case kill
    case pause
    case resume
    /// Offer what it has written.
    case collect
    /// It is over, for this reason where it is not simply done; whether what was written has arrived.
    case end(reason: String, hasArrived: Bool)

    public func write(to writer: inout ByteWriter) {
        switch self {
        case .launch(let epoch):
            writer.integer(UInt8(1))
            writer.integer(epoch)
        case .kill: writer.integer(UInt8(2))
        case .pause: writer.integer(UInt8(3))
        case .resume: writer.integer(UInt8(4))
        case .collect: writer.integer(UInt8(5))
        case .end(let reason, let hasArrived):
            writer.integer(UInt8(6))
            writer.text(reason)
            writer.flag(hasArrived)
        }
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        let number: UInt8 = try reader.integer("order")
        switch number {
        case 1: self = .launch(epoch: try reader.integer("epoch"))
        case 2: self = .kill
        case 3: self = .pause
        case 4: self = .resume
        case 5: self = .collect
        case 6: self = .end(reason: try reader.text("reason"), hasArrived: try reader.flag("arrived"))
        default: throw .unknown(field: "order", value: UInt64(number))
        }
    }
}
