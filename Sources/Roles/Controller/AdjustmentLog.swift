import Wire

/// The newest change of each quantity of each link.
struct AdjustmentLog: Sendable {
    private struct Key: Hashable {
        var link: String
        var quantity: String
    }

    private var newest: [Key: (order: Int, adjustment: Adjustment)] = [:]
    private var count = 0

    mutating func note(_ adjustment: Adjustment) {
        newest[Key(link: adjustment.link, quantity: adjustment.quantity)] = (count, adjustment)
        count += 1
    }

    /// In the order in which they were made.
    var inForce: [Adjustment] { newest.values.sorted { $0.order < $1.order }.map(\.adjustment) }
}
