/// What is to happen when, earliest first; of equal instants what was put in first comes out first, so that a run that
/// is replayed meets its events in the same order. A binary heap: O(log n) in and out.
public struct InstantQueue<Element: Sendable>: Sendable {
    private var heap: [(at: Instant, order: UInt64, element: Element)] = []
    private var pushed: UInt64 = 0

    public init() {}

    public var isEmpty: Bool { heap.isEmpty }
    public var next: Instant? { heap.first?.at }

    public mutating func push(_ element: Element, at instant: Instant) {
        heap.append((instant, pushed, element))
        pushed += 1
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard precedes(child, parent) else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    public mutating func pop() -> (at: Instant, element: Element)? {
        guard !heap.isEmpty else { return nil }
        heap.swapAt(0, heap.count - 1)
        let first = heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            if 2 * parent + 1 < heap.count, precedes(2 * parent + 1, least) { least = 2 * parent + 1 }
            if 2 * parent + 2 < heap.count, precedes(2 * parent + 2, least) { least = 2 * parent + 2 }
            if least == parent { break }
            heap.swapAt(parent, least)
            parent = least
        }
        return (first.at, first.element)
    }

    /// What is due by `now`, in order.
    public mutating func popDue(_ now: Instant) -> Element? {
        guard let next, next <= now else { return nil }
        return pop()?.element
    }

    private func precedes(_ a: Int, _ b: Int) -> Bool { (heap[a].at, heap[a].order) < (heap[b].at, heap[b].order) }
}
