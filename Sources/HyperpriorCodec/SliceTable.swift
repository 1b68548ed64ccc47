import EntropyCoding

/// Which cells each slice holds and how long it is: the part of the preamble that lets every slice stand alone.
///
/// The selected cells, in scan order, are cut into segments. Slice k is the k-th segment by descending importance;
/// the permutation costs log₂(n!) bits.
struct SliceTable: Equatable, Sendable {
    struct Entry: Equatable, Sendable {
        /// Positions among the selected cells in scan order.
        var cells: Range<Int>
        var byteCount: Int
    }
    /// In the order of the slices.
    var entries: [Entry] = []

    static let greatestByteCount = 1 << 16

    func encode(with coder: inout BitEncoder) {
        var number = AdaptiveNumber()
        number.encode(entries.count, with: &coder)
        guard !entries.isEmpty else { return }
        let longest = entries.map(\.byteCount).max()!
        number.encode(longest, with: &coder)
        // By position: how many cells, how many bytes less than the longest; then which slice it is.
        let order = entries.indices.sorted { entries[$0].cells.lowerBound < entries[$1].cells.lowerBound }
        var (counts, slack) = (AdaptiveNumber(), AdaptiveNumber())
        var remaining = Array(entries.indices)
        var previous = 0
        for (position, slice) in order.enumerated() {
            if position < order.count - 1 {
                let count = entries[slice].cells.count
                // Folded difference to the previous segment's count.
                counts.encode(position == 0 ? count : Self.fold(count - previous), with: &coder)
                previous = count
            }
            slack.encode(longest - entries[slice].byteCount, with: &coder)
            let place = remaining.firstIndex(of: slice)!
            coder.encode(uniform: place, below: remaining.count)
            remaining.remove(at: place)
        }
    }

    init(entries: [Entry] = []) { self.entries = entries }

    init(cells: Int, with coder: inout BitDecoder) throws {
        func damaged(_ reason: String) -> CodecFailure { .malformed(section: "slice table", reason: reason) }
        var number = AdaptiveNumber()
        let count = number.decode(with: &coder)
        guard count <= cells, (count == 0) == (cells == 0) else { throw damaged("\(count) slices of \(cells) cells") }
        guard count > 0 else { return }
        let longest = number.decode(with: &coder)
        guard longest <= Self.greatestByteCount else { throw damaged("slices of \(longest) bytes") }
        var (counts, slack) = (AdaptiveNumber(), AdaptiveNumber())
        var remaining = Array(0..<count)
        var entries = [Entry](repeating: Entry(cells: 0..<0, byteCount: 0), count: count)
        var (position, previous) = (0, 0)
        for i in 0..<count {
            var size = cells - position
            if i < count - 1 {
                let code = counts.decode(with: &coder)
                size = i == 0 ? code : previous + Self.unfold(code)
                guard size > 0, size <= cells - position - (count - 1 - i) else {
                    throw damaged("a slice of \(size) cells")
                }
                previous = size
            }
            let byteCount = longest - slack.decode(with: &coder)
            guard byteCount >= 0 else { throw damaged("a slice of \(byteCount) bytes") }
            let place = coder.decode(uniformBelow: remaining.count)
            entries[remaining.remove(at: place)] = Entry(cells: position..<position + size, byteCount: byteCount)
            position += size
        }
        self.entries = entries
    }

    private static func fold(_ x: Int) -> Int { x < 0 ? -2 * x - 1 : 2 * x }
    private static func unfold(_ x: Int) -> Int { x & 1 == 1 ? -(x + 1) / 2 : x / 2 }
}
