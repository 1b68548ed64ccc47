/// Which of a cell's four neighbours came before it in the scan of the selected cells.
package struct ScanNeighbours: Sendable {
    /// Cell numbers (row·columns + column) in scan order.
    package let order: [Int32]
    private let columns: Int
    /// Where in the order each cell of the grid lies, a border of one cell around it; Int32.max for cells not in it.
    private let places: [Int32]

    package init(order: [Int32], rows: Int, columns: Int) {
        var places = [Int32](repeating: .max, count: (rows + 2) * (columns + 2))
        for (place, cell) in order.enumerated() {
            let (row, column) = Int(cell).quotientAndRemainder(dividingBy: columns)
            places[(row + 1) * (columns + 2) + column + 1] = Int32(place)
        }
        (self.order, self.columns, self.places) = (order, columns, places)
    }

    /// Up to four places in the order; -1 where there is none.
    package struct Places {
        private var places = SIMD4<Int32>(repeating: -1)
        package private(set) var count = 0

        fileprivate mutating func append(_ place: Int32) {
            places[count] = place
            count += 1
        }

        /// The sum of the values that lie at these places, `stride` apart and `offset` into each.
        package func sum(of values: [Int32], stride: Int, offset: Int) -> Int64 {
            var sum: Int64 = 0
            for i in 0..<count { sum += Int64(values[Int(places[i]) * stride + offset]) }
            return sum
        }

        package func shifted(by distance: Int) -> Places {
            var result = self
            result.places &-= SIMD4(repeating: Int32(distance))
            return result
        }
    }

    /// The neighbours in `first..<place` of the cell at `place`.
    package func before(_ place: Int, from first: Int) -> Places {
        let (row, column) = Int(order[place]).quotientAndRemainder(dividingBy: columns)
        let own = (row + 1) * (columns + 2) + column + 1
        var result = Places()
        for neighbour in [own - columns - 2, own - 1, own + 1, own + columns + 2] {
            let found = places[neighbour]
            if found >= first, found < place { result.append(found) }
        }
        return result
    }
}
