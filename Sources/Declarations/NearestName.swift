/// The candidate a person most likely meant, or `nil` where none is close.
///
/// Distance counts insertions, deletions, substitutions and swaps of neighbours, letters' case ignored; at most
/// a third of the longer word may differ.
package func nearestName(to word: String, among candidates: [String]) -> String? {
    let wanted = Array(word.lowercased())
    var best: (name: String, distance: Int)?
    for candidate in candidates {
        let other = Array(candidate.lowercased())
        let distance = editDistance(wanted, other)
        let allowed = max(1, max(wanted.count, other.count) / 3)
        guard distance <= allowed, distance < (best?.distance ?? .max) else { continue }
        best = (candidate, distance)
    }
    return best?.name
}

/// What follows a name that is unknown: the nearest that is known, or what stands for all of them.
package func nearestHint(to word: String, among candidates: [String], otherwise all: String? = nil) -> String {
    if let nearest = nearestName(to: word, among: candidates) { return "; nearest: '\(nearest)'" }
    return all.map { "; \($0)" } ?? ""
}

/// Optimal string alignment distance.
func editDistance(_ a: [Character], _ b: [Character]) -> Int {
    if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
    var beforeLast = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    for i in 1...a.count {
        var row = [i] + [Int](repeating: 0, count: b.count)
        for j in 1...b.count {
            row[j] = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
            if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { row[j] = min(row[j], beforeLast[j - 2] + 1) }
        }
        (beforeLast, last) = (last, row)
    }
    return last[b.count]
}
