/// Which file of one folder belongs to which of another.
///
/// By whole name, byte for byte, first; then by whole name in whatever Unicode form; then by the name without its
/// ending. A file has one partner at most, and what could belong to two is refused rather than guessed.
package struct PicturePairs: Equatable, Sendable {
    package struct Pair: Equatable, Sendable {
        package let original, received: String

        package init(original: String, received: String) { (self.original, self.received) = (original, received) }
    }

    /// In order of the originals.
    package private(set) var matched: [Pair] = []
    /// Files of both folders without a partner.
    package let unmatched: Int

    /// - Throws: ``FileFailure/unreadable(path:reason:)`` where two files are equally good partners of one.
    package init(_ originals: [String], _ received: [String], in folders: (String, String)) throws(FileFailure) {
        var partner = [Int?](repeating: nil, count: originals.count)
        var taken = [Bool](repeating: false, count: received.count)
        /// What equals in ``key`` belongs together, where it is one on each side.
        func match<Key: Hashable>(_ key: (String) -> Key) throws(FileFailure) {
            let left = Dictionary(grouping: originals.indices.filter { partner[$0] == nil }) { key(originals[$0]) }
            let right = Dictionary(grouping: received.indices.filter { !taken[$0] }) { key(received[$0]) }
            for (name, places) in left {
                guard let others = right[name] else { continue }
                guard places.count == 1, others.count == 1 else {
                    let (folder, names) =
                        places.count > 1
                        ? (folders.0, places.map { originals[$0] }) : (folders.1, others.map { received[$0] })
                    let other =
                        places.count > 1
                        ? "\(folders.1)/\(received[others[0]])" : "\(folders.0)/\(originals[places[0]])"
                    throw .unreadable(
                        path: folder,
                        reason: "'\(names[0])' and '\(names[1])' would both belong to \(other); rename one")
                }
                partner[places[0]] = others[0]
                taken[others[0]] = true
            }
        }
        try match { Array($0.utf8) }
        try match { $0 }
        try match { stem($0) }
        matched = originals.indices.compactMap { place in
            partner[place].map { Pair(original: originals[place], received: received[$0]) }
        }
        unmatched = originals.count + received.count - 2 * matched.count
    }
}
