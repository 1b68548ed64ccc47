import Adaptation
import Results

/// How many images kept the bounds of problem (31), and which bound the others broke.
package struct BrokenBounds {
    /// Images about which a controller decided, or whose bits went on the air.
    package let images: Int
    /// Those that broke a bound.
    package let broken: Int
    /// What gave way, most frequent first.
    package let kinds: [(words: String, count: Int)]

    package init(_ images: [ImageResult]) {
        var counts: [String: Int] = [:]
        for image in images {
            if let words = Self.words(image) { counts[words, default: 0] += 1 }
        }
        self.images = images.count
        broken = counts.values.reduce(0, +)
        kinds = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, $0.value) }
    }

    /// The bound that an image broke; nil where it kept all.
    package static func words(_ image: ImageResult) -> String? {
        if !image.keepsBudget { return "more bits than C·T_max (31b)" }
        guard image.feasible == false else { return nil }
        return switch image.concession.flatMap(Decision.Concession.init(rawValue:)) {
        case .quality: "below the lowest quality (31c)"
        case .alphaBound: "α above α_th (31d)"
        case .raised: "α raised to fit"
        case .promptOnly: "the prompt alone"
        case nil: "a bound gave way"
        }
    }

    /// `1 α above α_th (31d), 1 the prompt alone`; nil where all was kept.
    package var list: String? {
        kinds.isEmpty ? nil : kinds.map { "\($0.count) \($0.words)" }.joined(separator: ", ")
    }

    /// What `whole` and `complete` mean.
    package static let wholeMeans = "all that was sent arrived, whatever share of the photo it is"
}
