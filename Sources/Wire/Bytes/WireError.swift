/// Why some bytes are not a message of this protocol.
public enum WireError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The bytes end inside `field`.
    case truncated(field: String)
    /// `field` holds a value the protocol does not know.
    case unknown(field: String, value: UInt64)
    /// `field` is longer than the protocol allows.
    case tooLong(field: String, length: Int, limit: Int)
    /// `field` is not valid UTF-8.
    case notText(field: String)
    /// Bytes are left over after the last field.
    case trailing(count: Int)
    /// `field` contradicts what the same message, or an earlier one, said.
    case inconsistent(field: String)

    public var description: String {
        switch self {
        case .truncated(let field): "message ends inside “\(field)”"
        case .unknown(let field, let value): "unknown \(field) \(value)"
        case .tooLong(let field, let length, let limit): "“\(field)” is \(length) long, at most \(limit) are allowed"
        case .notText(let field): "“\(field)” is not UTF-8 text"
        case .trailing(let count): "\(count) bytes left over after the message"
        case .inconsistent(let field): "“\(field)” contradicts the rest of the message"
        }
    }
}
