/// Integer cumulative distributions of 16 bits, one table a context, as CompressAI keeps them.
///
/// Table t gives symbol `offset[t] + k` the interval cumulative[k] ..< cumulative[k+1]; its last entry stands for
/// everything outside, and the value then follows in plain bits.
package struct CumulativeTables: Sendable, Equatable {
    package static let precision = 16
    /// The farthest from zero that a table may begin, and the most entries it may have.
    package static let mostOffset = 1 << 20

    /// Where each table starts in `cumulative`; one more than there are tables.
    package private(set) var starts: [Int32] = [0]
    package private(set) var cumulative: [UInt32] = []
    package private(set) var offsets: [Int32] = []

    package init() {}

    package var count: Int { offsets.count }
    /// Entries of table t, the escape included.
    @inlinable package func entries(_ t: Int) -> Int { Int(starts[t + 1] - starts[t]) - 1 }
    /// The entry of table t that stands for everything outside.
    @inlinable @inline(__always) package func limit(_ t: Int) -> Int32 { starts[t + 1] &- starts[t] &- 2 }
    package func table(_ t: Int) -> ArraySlice<UInt32> { cumulative[Int(starts[t])..<Int(starts[t + 1])] }

    package mutating func append(cumulative table: [UInt32], offset: Int32) {
        cumulative += table
        starts.append(Int32(cumulative.count))
        offsets.append(offset)
    }

    /// Adds the table of a probability mass function followed by its tail mass, quantised as CompressAI does:
    /// rounded, rescaled to 2¹⁶, and every empty interval widened at the cost of the rarest that can afford it.
    package mutating func append(mass: [Float], offset: Int32) {
        append(cumulative: Self.quantised(mass), offset: offset)
    }

    package static func quantised(_ mass: [Float]) -> [UInt32] {
        let one: UInt64 = 1 << precision
        var table: [UInt64] =
            [0] + mass.map { $0 > 0 ? UInt64((min($0, 2) * Float(one)).rounded(.toNearestOrAwayFromZero)) : 0 }
        let total = max(1, table.reduce(0, +))
        for i in table.indices { table[i] = table[i] * one / total }
        for i in 1..<table.count { table[i] += table[i - 1] }
        table[table.count - 1] = one
        // What moves from one interval to another shifts what lies between, and changes no other's width.
        var widths = (0..<table.count - 1).map { table[$0 + 1] - table[$0] }
        // The rarest gives until it has one left, then the next.
        var givers = widths.indices.filter { widths[$0] > 1 }.sorted { (widths[$0], $0) < (widths[$1], $1) }[...]
        for i in widths.indices where widths[i] == 0 {
            guard let giver = givers.first else { break }
            widths[giver] -= 1
            widths[i] = 1
            if widths[giver] == 1 { givers.removeFirst() }
        }
        var sum: UInt32 = 0
        return [0]
            + widths.map {
                sum += UInt32($0)
                return sum
            }
    }

    /// Whether every table rises strictly from 0 to 2¹⁶: what the coder relies on.
    package var isValid: Bool {
        (0..<count).allSatisfy { t in
            let table = table(t)
            return table.count >= 3 && table.first == 0 && table.last == 1 << 16
                && zip(table, table.dropFirst()).allSatisfy { $0 < $1 }
        }
    }
}
