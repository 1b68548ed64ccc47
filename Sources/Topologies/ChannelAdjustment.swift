import Channels
import Determinism
import Foundation

extension ChannelSettings {
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
        case "bandwidth": return measure(text, .frequency, \.bandwidth) { $0 > 0 }
        case "snr": return measure(text, .level, \.snr) { (-100...100).contains($0) }
        case "riceFactor": return measure(text, .level, \.riceFactor) { (-60...60).contains($0) }
        case "doppler": return measure(text, .frequency, \.doppler) { $0 >= 0 }
        case "shadowing": return measure(text, .level, \.shadowing) { (0...40).contains($0) }
        case "delaySpread": return measure(text, .duration, \.delaySpread) { $0 >= 0 }
        case "delay": return measure(text, .duration, \.delay) { (0...3600).contains($0) }
        case "jitter": return measure(text, .duration, \.jitter) { (0...3600).contains($0) }
        case "reorderingPatience": return measure(text, .duration, \.reorderingPatience) { (0...3600).contains($0) }
        case "loss": return measure(text, .share, \.loss) { (0...1).contains($0) }
        case "corruption": return measure(text, .share, \.corruption) { (0...1).contains($0) }
        case "duplication": return measure(text, .share, \.duplication) { (0...1).contains($0) }
        case "reordering": return measure(text, .share, \.reordering) { (0...1).contains($0) }
        case "shape": return number(text, \.shape, 0.5...1000)
        case "correlation": return number(text, \.correlation, 0...1)
        case "shadowingBlocks": return number(text, \.shadowingBlocks, 0...1e6)
        case "coherence":
            guard let value = Dimension.duration.value(of: text), value >= 1e-6 else { return Dimension.duration.expectation }
            coherence = value
        case "reorderingDistance":
            guard let value = Int(text), (1...4096).contains(value) else { return "a number of packets from 1 to 4096" }
            reorderingDistance = value
        case "queueBytes":
            guard let value = Dimension.size.value(of: text), value >= 1 else { return Dimension.size.expectation }
            queueBytes = Int(saturating: value)
        case "queuePackets":
            guard let value = Int(text), (1...10_000_000).contains(value) else { return "a number of packets from 1 to 10000000" }
            queuePackets = value
        case "burst.enter", "burst.leave", "burst.good", "burst.bad":
            guard let value = Dimension.share.value(of: text), (0...1).contains(value) else { return Dimension.share.expectation }
            var changed = burst ?? BurstLoss(enter: 0, leave: 1, good: 0, bad: 1)
            switch key {
            case "burst.enter": changed.enter = value
            case "burst.leave": changed.leave = value
            case "burst.good": changed.good = value
            default: changed.bad = value
            }
            burst = changed
        default: return "a value that can change while the channel runs"
        }
        return nil
    }

    private mutating func measure(
        _ text: String, _ dimension: Dimension, _ path: WritableKeyPath<Self, Double>, _ isValid: (Double) -> Bool = { _ in true }
    ) -> String? {
        guard let value = dimension.value(of: text), isValid(value) else { return dimension.expectation }
        self[keyPath: path] = value
        return nil
    }

    private mutating func number(_ text: String, _ path: WritableKeyPath<Self, Double>, _ range: ClosedRange<Double>) -> String? {
        guard let value = Double(text), range.contains(value) else {
            return "a number from \(Dimension.shortest(range.lowerBound)) to \(Dimension.shortest(range.upperBound))"
        }
        self[keyPath: path] = value
        return nil
    }

    private mutating func choose<Choice: RawRepresentable & CaseIterable>(_ text: String, _ path: WritableKeyPath<Self, Choice>) -> String?
    where Choice.RawValue == String {
        guard let value = Choice(rawValue: text) else { return "one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))" }
        self[keyPath: path] = value
        return nil
    }
}
