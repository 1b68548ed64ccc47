import ArgumentParser

/// Bounds of the command line's plain numbers: NaN, infinities and what no clock or counter can hold end with one line.
enum OptionRange {
    /// - Parameter value: an option's value; nil, one that was not given, passes.
    /// - Throws: `ValidationError` naming the option and its bounds.
    static func check<Value: Comparable>(
        _ value: Value?, _ option: String, _ range: ClosedRange<Value>, _ unit: String = ""
    ) throws {
        guard let value, !range.contains(value) else { return }
        let bounds = "expected \(range.lowerBound) to \(range.upperBound)" + (unit.isEmpty ? "" : " \(unit)")
        throw ValidationError("\(option) is \(value), \(bounds)")
    }
}
