/// Which classes the importance matrix is drawn for.
public enum LabelChoice: Equatable, Sendable {
    /// The most probable class, the paper's Eq. 16.
    case top
    /// The maps of the likeliest classes weighted by their probabilities, less the mean map
    /// (``ClassifierOutput/expectedMap()``); by name it is the most probable class.
    case expected
    /// One or several names or numbers; their matrices are joined by the element-wise maximum.
    case named([String])
    /// A class by its number, from 0.
    case index(Int)

    /// Where nobody chooses: the map's maximum lies on the object more often than that of ``top``
    /// (`Scripts/evaluate/importance`).
    public static let usual = LabelChoice.expected

    /// What a user wrote: `top`, `expected`, or names and numbers of classes; nothing is ``usual``.
    public init(_ words: [String]) {
        switch words {
        case []: self = .usual
        case ["top"]: self = .top
        case ["expected"]: self = .expected
        default: self = .named(words)
        }
    }
}
