import Determinism

/// Departures on the air, earliest first; equal instants leave in the order they were pushed.
struct DepartureHeap: Sendable {
    private var heap: [(departure: Departure, order: UInt64)] = []
    private var pushed: UInt64 = 0

    var isEmpty: Bool { heap.isEmpty }
    var first: Departure? { heap.first?.departure }

    mutating func push(_ departure: Departure) {
        heap.append((departure, pushed))
        pushed += 1
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard precedes(child, parent) else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func popFirst() -> Departure? {
        guard !heap.isEmpty else { return nil }
        heap.swapAt(0, heap.count - 1)
        let result = heap.removeLast().departure
        var parent = 0
        while true {
            var least = parent
            if 2 * parent + 1 < heap.count && precedes(2 * parent + 1, least) { least = 2 * parent + 1 }
            if 2 * parent + 2 < heap.count && precedes(2 * parent + 2, least) { least = 2 * parent + 2 }
            if least == parent { break }
            heap.swapAt(parent, least)
            parent = least
        }
        return result
    }

    private func precedes(_ a: Int, _ b: Int) -> Bool {
        let (x, y) = (heap[a], heap[b])
        return x.departure.due < y.departure.due || (x.departure.due == y.departure.due && x.order < y.order)
    }
}
