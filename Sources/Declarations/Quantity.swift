import Foundation

/// What a number in a topology file measures; decides which units it may carry.
package enum Dimension: String, Sendable, CaseIterable {
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
    package var units: [(name: String, factor: Double)] {
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

    package var unitNames: [String] { units.map(\.name) }
    /// The unit of ``value(of:)``; empty for shares.
    package var baseUnit: String { units.first { $0.factor == 1 }?.name ?? "" }

    /// What a person is told to write.
    package var expectation: String {
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

    /// What any key or option of this dimension may say, in base units; a key's own bounds lie within.
    ///
    /// Wide enough for whatever is emulated (31 years, a terahertz), narrow enough that no sum or product of two leaves
    /// the integers that clocks and counters are made of.
    package var range: ClosedRange<Double> {
        switch self {
        case .duration: 0...1e9
        case .frequency, .bitRate: 0...1e12
        case .level: -300...300
        case .size: 0...1e12
        case .speed: 0...299_792_458
        case .share: 0...1
        }
    }

    /// The one way from text to quantity, for topology files and command lines alike.
    ///
    /// - Parameters:
    ///   - least: lower bound in base units, on top of ``range``; refused itself where `exclusive`.
    ///   - most: upper bound in base units.
    /// - Returns: the value in base units, or what is wrong with the text, in words that begin behind the key's name.
    package func read(
        _ text: String, least: Double = -.infinity, most: Double = .infinity, exclusive: Bool = false
    ) -> Result<Double, Misreading> {
        let (least, most) = (max(least, range.lowerBound), min(most, range.upperBound))
        guard let value = finiteValue(of: text) else {
            return .failure(Misreading(reason: "'\(text)' is not \(expectation)\(unitHint(text))"))
        }
        if value < least || (exclusive && value == least) {
            let bound = "\(exclusive ? "more than" : "at least") \(self.text(least))"
            return .failure(Misreading(reason: "is \(text): expected \(bound)"))
        }
        if value > most { return .failure(Misreading(reason: "is \(text): expected at most \(self.text(most))")) }
        return .success(value)
    }

    private func unitHint(_ written: String) -> String {
        let unit = String(written.drop { $0.isNumber || "+-.eE ".contains($0) })
        let names = units.map(\.name)
        if unit.isEmpty { return " (the unit is missing)" }
        return nearestName(to: unit, among: names).map { "; nearest unit: '\($0)'" }
            ?? "; units: \(names.joined(separator: ", "))"
    }

    /// The value in base units, or `nil` where the text is not a finite number with a unit of this dimension, within
    /// the dimension's ``range``.
    ///
    /// Zero needs no unit, nor does a share; every other number does, since `20` could be anything.
    package func value(of text: String) -> Double? { try? read(text).get() }

    private func finiteValue(of text: String) -> Double? {
        let trimmed = Self.written(text)
        let matching = units.sorted { $0.name.count > $1.name.count }.first { trimmed.hasSuffix($0.name) }
        let number =
            matching.map { String(trimmed.dropLast($0.name.count)).trimmingCharacters(in: .whitespaces) } ?? trimmed
        guard let value = Self.decimal(number), value.isFinite else { return nil }
        if matching == nil, self != .share, value != 0 { return nil }
        // 25 µs is 25 ÷ 10⁶, correctly rounded; 25 × 10⁻⁶ is not, since 10⁻⁶ has no exact form.
        guard let factor = matching?.factor, factor < 1 else { return value * (matching?.factor ?? 1) }
        let divisor = 1 / factor
        return value / (abs(divisor - divisor.rounded()) < 1e-9 * divisor ? divisor.rounded() : divisor)
    }

    /// The value with the unit that reads best; ``value(of:)`` gives back the same number.
    package func text(_ value: Double) -> String {
        if self == .share { return Self.shortest(value) }
        if value == 0 { return self == .level ? "0 dB" : "0" }
        let candidates = units.filter {
            $0.name != "µs" && $0.name != "KiB" && $0.name != "MiB" && $0.name != "km/h" && $0.name != "min"
                && $0.name != "h"
        }
        let unit = candidates.last { abs(value) >= $0.factor * 0.999_999 } ?? candidates[0]
        return "\(Self.shortest(value / unit.factor)) \(unit.name)"
    }

    /// Bounds in words, `at least 0, at most 60 s`; nil where there are none.
    package func range(least: Double, most: Double, exclusive: Bool) -> String? {
        let lower = least.isFinite ? "\(exclusive ? "more than" : "at least") \(text(least))" : nil
        let upper = most.isFinite ? "at most \(text(most))" : nil
        let parts = [lower, upper].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    /// Shortest decimal text without a needless `.0`.
    package static func shortest(_ value: Double) -> String {
        // Twelve digits hide the last-bit dust of unit conversion and lose nothing a person wrote.
        let text = String(format: "%.12g", value)
        return text
    }
}

/// Why a text is no quantity, in words that follow the name of the key or option: "is 1e12 s: expected at most …".
package struct Misreading: Error, Equatable, CustomStringConvertible, Sendable {
    package var reason: String
    package init(reason: String) { self.reason = reason }
    package var description: String { reason }
}

/// Numbers without a unit, read as strictly: no NaN, no infinity, within their range.
package enum PlainNumber {
    package static func read(_ text: String, in range: ClosedRange<Double>) -> Result<Double, Misreading> {
        if let value = Dimension.decimal(Dimension.written(text)), range.contains(value) { return .success(value) }
        return .failure(Misreading(reason: "is '\(text)': expected \(expectation(range))"))
    }

    package static func read(_ text: String, in range: ClosedRange<Int>) -> Result<Int, Misreading> {
        if let value = Int(Dimension.written(text)), range.contains(value) { return .success(value) }
        return .failure(Misreading(reason: "is '\(text)': expected \(expectation(range))"))
    }

    package static func expectation(_ range: ClosedRange<Double>) -> String {
        "a number from \(Dimension.shortest(range.lowerBound)) to \(Dimension.shortest(range.upperBound))"
    }

    package static func expectation(_ range: ClosedRange<Int>) -> String {
        range.upperBound == .max
            ? "a whole number of at least \(range.lowerBound)"
            : "a whole number from \(range.lowerBound) to \(range.upperBound)"
    }
}
