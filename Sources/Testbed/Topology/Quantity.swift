import Foundation

/// What a number in a topology file measures; decides which units it may carry.
public enum Dimension: String, Sendable, CaseIterable {
    /// Seconds: `20 ms`.
    case duration
    /// Hertz: `1 MHz`.
    case frequency
    /// Decibels: `-1 dB`.
    case level
    /// Bits per second: `512 kbit/s`.
    case bitRate
    /// Bytes: `64 kB`.
    case size
    /// Metres per second: `30 km/h`.
    case speed
    /// A probability or share: `5 %` or `0.05`.
    case share

    /// The units and the factor that brings each to the base unit.
    var units: [(name: String, factor: Double)] {
        switch self {
        case .duration: [("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1), ("min", 60), ("h", 3600)]
        case .frequency: [("Hz", 1), ("kHz", 1e3), ("MHz", 1e6), ("GHz", 1e9)]
        case .level: [("dB", 1)]
        case .bitRate: [("bit/s", 1), ("kbit/s", 1e3), ("Mbit/s", 1e6), ("Gbit/s", 1e9)]
        case .size: [("B", 1), ("kB", 1e3), ("KiB", 1024), ("MB", 1e6), ("MiB", 1_048_576)]
        case .speed: [("m/s", 1), ("km/h", 1 / 3.6)]
        case .share: [("%", 0.01)]
        }
    }

    /// What a person is told to write.
    public var expectation: String {
        switch self {
        case .duration: "a duration such as '20 ms'"
        case .frequency: "a frequency such as '1 MHz'"
        case .level: "a level such as '6 dB'"
        case .bitRate: "a bit rate such as '512 kbit/s'"
        case .size: "a size such as '64 kB'"
        case .speed: "a speed such as '30 km/h'"
        case .share: "a share such as '5 %' or '0.05'"
        }
    }

    /// The value in base units, or `nil` where the text is not a finite number with a unit of this dimension.
    ///
    /// Zero needs no unit, nor does a share; every other number does, since `20` could be anything.
    public func value(of text: String) -> Double? {
        let trimmed = Self.written(text)
        let matching = units.sorted { $0.name.count > $1.name.count }.first { trimmed.hasSuffix($0.name) }
        let number = matching.map { String(trimmed.dropLast($0.name.count)).trimmingCharacters(in: .whitespaces) } ?? trimmed
        guard let value = Self.decimal(number), value.isFinite else { return nil }
        if matching == nil, self != .share, value != 0 { return nil }
        // 25 µs is 25 ÷ 10⁶, correctly rounded; 25 × 10⁻⁶ is not, since 10⁻⁶ has no exact form.
        guard let factor = matching?.factor, factor < 1 else { return value * (matching?.factor ?? 1) }
        let divisor = 1 / factor
        return value / (abs(divisor - divisor.rounded()) < 1e-9 * divisor ? divisor.rounded() : divisor)
    }

    /// The value with the unit that reads best; ``value(of:)`` gives back the same number.
    public func text(_ value: Double) -> String {
        if self == .share { return Self.shortest(value) }
        if value == 0 { return self == .level ? "0 dB" : "0" }
        let candidates = units.filter { $0.name != "µs" && $0.name != "KiB" && $0.name != "MiB" && $0.name != "km/h" && $0.name != "min" && $0.name != "h" }
        let unit = candidates.last { abs(value) >= $0.factor * 0.999_999 } ?? candidates[0]
        return "\(Self.shortest(value / unit.factor)) \(unit.name)"
    }

    /// Bounds in words, `at least 0, at most 60 s`; nil where there are none.
    func range(least: Double, most: Double, exclusive: Bool) -> String? {
        let lower = least.isFinite ? "\(exclusive ? "more than" : "at least") \(text(least))" : nil
        let upper = most.isFinite ? "at most \(text(most))" : nil
        let parts = [lower, upper].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    /// Shortest decimal text without a needless `.0`.
    static func shortest(_ value: Double) -> String {
        // Twelve digits hide the last-bit dust of unit conversion and lose nothing a person wrote.
        let text = String(format: "%.12g", value)
        return text
    }
}
