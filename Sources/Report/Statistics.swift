import Foundation

/// Mean and interval of a sample.
package struct Sample {
    package let count: Int
    package let mean: Double
    /// Half the width of the 95 % confidence interval of the mean (Student's t); nil for a single value.
    package let halfWidth: Double?

    package init?(_ values: [Double]) {
        let values = values.filter(\.isFinite)
        guard !values.isEmpty else { return nil }
        count = values.count
        let n = Double(values.count)
        let mean = values.reduce(0, +) / n
        self.mean = mean
        guard values.count > 1 else {
            halfWidth = nil
            return
        }
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)
        halfWidth = Self.studentT(values.count - 1) * (variance / n).squareRoot()
    }

    /// The 97.5 % quantile of Student's t: exact to three decimals for few degrees of freedom, expanded beyond.
    static func studentT(_ freedom: Int) -> Double {
        let table = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228]
        if freedom <= table.count { return table[freedom - 1] }
        let (z, v) = (1.959964, Double(freedom))
        return z + (pow(z, 3) + z) / (4 * v) + (5 * pow(z, 5) + 16 * pow(z, 3) + 3 * z) / (96 * v * v)
    }

    /// The smallest value that `share` of the sorted sample does not exceed.
    package static func quantile(_ share: Double, sorted: [Double]) -> Double? {
        sorted.isEmpty
            ? nil : sorted[min(sorted.count - 1, max(0, Int((share * Double(sorted.count)).rounded(.up)) - 1))]
    }
}
