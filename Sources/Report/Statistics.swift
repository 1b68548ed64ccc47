import Foundation

/// Mean and interval of a sample whose values may come in clusters: values of one cluster depend on each other, those
/// of different clusters do not.
package struct Sample {
    /// Under so many clusters there is no interval: Student's t would be all of it.
    package static let leastClusters = 5

    package let count: Int
    /// Infinite values, which stand in no mean: the PSNR of what was reproduced without error.
    package let leftOut: Int
    package let clusters: Int
    package let mean: Double
    /// Standard deviation of the values about their mean; nil for a single value.
    package let deviation: Double?
    /// Half the width of the 95 % confidence interval of the mean; nil under ``leastClusters`` clusters.
    package let halfWidth: Double?

    /// Values that do not depend on each other: each is a cluster of its own.
    package init?(_ values: [Double]) { self.init(values.enumerated().map { (value: $1, cluster: $0) }) }

    /// The interval is that of the jackknife over clusters, the most cautious of the cluster-robust ones where they are
    /// few or of different size: s² = (G−1)/G·Σ(x̄₍₋g₎ − x̄)², x̄₍₋g₎ the mean without cluster g, and Student's t on G
    /// − 1 degrees of freedom. With one value a cluster this is the textbook's s²/n.
    ///
    /// - Parameter values: those that are not finite are left out; nil where none is left.
    package init?<Cluster: Hashable>(_ all: [(value: Double, cluster: Cluster)]) {
        let values = all.filter(\.value.isFinite)
        guard !values.isEmpty else { return nil }
        let n = Double(values.count)
        let mean = values.reduce(0) { $0 + $1.value } / n
        // By first appearance: the same values in the same order give the same sums to the last bit.
        var places: [Cluster: Int] = [:]
        var parts: [(count: Double, excess: Double)] = []
        var squares = 0.0
        for (value, cluster) in values {
            let place = places[cluster] ?? parts.count
            if place == parts.count {
                places[cluster] = place
                parts.append((0, 0))
            }
            parts[place].count += 1
            parts[place].excess += value - mean
            squares += (value - mean) * (value - mean)
        }
        (count, clusters, self.mean) = (values.count, parts.count, mean)
        leftOut = Self.infinite(all.map(\.value))
        deviation = values.count > 1 ? (squares / (n - 1)).squareRoot() : nil
        guard parts.count >= Self.leastClusters else {
            halfWidth = nil
            return
        }
        let g = Double(parts.count)
        let variance = (g - 1) / g * parts.reduce(0) { $0 + pow($1.excess / (n - $1.count), 2) }
        halfWidth = Self.studentT(parts.count - 1) * variance.squareRoot()
    }

    static func infinite(_ values: [Double]) -> Int { values.filter { $0 == .infinity }.count }

    /// A table's cell: mean, half width, and how many values have no place in them, as in `31.2 ± 0.4, 2 × ∞`.
    package static func cell<Cluster: Hashable>(
        _ values: [(value: Double, cluster: Cluster)], _ decimals: Int
    ) -> String {
        let infinite = infinite(values.map(\.value))
        let exact = infinite > 0 ? "\(infinite) × ∞" : nil
        let mean = Sample(values).map { sample in
            NumberFormat.decimal(sample.mean, decimals)
                + (sample.halfWidth.map { " ± " + NumberFormat.decimal($0, decimals) } ?? "")
        }
        let words = [mean, exact].compactMap { $0 }
        return words.isEmpty ? NumberFormat.absent : words.joined(separator: ", ")
    }

    /// What such a cell means, for the table's caption.
    package static let leftOutMeans = "n × ∞: so many without any error there; a mean is that of the others."

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
