/// How many bytes a layout may take: `none`, a number, or `auto`, a twentieth of what the channel holds.
public enum LayoutSize: Equatable, Sendable, CustomStringConvertible {
    case none
    case most(Int)
    case auto

    /// Bytes of a layout: fewer say too little to be worth sending, more would be a picture of its own.
    public static let bounds = 24...1024

    /// `none`, `auto`, or a number of bytes from ``bounds``; nil for anything else.
    public init?(argument: String) {
        switch argument {
        case "none": self = .none
        case "auto": self = .auto
        default:
            guard let bytes = Int(argument), Self.bounds.contains(bytes) else { return nil }
            self = .most(bytes)
        }
    }

    public var description: String {
        switch self {
        case .none: "none"
        case .most(let bytes): "\(bytes)"
        case .auto: "auto"
        }
    }

    /// The most bytes of a layout under a budget (C·T_max); 0 where that holds less than a useful one.
    public func bytes(budgetBits: Int) -> Int {
        switch self {
        case .none: return 0
        case .most(let bytes): return bytes
        case .auto:
            let bytes = min(Self.bounds.upperBound, max(0, budgetBits) / 160 - Self.lengthBytes)
            return bytes >= Self.bounds.lowerBound ? bytes : 0
        }
    }

    /// The same in bits, with the length that the header tells: what a choice of (α, Φ) sets aside.
    public func bits(budgetBits: Int) -> Int {
        let bytes = bytes(budgetBits: budgetBits)
        return bytes == 0 ? 0 : 8 * (bytes + Self.lengthBytes)
    }

    private static let lengthBytes = 2
}
