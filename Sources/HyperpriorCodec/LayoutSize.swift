/// How many bytes a layout may take: `none`, a number, or `auto`, a twentieth of what the channel holds.
public enum LayoutSize: Equatable, Sendable, CustomStringConvertible {
    case none
    case most(Int)
    case auto

    /// `none`, `auto`, or a number of bytes from ``Layout/leastBytes`` to ``Layout/mostBytes``; nil for anything else.
    public init?(argument: String) {
        switch argument {
        case "none": self = .none
        case "auto": self = .auto
        default:
            guard let bytes = Int(argument), (Layout.leastBytes...Layout.mostBytes).contains(bytes) else { return nil }
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
            let bytes = min(Layout.mostBytes, max(0, budgetBits) / 160 - Self.lengthBytes)
            return bytes >= Layout.leastBytes ? bytes : 0
        }
    }

    /// The same in bits, with the length that the header tells: what a choice of (α, Φ) sets aside.
    public func bits(budgetBits: Int) -> Int {
        let bytes = bytes(budgetBits: budgetBits)
        return bytes == 0 ? 0 : 8 * (bytes + Self.lengthBytes)
    }

    private static let lengthBytes = 2
}
