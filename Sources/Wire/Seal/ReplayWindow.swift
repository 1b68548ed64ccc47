/// Remembers which of the last `width` counters were seen, in the manner of RFC 6479: a ring of 64-bit words in which
/// advancing clears whole words, never single bits.
public struct ReplayWindow: Sendable {
    private var words: [UInt64]
    /// One more than the highest counter seen.
    public private(set) var next: UInt64 = 0

    /// - Parameter width: how far a datagram may be overtaken and still count; rounded up to a multiple of 64.
    public init(width: Int = 4096) { words = Array(repeating: 0, count: (width + 63) / 64 + 1) }

    /// How far a datagram may be overtaken and still count.
    public var width: Int { (words.count - 1) * 64 }

    /// Whether `counter` is new; changes nothing, so that only an authenticated counter moves the window.
    public func allows(_ counter: UInt64) -> Bool {
        if counter >= next { return counter < .max }
        if next - counter > UInt64(width) { return false }
        return words[slot(counter)] & (1 << (counter & 63)) == 0
    }

    /// Marks `counter` as seen.
    public mutating func record(_ counter: UInt64) {
        if counter >= next {
            let first = next == 0 ? 0 : (next - 1) >> 6 &+ 1
            let last = counter >> 6
            if last >= first {
                if last - first >= UInt64(words.count) {
                    for index in words.indices { words[index] = 0 }
                } else {
                    for word in first...last { words[Int(word % UInt64(words.count))] = 0 }
                }
            }
            next = counter &+ 1
        }
        words[slot(counter)] |= 1 << (counter & 63)
    }

    private func slot(_ counter: UInt64) -> Int { Int((counter >> 6) % UInt64(words.count)) }
}
