/// A configuration or a file that makes no sense.
public enum ChannelError: Error, Equatable, Sendable, CustomStringConvertible {
    case outOfRange(link: String, quantity: String, value: Double, expected: String)
    case noCoherence(link: String)
    case trace(name: String, line: Int, problem: String)
    case table(name: String, line: Int, problem: String)
    case unknownQuantity(link: String, quantity: String)

    public var description: String {
        switch self {
        case .outOfRange(let link, let quantity, let value, let expected):
            "link “\(link)”: \(quantity) is \(value), expected \(expected)"
        case .noCoherence(let link): "link “\(link)”: a fading channel needs a coherence time"
        case .trace(let name, let line, let problem):
            line > 0 ? "trace “\(name)”, line \(line): \(problem)" : "trace “\(name)”: \(problem)"
        case .table(let name, let line, let problem):
            line > 0 ? "table “\(name)”, line \(line): \(problem)" : "table “\(name)”: \(problem)"
        case .unknownQuantity(let link, let quantity): "link “\(link)” has no quantity “\(quantity)” to change"
        }
    }
}
