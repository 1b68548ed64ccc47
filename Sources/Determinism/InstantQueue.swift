/// What is to happen when, earliest first; of equal instants what was put in first comes out first, so that a run that
/// is replayed meets its events in the same order. A binary heap: O(log n) in and out.
///
/// The heap holds instants and places, the elements stay where they were put: a thousand nodes' events are large, and a
/// heap that moves them about spends more on copying than on comparing. Inlinable,
/// since each datagram passes through one.
public struct InstantQueue<Element: Sendable>: Sendable {
    @usableFromInline struct Entry: Sendable {
        @usableFromInline var at: Instant
        @usableFromInline var order: UInt64
        @usableFromInline var place: Int

        @inlinable init(at: Instant, order: UInt64, place: Int) {
            self.at = at
            self.order = order
            self.place = place
        }
    }

    @usableFromInline var heap: [Entry] = []
    @usableFromInline var elements: [Element?] = []
    @usableFromInline var free: [Int] = []
    @usableFromInline var pushed: UInt64 = 0

    @inlinable public init() {}

    @inlinable public var isEmpty: Bool { heap.isEmpty }
    @inlinable public var next: Instant? { heap.first?.at }

    @inlinable public mutating func push(_ element: Element, at instant: Instant) {
        var place = elements.count
        if let known = free.popLast() {
            place = known
            elements[place] = element
        } else {
            elements.append(element)
        }
        heap.append(Entry(at: instant, order: pushed, place: place))
        pushed += 1
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard precedes(child, parent) else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    @inlinable public mutating func pop() -> (at: Instant, element: Element)? {
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
        let element = elements[first.place]!
        elements[first.place] = nil
        free.append(first.place)
        return (first.at, element)
    }

    /// What is due by `now`, in order.
    @inlinable public mutating func popDue(_ now: Instant) -> Element? {
        guard let next, next <= now else { return nil }
        return pop()?.element
    }

    @inlinable func precedes(_ a: Int, _ b: Int) -> Bool {
        heap[a].at < heap[b].at || heap[a].at == heap[b].at && heap[a].order < heap[b].order
    }
}
