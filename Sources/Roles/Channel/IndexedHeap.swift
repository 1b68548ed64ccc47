import Determinism

/// Which entry has the earliest instant: a binary heap that knows where each entry stands, so that changing one of
/// thousands costs a few comparisons and no allocation.
struct IndexedHeap: Sendable {
    private var instants: [Instant]
    private var heap: [Int]
    private var places: [Int]

    /// Entries 0..<count, none of which has anything to do.
    init(count: Int) {
        instants = Array(repeating: Instant(nanoseconds: .max), count: count)
        heap = Array(0..<count)
        places = heap
    }

    /// The earliest entry; nil when none has anything to do.
    var first: (entry: Int, instant: Instant)? {
        guard let entry = heap.first, instants[entry].nanoseconds != .max else { return nil }
        return (entry, instants[entry])
    }

    mutating func set(_ entry: Int, _ instant: Instant) {
        let before = instants[entry]
        guard before != instant else { return }
        instants[entry] = instant
        if instant < before { rise(places[entry]) } else { sink(places[entry]) }
    }

    private mutating func rise(_ start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard instants[heap[child]] < instants[heap[parent]] else { return }
            exchange(child, parent)
            child = parent
        }
    }

    private mutating func sink(_ start: Int) {
        var parent = start
        while true {
            var least = parent
            let left = 2 * parent + 1
            if left < heap.count && instants[heap[left]] < instants[heap[least]] { least = left }
            if left + 1 < heap.count && instants[heap[left + 1]] < instants[heap[least]] { least = left + 1 }
            if least == parent { return }
            exchange(parent, least)
            parent = least
        }
    }

    private mutating func exchange(_ a: Int, _ b: Int) {
        heap.swapAt(a, b)
        places[heap[a]] = a
        places[heap[b]] = b
    }
}
