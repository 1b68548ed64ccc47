import Channels
import Declarations

extension ChannelSettings {
    /// What ``set(_:_:)`` takes, as keys of a link's section.
    static let settable = ["model", "profile", "traceFormat", "queue"] + ChannelQuantity.all.map(\.key)

    static func isSettable(_ key: String) -> Bool { settable.contains(key) }

    /// Sets one value as a topology writes it, while the channel runs.
    ///
    /// - Parameter key: as in a link's section, for instance `snr`, `riceFactor` or `burst.enter`.
    /// - Returns: nil when it is done; otherwise what was expected, in words, and nothing has changed.
    package mutating func set(_ key: String, _ text: String) -> String? {
        switch key {
        case "model": return choose(text, \.model)
        case "profile": return choose(text, \.profile)
        case "traceFormat": return choose(text, \.traceFormat)
        case "queue": return choose(text, \.queue)
        default: break
        }
        guard let quantity = ChannelQuantity.named(key) else {
            return "a value that can change while the channel runs"
        }
        guard case .success(let value) = quantity.read(text) else { return quantity.expectation }
        quantity.apply(&self, value)
        return nil
    }

    private mutating func choose<Choice: RawRepresentable & CaseIterable>(
        _ text: String, _ path: WritableKeyPath<Self, Choice>
    ) -> String?
    where Choice.RawValue == String {
        guard let value = Choice(rawValue: text) else {
            return "one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))"
        }
        self[keyPath: path] = value
        return nil
    }
}
