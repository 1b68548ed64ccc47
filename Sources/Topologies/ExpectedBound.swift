import Declarations
import Yams

/// A bound on a figure of the finished run; it decides the exit code.
package struct ExpectedBound: Sendable, Equatable {
    package enum Comparison: String, Sendable, CaseIterable {
        case atLeast = ">=", atMost = "<=", equals = "==", above = ">", below = "<"
    }

    /// What a figure counts or measures; decides how its bound may be written.
    enum Unit: Equatable {
        /// A whole number of something.
        case count(of: String)
        /// 0 to 1.
        case share
        case level
        case duration
    }

    /// One of ``ExpectedBound/figures``.
    package var figure: String
    package var comparison: Comparison
    package var bound: Double
    /// As written, for messages.
    package var text: String

    /// Figures that can be bounded.
    package static let figures = meanings.map(\.figure)

    /// The same with unit and meaning, for schema and reference.
    static let meanings: [(figure: String, unit: Unit, meaning: String)] = [
        ("delivered", .count(of: "images"), "decoded from all or some of their slices in time"),
        ("deliveredShare", .share, "the same over the images asked for"),
        ("complete", .count(of: "images"), "decoded from all of their slices in time"),
        ("expired", .count(of: "datagrams"), "past their deadline at the channel, or late there"),
        ("lost", .count(of: "datagrams"), "lost, corrupted, or refused by a full queue"),
        ("failed", .count(of: "images"), "asked for and not delivered"),
        ("gvif", .share, "mean GVIF over all images that have one; what never came counts as 0"),
        ("gvifLeast", .share, "the least of them"),
        ("psnr", .level, "mean PSNR of whole pictures that differ from the photo; ∞ where none does"),
        ("maskPSNR", .level, "the same of the pixels of the cells received (40)"),
        ("latency", .duration, "mean time on the air"),
        ("latencyP99", .duration, "its 99th percentile"),
        ("bitsOverBudget", .count(of: "images"), "with more bits than C·T_max"),
        ("lateness", .duration, "99th percentile of the channel's releases after their due time"),
        ("restarts", .count(of: "nodes"), "started again"),
        ("crashes", .count(of: "nodes"), "died unasked"),
    ]

    package func holds(_ value: Double) -> Bool {
        switch comparison {
        case .atLeast: value >= bound
        case .atMost: value <= bound
        case .equals: value == bound
        case .above: value > bound
        case .below: value < bound
        }
    }
}

extension ExpectedBound {
    /// `expect: {delivered: all, gvif: ">= 0.5", expired: "<= 1"}`.
    package static func read(_ s: YAMLSection) -> [ExpectedBound] {
        let note = "Bounds on figures of the finished run; they decide the exit code."
        let shape = Field.Shape.described(
            words: "[figures with bounds](#figures-of-expect)", schema: schemaObject)
        guard let node = s.free("expect", note, shape: shape) else { return [] }
        guard let pairs = node.mapping else {
            s.report("expect", "expected figures with their bounds, as in 'delivered: all'")
            return []
        }
        return pairs.compactMap { pair -> ExpectedBound? in
            let figure = pair.key.string ?? ""
            guard let unit = meanings.first(where: { $0.figure == figure })?.unit else {
                let hint = nearestHint(
                    to: figure, among: figures, otherwise: "known: \(figures.joined(separator: ", "))")
                s.diagnostics.report("expect.\(figure)", at: pair.key, "unknown figure\(hint)")
                return nil
            }
            switch read(pair.value.string ?? "", figure, unit) {
            case .success(let bound): return bound
            case .failure(let failure):
                s.diagnostics.report("expect.\(figure)", at: pair.value, failure.reason)
                return nil
            }
        }
    }

    private static func read(_ written: String, _ figure: String, _ unit: Unit) -> Result<ExpectedBound, Misreading> {
        if figure == "delivered", written == "all" {
            return .success(
                ExpectedBound(figure: "deliveredShare", comparison: .atLeast, bound: 1, text: "delivered: all"))
        }
        let comparison = Comparison.allCases.sorted { $0.rawValue.count > $1.rawValue.count }.first {
            written.hasPrefix($0.rawValue)
        }
        let number = Dimension.written(comparison.map { String(written.dropFirst($0.rawValue.count)) } ?? written)
        guard let value = unit.value(of: number) else {
            let all = figure == "delivered" ? " or 'all'" : ""
            return .failure(
                Misreading(
                    reason:
                        "'\(written)' is no bound: \(figure) is \(unit.words), expected a comparison such as "
                        + "\(unit.example)\(all)"
                ))
        }
        // No measured mean ever equals a number that was written down.
        if comparison == nil, !unit.isCounted {
            return .failure(
                Misreading(
                    reason:
                        "'\(written)' alone would mean equality: expected a comparison such as '>= \(number)' "
                        + "('== \(number)' if it is meant)"
                ))
        }
        return .success(
            ExpectedBound(
                figure: figure, comparison: comparison ?? .equals, bound: value, text: "\(figure): \(written)"))
    }
}

extension ExpectedBound.Unit {
    /// The bound in base units; nil where the text has another unit, or lies where the figure never does.
    func value(of text: String) -> Double? {
        let value: Double? =
            switch self {
            case .count: Dimension.decimal(text)
            case .share: Dimension.share.value(of: text)
            case .level: Dimension.level.value(of: text) ?? Dimension.decimal(text)
            case .duration: Dimension.duration.value(of: text)
            }
        return value.flatMap { $0.isFinite && ($0 >= 0 || self == .level) ? $0 : nil }
    }

    var isCounted: Bool { if case .count = self { true } else { false } }

    var words: String {
        switch self {
        case .count(let things): "a number of \(things)"
        case .share: "from 0 to 1"
        case .level: "in dB"
        case .duration: "a duration"
        }
    }

    /// For the reference's column of units.
    var title: String {
        switch self {
        case .count(let things): things
        case .share: "0 to 1, or %"
        case .level: "dB"
        case .duration: "duration"
        }
    }

    var example: String {
        switch self {
        case .count: "'<= 2'"
        case .share: "'>= 0.5'"
        case .level: "'>= 30 dB'"
        case .duration: "'<= 30 ms'"
        }
    }

    /// A pattern of the bound for editors.
    var pattern: String {
        let number = "[-+]?[0-9.]+([eE][-+]?[0-9]+)?"
        switch self {
        case .count: return "^(>=|<=|==|>|<)? *\(number)$"
        case .share: return "^(>=|<=|==|>|<) *\(number) *%?$"
        case .level: return "^(>=|<=|==|>|<) *\(number) *(dB)?$"
        case .duration:
            let units = Dimension.duration.units.map(\.name).joined(separator: "|")
            return "^(>=|<=|==|>|<) *(0|\(number) *(\(units)))$"
        }
    }
}
