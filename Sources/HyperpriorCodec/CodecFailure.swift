import SideInformation

/// What can be wrong with a model, a stream, or a request. Every description is one line that names the culprit.
public enum CodecFailure: Error, Equatable, CustomStringConvertible {
    case unsuitableModel(path: String, reason: String)
    case noModel(path: String)
    case unsupportedSize(width: Int, height: Int)
    case unsupportedRate(Int, count: Int)
    case unsuitableRequest(String)
    case unsuitableSlicePayload(Int, least: Int, channels: Int)
    case notAStream
    case truncated(section: String)
    case malformed(section: String, reason: String)
    case otherModel(expected: UInt32, found: UInt32)
    case badSlice(index: Int, reason: String)

    public var description: String {
        switch self {
        case .unsuitableModel(let path, let reason): "\(path): not a usable codec: \(reason)"
        case .noModel(let path): "\(path): no codec checkpoint (.safetensors) there"
        case .unsupportedSize(let width, let height):
            "a picture of \(width)×\(height): "
                + "sizes from 1×1 to \(Bitstream.greatestExtent)×\(Bitstream.greatestExtent) are coded"
        case .unsupportedRate(let rate, let count): "rate \(rate): this catalogue counts its rates from 1 to \(count)"
        case .unsuitableRequest(let reason): reason
        case .unsuitableSlicePayload(let payload, let least, let channels):
            "slices of \(payload) bytes: a cell of this codec's \(channels) channels may take \(least); "
                + "expected \(least) to \(SliceTable.greatestByteCount)"
        case .notAStream: "not a GenSemCom bitstream (its first byte is another's)"
        case .truncated(let section): "the bitstream ends within its \(section)"
        case .malformed(let section, let reason): "the bitstream's \(section) is damaged: \(reason)"
        case .otherModel(let expected, let found):
            "the bitstream was made with other weights: model \(Self.hex(found)), this is \(Self.hex(expected))"
        case .badSlice(let index, let reason): "slice \(index) is damaged: \(reason)"
        }
    }

    init(_ damage: MalformedSection) { self = .malformed(section: damage.section, reason: damage.reason) }

    static func hex(_ value: UInt32) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
