import Declarations
import Foundation

/// A key of the scheme that can change while the run goes on, of all transmitters or of some.
package struct SchemeChange: Sendable, Equatable {
    package enum Key: String, Sendable, CaseIterable { case budget, alpha, alphaMax, rate }

    package var key: Key
    /// The node's name as the file has it, or `*`; nil: every transmitter that does not state the key itself.
    package var node: String?

    /// From `scheme.KEY`, `nodes.NAME.scheme.KEY` or `nodes.NAME.budget`.
    package init?(key text: String) {
        let parts = NodeShorthands.path(text.split(separator: ".").map(String.init))
        switch (parts.first, parts.count) {
        case ("scheme", 2): node = nil
        case ("nodes", 4) where parts[2] == "scheme": node = parts[1]
        default: return nil
        }
        guard let key = Key(rawValue: parts[parts.count - 1]) else { return nil }
        self.key = key
    }
}

extension Scheme {
    /// - Returns: what was expected where the value is no such thing; nothing changes then.
    package mutating func make(_ change: SchemeChange, _ value: String) -> String? {
        switch change.key {
        case .budget:
            guard let read = Dimension.duration.value(of: value), read > 0 else {
                return "a duration above 0, such as '20 ms'"
            }
            budget = read
        case .alpha:
            guard let read = try? PlainNumber.read(value, in: 0...1.0).get() else { return "a number from 0 to 1" }
            alpha = Float(read)
        case .alphaMax:
            guard let read = try? PlainNumber.read(value, in: 0...1.0).get() else { return "a number from 0 to 1" }
            alphaMax = Float(read)
        case .rate:
            guard let read = try? PlainNumber.read(value, in: 1...1000).get() else {
                return "a whole number from 1 to 1000"
            }
            rate = read
        }
        return nil
    }
}
